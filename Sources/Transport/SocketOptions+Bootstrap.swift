import NIOCore
import NIOPosix
import Notation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension SocketOptions {
    /// Sets the options on every channel that the bootstrap makes. Values out of range are brought into range: the
    /// event loop would otherwise stop the process.
    func apply(to bootstrap: ClientBootstrap) -> ClientBootstrap {
        let minimum = max(1, self.receiveBuffer.minimum)
        let maximum = max(minimum, self.receiveBuffer.maximum)
        let initial = min(max(minimum, self.receiveBuffer.initial), maximum)
        let low = max(1, self.writeBufferLowWaterMark)
        let high = max(low, self.writeBufferHighWaterMark)

        let configured =
            bootstrap
            .channelOption(.tcpOption(.tcp_nodelay), value: self.noDelay ? 1 : 0)
            .channelOption(.socketOption(.so_keepalive), value: self.keepAlive ? 1 : 0)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: minimum, initial: initial, maximum: maximum)
            )
            .channelOption(.maxMessagesPerRead, value: UInt(max(1, self.maximumMessagesPerRead)))
            .channelOption(.writeBufferWaterMark, value: .init(low: low, high: high))

        #if os(Linux)
            if let timeout = self.tcpUserTimeout {
                // 0 would switch the option off, so the shortest time is one millisecond.
                let milliseconds = min(max(1, timeout.wholeMilliseconds), Int64(Int32.max))
                return configured.channelOption(
                    .tcpOption(NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT)),
                    value: SocketOptionValue(milliseconds)
                )
            }
        #endif
        return configured
    }
}
