import NIOCore

/// The arguments of one method. Each method has a type of its own.
protocol MethodArguments: Sendable, Hashable {
    /// Arguments that say as little as they may.
    init()

    /// Hands the arguments to a coder, in the order that they have on the wire.
    mutating func code(with coder: inout some ArgumentCoder) throws(WireError)
}

extension MethodArguments {
    /// Most methods that answer another have no arguments.
    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {}

    /// Reads the arguments, which follow the ids in a method frame, and leaves what comes after them.
    ///
    /// - Throws: ``WireError`` for bytes that end too early, and a bad table.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        self.init()
        var reader = ArgumentReader()
        swap(&reader.buffer, &buffer)
        defer { swap(&reader.buffer, &buffer) }
        try code(with: &reader)
    }

    /// Writes the arguments without the ids.
    ///
    /// - Throws: ``WireError/tooLarge(what:)`` for a text beyond 255 bytes, and what writing a table throws. Some
    ///   of the arguments may be written then.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        var arguments = self
        var writer = ArgumentWriter()
        swap(&writer.buffer, &buffer)
        defer { swap(&writer.buffer, &buffer) }
        try arguments.code(with: &writer)
        writer.endBits()
    }
}
