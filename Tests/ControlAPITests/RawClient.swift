import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A connection that sends what a test wants, at most 10 s of it at a time.
final class RawClient: Sendable {
    struct Failure: Error {
        let call: String
        let code: Int32
    }

    private let descriptor: Int32

    /// Connects to a port of 127.0.0.1.
    ///
    /// - Parameter source: the last number of the address to come from, 127.0.0.1 or another of this machine.
    init(port: Int, source: UInt8 = 1) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard self.descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard try Self.call(bind, self.descriptor, source: source, port: 0) == 0 else {
            throw Failure(call: "bind", code: errno)
        }
        guard try Self.call(connect, self.descriptor, source: 1, port: port) == 0 else {
            throw Failure(call: "connect", code: errno)
        }
    }

    deinit { close(self.descriptor) }

    private static func call(
        _ call: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32,
        _ descriptor: Int32,
        source: UInt8,
        port: Int
    ) throws -> Int32 {
        let address = try SocketAddress(ipAddress: "127.0.0.\(source)", port: port)
        return address.withSockAddr { call(descriptor, $0, socklen_t($1)) }
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(self.descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The next bytes; empty once the server has closed.
    ///
    /// - Throws: where nothing comes for 10 s.
    func receive() throws -> String {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(self.descriptor, &bytes, bytes.count, 0)
        if count < 0 && errno == ECONNRESET { return "" }
        guard count >= 0 else { throw Failure(call: "recv", code: errno) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Whether the server has closed, or does within 10 s without sending anything.
    func isClosed() throws -> Bool { try self.receive().isEmpty }

    /// Whether the server has not closed and has sent nothing.
    var isQuiet: Bool {
        var byte: UInt8 = 0
        return recv(self.descriptor, &byte, 1, Int32(MSG_DONTWAIT) | Int32(MSG_PEEK)) < 0
            && (errno == EAGAIN || errno == EWOULDBLOCK)
    }
}
