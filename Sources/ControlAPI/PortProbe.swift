import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Whether a TCP port can be had.
package enum PortProbe {
    /// What became of the attempt.
    package enum Outcome: Sendable, Equatable {
        /// It is free.
        case free
        /// A process listens there.
        case taken
        /// It can't be had, whoever listens.
        case impossible(String)
    }

    /// Binds to a port and lets it go; nobody could connect meanwhile.
    package static func outcome(host: String, port: Int) -> Outcome {
        let address: SocketAddress
        do {
            address = try SocketAddress.makeAddressResolvingHost(host, port: port)
        } catch {
            return .impossible("\(host) can't be resolved")
        }
        #if canImport(Darwin)
            let type = SOCK_STREAM
        #else
            let type = Int32(SOCK_STREAM.rawValue)
        #endif
        let descriptor = socket(Int32(address.protocol.rawValue), type, 0)
        guard descriptor >= 0 else { return .impossible(SocketPlace.lastError()) }
        defer { close(descriptor) }
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        let result = address.withSockAddr { pointer, size in bind(descriptor, pointer, socklen_t(size)) }
        if result == 0 { return .free }
        return errno == EADDRINUSE ? .taken : .impossible(SocketPlace.lastError())
    }
}
