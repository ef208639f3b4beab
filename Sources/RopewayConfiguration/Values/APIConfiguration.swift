/// Where the HTTP API listens and what guards it.
public struct APIConfiguration: Sendable, Equatable {
    /// Where the API listens for load balancers, metrics and operators of other machines.
    public struct Listener: Sendable, Equatable {
        /// The address or host name to listen on; IPv6 addresses without brackets.
        public let host: String
        /// The port, 1 to 65535.
        public let port: Int

        /// Whether only processes of this machine can connect.
        public var isLoopback: Bool { APIConfiguration.isLoopback(host: self.host) }

        /// Creates a listener.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// The TCP listener; `nil` where there is none.
    public let listen: Listener?
    /// The path of the Unix socket through which commands of the same user ask the daemon; `nil` for the usual place.
    public let socket: String?
    /// Guards everything that changes something, for requests over TCP. Always present where others than processes of
    /// this machine can connect; with none the daemon writes one to a file.
    public let token: SecretSource?

    /// The longest path of a socket that every system takes.
    public static let longestSocketPath = 103

    /// Whether a host names this machine only: `localhost`, `::1` and 127.0.0.0/8.
    public static func isLoopback(host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
