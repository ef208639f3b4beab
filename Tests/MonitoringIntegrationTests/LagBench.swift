import AMQP
import BrokerHarness
import Foundation
import RopewayHarness

/// A virtual host of a test's own on each of the shared nodes, and a pair that reaches each site only through links that a
/// test delays and cuts.
struct LagBench: Sendable {
    static let exchange = "orders"
    static let queue = "billing"

    let dc1: BrokerNode
    let dc2: BrokerNode
    let host1: String
    let host2: String
    /// The links to AMQP, to streams and to the management API of each site.
    let amqp: [String: LinkProxy]
    let stream: [String: LinkProxy]
    let management: [String: LinkProxy]
    var ropeway: RopewayProcess

    static func make() async throws -> LagBench {
        let (dc1, dc2) = try await SharedPair.get()
        let host1 = try await freshVirtualHost(on: dc1)
        let host2 = try await freshVirtualHost(on: dc2)
        try await dc1.declare(exchange: exchange, queues: [queue], virtualHost: host1)
        try await dc2.declare(exchange: exchange, queues: [queue], virtualHost: host2)
        var amqp: [String: LinkProxy] = [:]
        var stream: [String: LinkProxy] = [:]
        var management: [String: LinkProxy] = [:]
        for (site, node) in [("dc1", dc1), ("dc2", dc2)] {
            amqp[site] = try await LinkProxy.start(to: node.amqpPort)
            stream[site] = try await LinkProxy.start(to: node.streamPort)
            management[site] = try await LinkProxy.start(to: node.managementPort)
        }
        func address(_ site: String, _ host: String) -> SiteAddress {
            var address = SiteAddress(
                amqpPorts: amqp[site].map { [$0.port] } ?? [],
                managementPorts: management[site].map { [$0.port] } ?? [],
                virtualHost: host
            )
            address.streamPorts = stream[site].map { [$0.port] } ?? []
            return address
        }
        var ropeway = try await RopewayProcess.make(
            pair: "p-\(UUID().uuidString.lowercased().prefix(8))",
            dc1: address("dc1", host1),
            dc2: address("dc2", host2)
        )
        ropeway.health = "{interval: 2s, timeout: 10s}"
        ropeway.addRoute(exchange)
        return LagBench(
            dc1: dc1,
            dc2: dc2,
            host1: host1,
            host2: host2,
            amqp: amqp,
            stream: stream,
            management: management,
            ropeway: ropeway
        )
    }

    /// Changes what the links to a site do that messages take.
    func link(to site: String, _ mode: LinkMode) async throws {
        try await amqp[site]?.setMode(mode)
        try await stream[site]?.setMode(mode)
    }
}
