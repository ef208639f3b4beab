import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// An open AMQP 0-9-1 connection, made of as few bytes as the broker takes, to be listed and closed.
final class RawConnection: Sendable {
    private let descriptor: Int32

    /// Connects and opens; the client's property `connection_name` is `name`.
    init(port: Int, user: String, password: String, virtualHost: String, name: String) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw POSIXError(.ECONNREFUSED) }

        write(Array("AMQP".utf8) + [0, 0, 9, 1])
        try expectMethod(10)
        let property = short("connection_name") + [UInt8(ascii: "S")] + long(Array(name.utf8))
        let response = [0] + Array(user.utf8) + [0] + Array(password.utf8)
        writeMethod(11, long(property) + short("PLAIN") + long(response) + short("en_US"))
        try expectMethod(30)
        writeMethod(31, [0x07, 0xFF] + [0, 2, 0, 0] + [0, 0])
        writeMethod(40, short(virtualHost) + [0, 0])
        try expectMethod(41)
    }

    deinit {
        close(descriptor)
    }

    /// Waits for the broker's close, confirms it and returns its text.
    func closeText() throws -> String {
        let arguments = try expectMethod(50)
        writeMethod(51, [])
        return String(decoding: arguments.dropFirst(3).prefix(Int(arguments[2])), as: UTF8.self)
    }

    private func short(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

    private func long(_ bytes: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + bytes
    }

    private func writeMethod(_ method: UInt8, _ arguments: [UInt8]) {
        write([1, 0, 0] + long([0, 10, 0, method] + arguments) + [0xCE])
    }

    private func write(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// Reads the next method of the class `connection` and returns its arguments.
    @discardableResult
    private func expectMethod(_ method: UInt8) throws -> [UInt8] {
        let header = try read(7)
        let size = header[3...6].reduce(0) { $0 << 8 | Int($1) }
        let frame = try read(size + 1)
        guard header[0] == 1, size >= 4, frame[1] == 10, frame[3] == method else { throw POSIXError(.EPROTO) }
        return Array(frame[4..<size])
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let received = recv(descriptor, &bytes, count, Int32(MSG_WAITALL))
        guard received == count else { throw POSIXError(.ECONNRESET) }
        return bytes
    }
}
