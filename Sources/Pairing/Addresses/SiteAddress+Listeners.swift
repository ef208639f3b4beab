import Management
import RopewayConfiguration

extension SiteAddress {
    /// Takes what was not named from what a site tells of its listeners: AMQP listeners, unless some were named, and the
    /// stream listeners beside them.
    ///
    /// - Returns: whether there is an AMQP listener now.
    package mutating func complete(by overview: Overview) -> Bool {
        if amqp.isEmpty { amqp = Self.amqp(of: overview, at: management) }
        stream = Self.stream(of: overview, beside: amqp)
        return !amqp.isEmpty
    }

    /// The AMQP ports of the node that answers, at the hosts of the management addresses. What a node listens on is no
    /// address to connect to (`::`).
    private static func amqp(
        of overview: Overview,
        at management: [RopewayConfiguration.ManagementEndpoint]
    ) -> [BrokerEndpoint] {
        let listeners = overview.listeners.filter { $0.node == overview.node }
        var endpoints: [BrokerEndpoint] = []
        for place in management {
            let wanted = place.endpoint.usesTLS ? ["amqp/ssl", "amqp"] : ["amqp", "amqp/ssl"]
            let found = wanted.lazy.compactMap { name in listeners.first { $0.protocol == name } }.first
            guard let listener = found, let port = listener.port else { continue }
            let endpoint = BrokerEndpoint(
                host: place.endpoint.host,
                port: port,
                usesTLS: listener.protocol == "amqp/ssl"
            )
            if !endpoints.contains(endpoint) { endpoints.append(endpoint) }
        }
        return endpoints
    }

    /// The stream listeners of the nodes behind AMQP addresses: at the same host, encrypted where that address is.
    ///
    /// An address is a node's where its port is one of the node's. Nodes that share that port must share the stream's,
    /// since nothing tells which of them a host is. Behind a port that no node has there is a proxy or a load balancer,
    /// whose other ports nobody knows.
    private static func stream(of overview: Overview, beside amqp: [BrokerEndpoint]) -> [BrokerEndpoint] {
        var endpoints: [BrokerEndpoint] = []
        for place in amqp {
            let (beside, wanted) = place.usesTLS ? ("amqp/ssl", "stream/ssl") : ("amqp", "stream")
            let nodes = Set(
                overview.listeners.filter { $0.protocol == beside && $0.port == place.port }.map(\.node)
            )
            let ports = nodes.map { node in
                overview.listeners.first { $0.node == node && $0.protocol == wanted }?.port
            }
            guard let first = ports.first, let port = first, ports.allSatisfy({ $0 == port }) else { continue }
            let endpoint = BrokerEndpoint(host: place.host, port: port, usesTLS: place.usesTLS)
            if !endpoints.contains(endpoint) { endpoints.append(endpoint) }
        }
        return endpoints
    }
}
