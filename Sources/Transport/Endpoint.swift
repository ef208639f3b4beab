import Notation

/// Where a broker listens: host, port, and whether the connection is encrypted.
///
/// An endpoint never holds credentials, a virtual host or a path, so its description is safe to log.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// A host name, or an IPv4 or IPv6 address; IPv6 addresses stand here without brackets.
    public let host: String
    /// The TCP port, 1 to 65535.
    public let port: Int
    /// Whether the connection starts with a TLS handshake.
    public let isTLS: Bool

    /// Makes an endpoint; brackets around an IPv6 address are taken off.
    ///
    /// - Parameters:
    ///   - host: a host name, or an IPv4 or IPv6 address, with or without brackets
    ///   - port: the TCP port, 1 to 65535
    ///   - isTLS: whether the connection starts with a TLS handshake
    public init(host: String, port: Int, isTLS: Bool) {
        if host.hasPrefix("["), host.hasSuffix("]"), host.count > 2 {
            self.host = String(host.dropFirst().dropLast())
        } else {
            self.host = host
        }
        self.port = port
        self.isTLS = isTLS
    }

    /// `host:port`, with brackets around an IPv6 address.
    public var authority: String {
        Authority(host: self.host, port: self.port).description
    }

    /// `host:port`, followed by ` (TLS)` when the connection is encrypted.
    public var description: String {
        self.isTLS ? "\(self.authority) (TLS)" : self.authority
    }
}
