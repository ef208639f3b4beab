#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads files that an operator named, up to a bound, so that a wrong path such as a device can't fill memory.
enum BoundedBytes {
    struct Failure: Error {
        var reason: String
        var hint: String
    }

    static func read(path: String, limit: Int) throws(Failure) -> Data {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("can't be opened") }
        defer { _ = close(descriptor) }
        var bytes = Data()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            #if canImport(Glibc)
                let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            #elseif canImport(Musl)
                let count = chunk.withUnsafeMutableBytes { Musl.read(descriptor, $0.baseAddress, $0.count) }
            #elseif canImport(Darwin)
                let count = chunk.withUnsafeMutableBytes { Darwin.read(descriptor, $0.baseAddress, $0.count) }
            #endif
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("can't be read")
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk.prefix(count))
            guard bytes.count <= limit else {
                throw Failure(
                    reason: "has more than \(limit >> 20) MiB",
                    hint: "give an export of the one virtual host that is compared"
                )
            }
        }
    }

    private static func failure(_ what: String) -> Failure {
        let code = errno
        let text = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return Failure(reason: "\(what): \(text)", hint: "check the path and its permissions")
    }
}
