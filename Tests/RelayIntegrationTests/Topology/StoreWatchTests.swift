import AMQP
import BrokerHarness
import ErrorCodes
import Logging
import Management
import Pump
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

@Suite("A route that runs", .timeLimit(.minutes(2)))
struct StoreWatchTests {
    private static let stream = "standby: {type: stream, ttl: 1h, max-length-bytes: 1GB}"

    @Test("given a policy that comes to outrank the store's, then the store's is put above it again")
    func outranked() async throws {
        try await Self.withRoute(Self.stream) { topology, _ in
            let name = topology.names.standby
            try await topology.putPolicy("short", ["max-age": "1m"], pattern: "standby$", priority: 5000)
            try await eventually(within: .seconds(60), "the store's policy outranks it") {
                let policy = try await topology.site.management.policy(name, virtualHost: topology.virtualHost)
                return (policy?.priority ?? 0) > 5000
            }
        }
    }

    @Test("given an operator policy that trims the store, then the route says so, and no more once it is gone")
    func operatorPolicy() async throws {
        try await Self.withRoute(Self.stream) { topology, route in
            try await topology.putPolicy(
                "trim",
                ["max-length-bytes": 1000],
                pattern: "standby$",
                kind: .operatorPolicy
            )
            try await eventually(within: .seconds(60), "the route tells of the conflict") {
                let snapshot = await route.snapshot()
                return snapshot.error?.code == .policyConflict && snapshot.topologyFailed
                    && snapshot.error?.message.contains("'trim'") == true
            }
            _ = try await topology.site.management.deletePolicy(
                "trim",
                kind: .operatorPolicy,
                virtualHost: topology.virtualHost
            )
            try await eventually(within: .seconds(60), "the route is well") { await route.snapshot().error == nil }
        }
    }

    @Test("given a capture that is not there, when its watch says that it is complete, then it is bound and captures")
    func bound() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            try await topology.channel.declareQueue("application", arguments: ["x-queue-type": "classic"])
            try await topology.channel.bindQueue("application", to: Topology.exchange)
            let task = WatchTask(
                pair: "pair",
                site: topology.site,
                epoch: 1,
                routes: [try topology.route("capture: {type: quorum}")],
                mayChange: { true },
                found: { Issue.record("\($0)") },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let watch = CaptureWatch(task) { _ in nil }
            let watching = Task { await watch.run() }
            do {
                try await eventually(within: .seconds(30), "it is complete") {
                    await watch.evidence["orders"]?.isComplete ?? false
                }
                try await topology.publish(1)
                // A quorum queue says 0 where its leader takes longer than 250 ms.
                try await eventually(within: .seconds(10), "it captured it") {
                    try await topology.ready(topology.names.capture) == 1
                }
                #expect(await watch.compare().isEmpty)
            } catch {
                watching.cancel()
                await watching.value
                throw error
            }
            watching.cancel()
            await watching.value
        }
    }

    /// Runs a route from a site to itself.
    ///
    /// - Parameter lines: keys of the route, in YAML.
    private static func withRoute(
        _ lines: String...,
        body: (Topology, Route) async throws -> Void
    ) async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            try await topology.channel.declareQueue("application", arguments: ["x-queue-type": "classic"])
            try await topology.channel.bindQueue("application", to: Topology.exchange)
            let route = try Route(
                pair: "pair",
                configuration: try topology.route(lines),
                from: topology.site,
                to: topology.site,
                epoch: 1,
                policyInterval: .seconds(2),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let running = Task { await route.run() }
            do {
                try await eventually(within: .seconds(30), "the route runs") {
                    await route.snapshot().phase == .running
                }
                try await body(topology, route)
                running.cancel()
                await running.value
            } catch {
                running.cancel()
                await running.value
                throw error
            }
        }
    }
}
