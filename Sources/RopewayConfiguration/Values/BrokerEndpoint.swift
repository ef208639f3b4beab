import Notation

/// Where a broker listens for AMQP 0-9-1 or for the stream protocol.
package struct BrokerEndpoint: Sendable, Hashable {
    /// A host name or an address; IPv6 addresses without brackets.
    package let host: String
    /// The port, 1 to 65535.
    package let port: Int
    /// Whether the listener speaks TLS.
    package let usesTLS: Bool

    /// Creates an endpoint.
    package init(host: String, port: Int, usesTLS: Bool) {
        self.host = host
        self.port = port
        self.usesTLS = usesTLS
    }
}

extension BrokerEndpoint: CustomStringConvertible {
    /// `host:port`, an IPv6 host in brackets.
    package var description: String {
        Authority(host: self.host, port: self.port).description
    }
}
