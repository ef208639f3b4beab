import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A TCP server on loopback whose script says, byte by byte, what it answers to each connection.
///
/// Each connection runs its script on a thread of its own, with blocking calls; it ends when the script returns or the
/// client closes.
package final class ScriptedServer: Sendable {
    /// One connection, as a script sees it. Numbers start at 1, in the order of acceptance.
    package struct Connection: Sendable {
        package let number: Int
        let descriptor: Int32

        /// Reads one request with its body. `nil` if the client closed.
        package func readRequest() -> String? {
            var bytes: [UInt8] = []
            while true {
                if let text = complete(bytes) { return text }
                var buffer = [UInt8](repeating: 0, count: 4_096)
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { return nil }
                bytes += buffer[..<count]
            }
        }

        private func complete(_ bytes: [UInt8]) -> String? {
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { return nil }
            let length = text[..<end.lowerBound].split(separator: "\r\n")
                .first { $0.lowercased().hasPrefix("content-length:") }
                .flatMap { Int($0.split(separator: ":")[1].trimmingCharacters(in: .whitespaces)) }
            return text[end.upperBound...].utf8.count >= length ?? 0 ? text : nil
        }

        /// Sends text. Returns whether the client still takes it.
        @discardableResult
        package func send(_ text: String) -> Bool {
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let count = bytes.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                bytes = bytes.dropFirst(count)
            }
            return true
        }

        /// Sends a complete answer that keeps the connection.
        @discardableResult
        package func answer(_ body: String, status: String = "200 OK", headers: String = "") -> Bool {
            send("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
        }

        /// Waits until the client closes.
        package func waitForClose() {
            while readRequest() != nil {}
        }

        /// Makes closing send a reset.
        package func resetOnClose() {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
    }

    package let port: Int
    private let listener: Int32
    private let accepted = Mutex(0)

    /// How many connections were accepted so far.
    package var connectionCount: Int { accepted.withLock { $0 } }

    package init(_ script: @escaping @Sendable (Connection) -> Void) throws {
        let (listener, port) = try Self.bindLoopback()
        self.listener = listener
        self.port = port
        guard listen(listener, 64) == 0 else { throw POSIXError(.EIO) }
        Thread.detachNewThread { [self] in
            while true {
                let descriptor = accept(self.listener, nil, nil)
                guard descriptor >= 0 else { return }
                let number = accepted.withLock { count in
                    count += 1
                    return count
                }
                Thread.detachNewThread {
                    script(Connection(number: number, descriptor: descriptor))
                    close(descriptor)
                }
            }
        }
    }

    package func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// A port on which nothing listens.
    package static func unusedPort() throws -> Int {
        let (descriptor, port) = try bindLoopback()
        close(descriptor)
        return port
    }

    private static func bindLoopback() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
            }
        }
        guard result == 0 else { throw POSIXError(.EADDRINUSE) }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}
