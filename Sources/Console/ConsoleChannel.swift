import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Sets up the connections of one listener.
struct ConsoleChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let http: HTTP1Channel
    /// Whose processes may connect to a Unix socket, beside root's; `nil` for TCP.
    let user: UInt32?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        guard let user = self.user else { return self.http.setup(channel: channel, logger: logger) }
        return Self.peer(of: channel).flatMap { peer in
            guard peer == user || peer == 0 else {
                logger.warning("a process of another user was turned away", metadata: ["user": "\(peer)"])
                return channel.eventLoop.makeFailedFuture(ForeignPeer())
            }
            return self.http.setup(channel: channel, logger: logger)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await self.http.handle(value: value, logger: logger)
    }

    private struct ForeignPeer: Error {}

    /// The user whose process connected.
    private static func peer(of channel: any Channel) -> EventLoopFuture<UInt32> {
        guard let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ForeignPeer())
        }
        #if canImport(Darwin)
            // LOCAL_PEERCRED: `struct xucred` begins with its version and the user.
            let credentials: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
                level: SocketOptionLevel(0),
                name: SocketOptionName(1)
            )
        #else
            let credentials: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
                level: SocketOptionLevel(SOL_SOCKET),
                name: SocketOptionName(SO_PEERCRED)
            )
        #endif
        return credentials.map(\.user)
    }

    #if canImport(Darwin)
        /// `struct xucred`: version, user, number of groups, 16 groups.
        private struct Credentials: Sendable {
            var version: UInt32 = 0
            var user: UInt32 = 0
            var count: Int16 = 0
            var groups: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)
        }
    #else
        /// `struct ucred`.
        private struct Credentials: Sendable {
            var process: Int32
            var user: UInt32
            var group: UInt32
        }
    #endif
}
