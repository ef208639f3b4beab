import Notation
import RopewayConfiguration

/// Where the API listens, for which pair, and what guards it.
package struct APISettings: Sendable {
    /// Where requests come from.
    package enum Listener: Sendable, Equatable {
        /// A TCP port; 0 takes a free one.
        case tcp(host: String, port: Int)
        /// A Unix socket, which only the daemon's user and root can connect to: they need no token.
        case socket(SocketPlace)

        /// As logs and the status show it.
        package var address: String {
            switch self {
            case .tcp(let host, let port): Authority(host: host, port: port).description
            case .socket(let place): place.path
            }
        }

        var usualLimits: ConnectionLimits {
            if case .socket = self { .socket } else { ConnectionLimits() }
        }
    }

    /// Where to listen.
    package var listener: Listener
    /// The pair's name, which every answer carries.
    package var pair: String
    /// The names of the pair's sites.
    package var sites: [String]
    /// What guards everything that changes something, over TCP.
    package var token: BearerToken
    /// What becomes of the listeners of the process.
    package var board: ListenerBoard
    /// What its clients may take.
    package var limits: ConnectionLimits

    /// Creates settings; the limits are those of a daemon unless told.
    package init(
        listener: Listener,
        pair: String,
        sites: [String],
        token: BearerToken,
        board: ListenerBoard = ListenerBoard(),
        limits: ConnectionLimits? = nil
    ) {
        self.listener = listener
        self.pair = pair
        self.sites = sites
        self.token = token
        self.board = board
        self.limits = limits ?? listener.usualLimits
    }

    /// Whether who asks was looked at when it connected.
    var trustsPeer: Bool {
        if case .socket = self.listener { true } else { false }
    }
}
