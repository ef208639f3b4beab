import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Sets up the connections of one listener.
struct APIChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let http: HTTP1Channel
    /// Whose processes may connect to a Unix socket, beside root's; `nil` for TCP.
    let user: UInt32?
    let gate: ConnectionGate

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let ready: EventLoopFuture<Value>
        if let user = self.user {
            ready = Self.peer(of: channel).flatMap { peer in
                guard peer == user || peer == 0 else {
                    logger.warning("a process of another user was turned away", metadata: ["user": "\(peer)"])
                    return channel.eventLoop.makeFailedFuture(TurnedAway.foreign)
                }
                return self.letIn(channel, logger: logger)
            }
        } else {
            ready = self.letIn(channel, logger: logger)
        }
        // Nobody else closes a connection that can't be set up.
        return ready.flatMapErrorThrowing { error in
            channel.close(promise: nil)
            throw error
        }
    }

    private func letIn(_ channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        guard let id = self.gate.admit(channel) else {
            return channel.eventLoop.makeFailedFuture(TurnedAway.tooMany)
        }
        let gate = self.gate
        let address = ClientAddress(channel.remoteAddress)
        var configuration = self.http.configuration
        configuration.additionalChannelHandlers = {
            [
                PaceHandler { gate.wait(address) },
                ConnectionHandler(patience: TimeAmount(gate.limits.patience)) { gate.set(id, busy: $0) },
            ]
        }
        return HTTP1Channel(responder: self.http.responder, configuration: configuration)
            .setup(channel: channel, logger: logger)
    }

    func handle(value: Value, logger: Logger) async {
        await self.http.handle(value: value, logger: logger)
    }

    private enum TurnedAway: Error {
        case foreign
        case tooMany
    }

    /// The user whose process connected.
    private static func peer(of channel: any Channel) -> EventLoopFuture<UInt32> {
        guard let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(TurnedAway.foreign)
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
