/// Where the HTTP API listens and what guards it.
public struct APIConfiguration: Sendable, Equatable {
    /// The address or host name to listen on; IPv6 addresses without brackets.
    public let host: String
    /// The port, 1 to 65535.
    public let port: Int
    /// Guards everything that changes something. Always present when ``isLoopback`` is false; with none the daemon
    /// writes one to a file that the command line reads.
    public let token: SecretSource?

    /// Whether only processes of this machine can connect.
    public var isLoopback: Bool { Self.isLoopback(host: self.host) }

    /// Whether a host names this machine only: `localhost`, `::1` and 127.0.0.0/8.
    static func isLoopback(host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
