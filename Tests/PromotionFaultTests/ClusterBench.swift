import AMQP
import BrokerHarness
import Foundation
import RopewayHarness

/// A pair of which one site or both have three nodes, each of which may be killed.
struct ClusterBench: Sendable {
    /// What a node is killed for.
    enum Victim: String, Sendable, CaseIterable {
        case lockConnection, storeLeader, cursorLeader, captureLeader, tripwireLeader

        /// The site with three nodes.
        var site: String {
            switch self {
            case .lockConnection, .storeLeader, .cursorLeader: "dc2"
            case .captureLeader, .tripwireLeader: "dc1"
            }
        }
    }

    static let exchange = FaultBench.exchange
    static let queue = FaultBench.queue

    /// The nodes of either site.
    let dc1: [BrokerNode]
    let dc2: [BrokerNode]
    var ropeway: RopewayProcess

    /// Runs `body` with fresh nodes, and wipes them.
    ///
    /// - Parameters:
    ///   - sites: the sites with three nodes.
    ///   - store: the type of the standby store.
    static func with(
        threeNodesAt sites: [String],
        store: String = "stream",
        _ body: (ClusterBench) async throws -> Void
    ) async throws {
        async let starting = nodes("kn-a", on: .dc1, count: sites.contains("dc1") ? 3 : 1)
        let dc2 = try await nodes("kn-b", on: .dc2, count: sites.contains("dc2") ? 3 : 1)
        let dc1 = try await starting
        do {
            for node in [dc1[0], dc2[0]] {
                try await node.withChannel { channel in
                    try await channel.declareExchange(exchange, type: "topic")
                    try await channel.declareQueue(queue, arguments: ["x-queue-type": "quorum"])
                    try await channel.bindQueue(queue, to: exchange, routingKey: "#")
                }
            }
            var ropeway = try await RopewayProcess.make(
                dc1: SiteAddress(amqpPorts: dc1.map(\.amqpPort), managementPorts: dc1.map(\.managementPort)),
                dc2: SiteAddress(amqpPorts: dc2.map(\.amqpPort), managementPorts: dc2.map(\.managementPort))
            )
            ropeway.addRoute(
                exchange,
                standby: "{type: \(store), ttl: 1h}",
                more: ["capture: {type: quorum}"]
            )
            try ropeway.write()
            try await body(ClusterBench(dc1: dc1, dc2: dc2, ropeway: ropeway))
        } catch {
            for node in dc1 + dc2 { try? await node.wipe() }
            throw error
        }
        for node in dc1 + dc2 { try await node.wipe() }
    }

    private static func nodes(_ name: String, on site: BrokerSite, count: Int) async throws -> [BrokerNode] {
        let first = try await BrokerNode.start("\(name)1", on: site)
        var nodes = [first]
        for number in 1..<count { nodes.append(try await BrokerNode.start("\(name)\(number + 1)", joining: first)) }
        return nodes
    }

    /// The name of an object of the route.
    func name(_ suffix: String) -> String { "ropeway.\(ropeway.pair).\(Self.exchange).\(suffix)" }

    /// The node that is to be killed.
    func node(for victim: Victim) async throws -> BrokerNode {
        let nodes = victim.site == "dc1" ? dc1 : dc2
        let name: String
        switch victim {
        case .lockConnection: name = try await lockNode(nodes[0])
        case .storeLeader: name = try await leader(of: self.name("standby"), nodes[0])
        case .cursorLeader: name = try await leader(of: self.name("cursor"), nodes[0])
        case .captureLeader: name = try await leader(of: self.name("capture"), nodes[0])
        case .tripwireLeader: name = try await leader(of: self.name("gap"), nodes[0])
        }
        guard let node = nodes.first(where: { "\($0.name)@localhost" == name }) else {
            throw HarnessError("no node is \(name)")
        }
        return node
    }

    private func leader(of queue: String, _ node: BrokerNode) async throws -> String {
        struct Queue: Decodable {
            var leader: String?
            var node: String?
        }
        let found = try await node.managementJSON("/api/queues/%2F/\(queue)", as: Queue.self)
        guard let leader = found.leader ?? found.node else { throw HarnessError("\(queue) has no leader") }
        return leader
    }

    private func lockNode(_ node: BrokerNode) async throws -> String {
        struct Connection: Decodable {
            var node: String
            var user_provided_name: String?
        }
        var found: String?
        try await eventually(within: .seconds(20), "the lock's connection is listed") {
            let connections = try await node.managementJSON("/api/connections", as: [Connection].self)
            found = connections.first { $0.user_provided_name == "ropeway \(ropeway.pair) lock" }?.node
            return found != nil
        }
        return found ?? ""
    }
}
