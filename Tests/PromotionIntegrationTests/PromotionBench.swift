import AMQP
import BrokerHarness
import Foundation
import RopewayHarness

/// A virtual host of a test's own on each of the shared nodes, links to DC1, and a pair that reaches DC1 only through
/// them. Losing DC1 is cutting the links: the shared nodes stay unharmed.
struct PromotionBench: Sendable {
    /// The exchange that is relayed, and its route.
    static let exchange = "orders"
    /// The application's queue on both sites.
    static let queue = "billing"

    let dc1: BrokerNode
    let dc2: BrokerNode
    let host1: String
    let host2: String
    let link1: LinkProxy
    let managementLink1: LinkProxy
    let streamLink1: LinkProxy
    var ropeway: RopewayProcess

    /// - Parameters:
    ///   - standby: the standby store of the route, in YAML.
    ///   - replay: how the route is replayed, in YAML.
    ///   - capture: the capture of the route, in YAML; `nil` leaves it out.
    ///   - declaresTarget: whether DC2 has the exchange and the queue.
    ///   - health: the configuration's `health`, in YAML.
    static func make(
        standby: String = "{type: stream, ttl: 1h}",
        replay: String = "{window: all}",
        capture: String? = nil,
        declaresTarget: Bool = true,
        health: String = "{interval: 2s, timeout: 10s}"
    ) async throws -> PromotionBench {
        let (dc1, dc2) = try await SharedPair.get()
        let host1 = try await freshVirtualHost(on: dc1)
        let host2 = try await freshVirtualHost(on: dc2)
        try await dc1.declare(exchange: exchange, queues: [queue], virtualHost: host1)
        if declaresTarget { try await dc2.declare(exchange: exchange, queues: [queue], virtualHost: host2) }
        let link1 = try await LinkProxy.start(to: dc1.amqpPort)
        let managementLink1 = try await LinkProxy.start(to: dc1.managementPort)
        let streamLink1 = try await LinkProxy.start(to: dc1.streamPort)
        // Records are global parameters: of the whole node, not of a virtual host.
        var ropeway = try await RopewayProcess.make(
            pair: "p-\(UUID().uuidString.lowercased().prefix(8))",
            dc1: SiteAddress(
                amqpPorts: [link1.port],
                managementPorts: [managementLink1.port],
                virtualHost: host1
            ),
            dc2: SiteAddress(dc2, virtualHost: host2)
        )
        // The nodes share a machine with the tests: an answer may take its time.
        ropeway.health = health
        ropeway.dc1.streamPorts = [streamLink1.port]
        ropeway.addRoute(
            exchange,
            standby: standby,
            replay: replay,
            more: capture.map { ["capture: \($0)"] } ?? []
        )
        return PromotionBench(
            dc1: dc1,
            dc2: dc2,
            host1: host1,
            host2: host2,
            link1: link1,
            managementLink1: managementLink1,
            streamLink1: streamLink1,
            ropeway: ropeway
        )
    }

    /// The name of the route's store on either site.
    var store: String { "ropeway.\(ropeway.pair).\(Self.exchange).standby" }

    /// The name of the route's capture on either site.
    var capture: String { "ropeway.\(ropeway.pair).\(Self.exchange).capture" }

    /// Takes DC1 away.
    func loseDC1() async throws {
        try await link1.setMode(.cut)
        try await managementLink1.setMode(.cut)
        try await streamLink1.setMode(.cut)
    }

    /// Publishes on DC1 as an application of that site does.
    func publish(
        _ count: Int,
        of ledger: Ledger,
        by publisher: String = "a",
        priority: UInt8? = nil
    ) async throws {
        try await ledger.publish(
            count,
            by: publisher,
            to: Self.exchange,
            properties: BasicProperties(deliveryMode: 2, priority: priority),
            on: dc1,
            virtualHost: host1
        )
    }

    /// What DC2's applications get of a ledger's messages.
    func account(of ledger: Ledger) async throws -> Ledger.Account {
        try await ledger.account(of: Self.queue, on: dc2, virtualHost: host2)
    }

    /// Waits until a time has passed, for what depends on the age of messages.
    func wait(_ duration: Duration) async throws {
        try await Task.sleep(for: duration)
    }

    /// How many messages a queue of DC2 holds, as its statistics say.
    func count(of queue: String) async throws -> Int {
        let (status, body) = try await dc2.management("GET", "/api/queues/\(host2)/\(queue)")
        guard status == 200 else { throw HarnessError("\(queue): \(status)") }
        return try JSON(text: String(decoding: body, as: UTF8.self)).messages.int ?? 0
    }

    /// The pair's record of an epoch on a node.
    func record(epoch: Int, on node: BrokerNode) async throws -> JSON {
        let path = "/api/global-parameters/ropeway.\(ropeway.pair).\(epoch)"
        let (status, body) = try await node.management("GET", path)
        guard status == 200 else { return .null }
        return try JSON(text: String(decoding: body, as: UTF8.self)).value
    }
}
