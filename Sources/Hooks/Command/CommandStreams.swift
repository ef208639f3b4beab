#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Our ends of a program's standard streams; -1 for one that is closed.
struct CommandStreams {
    private(set) var input: Int32
    private(set) var output: Int32
    private(set) var errors: Int32

    init(input: Int32, output: Int32, errors: Int32) {
        self.input = input
        self.output = output
        self.errors = errors
    }

    mutating func closeInput() { Self.close(&input) }
    mutating func closeOutput() { Self.close(&output) }
    mutating func closeErrors() { Self.close(&errors) }

    mutating func close() {
        closeInput()
        closeOutput()
        closeErrors()
    }

    private static func close(_ descriptor: inout Int32) {
        guard descriptor >= 0 else { return }
        #if canImport(Darwin)
            _ = Darwin.close(descriptor)
        #elseif canImport(Musl)
            _ = Musl.close(descriptor)
        #else
            _ = Glibc.close(descriptor)
        #endif
        descriptor = -1
    }
}
