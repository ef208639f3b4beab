/// Where the HTTP API listens and what guards it.
package struct APIConfiguration: Sendable, Equatable {
    /// Where the API listens for load balancers, metrics and operators of other machines.
    package struct Listener: Sendable, Equatable {
        /// The address or host name to listen on; IPv6 addresses without brackets.
        package let host: String
        /// The port, 1 to 65535.
        package let port: Int

        /// Whether only processes of this machine can connect.
        package var isLoopback: Bool { APIConfiguration.isLoopback(host: self.host) }

        /// Creates a listener.
        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// The TCP listener; `nil` where there is none.
    package let listen: Listener?
    /// The path of the Unix socket through which commands of the same user ask the daemon; `nil` for the usual place.
    package let socket: String?
    /// Guards everything that changes something, for requests over TCP. Always present where others than processes of
    /// this machine can connect; with none the daemon writes one to a file.
    package let token: SecretSource?

    /// The longest path of a socket that every system takes.
    package static let longestSocketPath = 103

    /// Whether a host names this machine only: `localhost`, `::1` and 127.0.0.0/8.
    package static func isLoopback(host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
