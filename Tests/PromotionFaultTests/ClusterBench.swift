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
    /// Between Ropeway and all doors of a site, by its name; none where it reaches the sites directly.
    let links: [String: [LinkProxy]]
    var ropeway: RopewayProcess

    /// Runs `body` with fresh nodes, and wipes them.
    ///
    /// - Parameters:
    ///   - sites: the sites with three nodes.
    ///   - store: the type of the standby store.
    ///   - capture: the capture of the route, in YAML.
    ///   - replay: how the route is replayed, in YAML.
    ///   - hasLinks: whether Ropeway reaches the sites only through links.
    static func with(
        threeNodesAt sites: [String],
        store: String = "stream",
        capture: String = "{type: quorum}",
        replay: String = "{window: all}",
        hasLinks: Bool = false,
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
            let (first, firstLinks) = try await address(of: dc1, hasLinks: hasLinks)
            let (second, secondLinks) = try await address(of: dc2, hasLinks: hasLinks)
            var ropeway = try await RopewayProcess.make(dc1: first, dc2: second)
            ropeway.addRoute(
                exchange,
                standby: "{type: \(store), ttl: 1h}",
                replay: replay,
                more: ["capture: \(capture)"]
            )
            try ropeway.write()
            let links = ["dc1": firstLinks, "dc2": secondLinks]
            try await body(ClusterBench(dc1: dc1, dc2: dc2, links: links, ropeway: ropeway))
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

    /// Where Ropeway finds a site, and the links that lead there.
    private static func address(
        of nodes: [BrokerNode],
        hasLinks: Bool
    ) async throws -> (SiteAddress, [LinkProxy]) {
        let ports = (nodes.map(\.amqpPort), nodes.map(\.managementPort))
        guard hasLinks else {
            var address = SiteAddress(amqpPorts: ports.0, managementPorts: ports.1)
            address.streamPorts = nodes.map(\.streamPort)
            return (address, [])
        }
        var links: [LinkProxy] = []
        for port in ports.0 + nodes.map(\.streamPort) + ports.1 { links.append(try await LinkProxy.start(to: port)) }
        let doors = links.map(\.port)
        var address = SiteAddress(
            amqpPorts: Array(doors.prefix(nodes.count)),
            managementPorts: Array(doors.suffix(nodes.count))
        )
        address.streamPorts = Array(doors.dropFirst(nodes.count).prefix(nodes.count))
        return (address, links)
    }

    /// Changes what all links to a site do.
    func link(to site: String, _ mode: LinkMode) async throws {
        for link in links[site] ?? [] { try await link.setMode(mode) }
    }

    /// Waits until the site that is not active has everything that was captured.
    func untilRelayed(from node: BrokerNode, within deadline: Duration = .seconds(60)) async throws {
        try await eventually(within: deadline, "everything is relayed") {
            let route = try await ropeway.api("/v1/status").json.routes[0]
            let waiting = try await node.depth(of: name("capture"))
            guard route.lag.known.bool == true, route.lag.messages.int == 0, waiting == 0 else {
                throw HarnessError("\(waiting) in the capture; \(route)")
            }
            return true
        }
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
