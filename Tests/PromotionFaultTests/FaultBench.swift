import AMQP
import BrokerHarness
import Foundation
import RopewayHarness

/// Two sites of a test's own, links to both, and a pair whose daemon reaches the sites only through these links.
struct FaultBench: Sendable {
    /// The exchange that is relayed, and its route.
    static let exchange = "orders"
    /// The application's queue on both sites.
    static let queue = "billing"

    let dc1: BrokerNode
    let dc2: BrokerNode
    /// Between Ropeway and the sites' AMQP ports.
    let link1: LinkProxy
    let link2: LinkProxy
    /// Between Ropeway and DC2's listener of the stream protocol.
    let streamLink2: LinkProxy
    /// Between Ropeway and DC1's management API.
    let managementLink1: LinkProxy
    var ropeway: RopewayProcess

    /// Runs `body` with two fresh nodes and wipes them.
    ///
    /// - Parameters:
    ///   - standby: the standby store of the route, in YAML.
    ///   - replay: how the route is replayed, in YAML.
    ///   - capture: the capture of the route, in YAML; `nil` leaves it out.
    ///   - queues: the application's queues on both sites, which get everything.
    static func with(
        _ name: String,
        standby: String = "{type: stream, ttl: 1h}",
        replay: String = "{window: all}",
        capture: String? = nil,
        queues: [String] = [queue],
        _ body: (FaultBench) async throws -> Void
    ) async throws {
        let statistics = ["collect_statistics_interval = 1000"]
        async let starting = BrokerNode.start("\(name)-a", configuration: statistics)
        let dc2 = try await BrokerNode.start("\(name)-b", on: .dc2, configuration: statistics)
        let dc1 = try await starting
        do {
            for node in [dc1, dc2] { try await node.declare(exchange: exchange, queues: queues) }
            let link1 = try await LinkProxy.start(to: dc1.amqpPort)
            let link2 = try await LinkProxy.start(to: dc2.amqpPort)
            let streamLink2 = try await LinkProxy.start(to: dc2.streamPort)
            let managementLink1 = try await LinkProxy.start(to: dc1.managementPort)
            var ropeway = try await RopewayProcess.make(
                dc1: SiteAddress(amqpPorts: [link1.port], managementPorts: [managementLink1.port]),
                dc2: SiteAddress(amqpPorts: [link2.port], managementPorts: [dc2.managementPort])
            )
            ropeway.dc2.streamPorts = [streamLink2.port]
            if capture != nil { ropeway.dc1.streamPorts = [dc1.streamPort] }
            ropeway.addRoute(
                exchange,
                standby: standby,
                replay: replay,
                more: capture.map { ["capture: \($0)"] } ?? []
            )
            try ropeway.write()
            try await body(
                FaultBench(
                    dc1: dc1,
                    dc2: dc2,
                    link1: link1,
                    link2: link2,
                    streamLink2: streamLink2,
                    managementLink1: managementLink1,
                    ropeway: ropeway
                )
            )
        } catch {
            try? await dc1.wipe()
            try? await dc2.wipe()
            throw error
        }
        try await dc1.wipe()
        try await dc2.wipe()
    }

    /// The name of the route's capture on either site.
    var capture: String { "ropeway.\(ropeway.pair).\(Self.exchange).capture" }

    /// The route in the daemon's status.
    func route() async throws -> JSON { try await ropeway.status().routes[0] }

    /// Waits until DC1 holds nothing that is not in DC2's store.
    func untilCaughtUp(within deadline: Duration = .seconds(120)) async throws {
        try await eventually(within: deadline, "DC2 has everything") {
            let route = try await route()
            let waiting = try await queue(capture, on: dc1).messages
            guard route.state.string == "running", route.lag.known.bool == true, route.lag.messages.int == 0,
                waiting == 0
            else { throw HarnessError("\(waiting) in the capture; \(route.state) \(route.lag) \(route.error)") }
            return true
        }
    }

    /// Messages of a queue, those that are not acknowledged included, as the management API counts them.
    func queue(_ name: String, on node: BrokerNode) async throws -> QueueCounts {
        try await node.managementJSON("/api/queues/%2F/\(name)")
    }

    /// Waits until DC2's record of an epoch is there.
    func untilRecord(epoch: Int, within deadline: Duration) async throws {
        try await eventually(within: deadline, "DC2's record of epoch \(epoch)") {
            try await dc2.management("GET", "/api/global-parameters/ropeway.\(ropeway.pair).\(epoch)").status == 200
        }
    }

    /// Promotes, again and again where it says that it is incomplete, until it is done.
    ///
    /// - Returns: the last answer.
    @discardableResult
    func promoteUntilDone(forced: Bool = false, within deadline: Duration = .seconds(120)) async throws -> JSON {
        var last = JSON.null
        try await eventually(within: deadline, "the promotion is done") {
            let answer =
                forced
                ? try await ropeway.promote("dc2", "--forced", within: deadline)
                : try await ropeway.promote("dc2", within: deadline)
            last = answer.json
            guard answer.status == 0 else { throw HarnessError("\(answer)") }
            return true
        }
        return last
    }
}

/// What the management API says of a queue.
struct QueueCounts: Decodable, Sendable {
    var messages: Int
}
