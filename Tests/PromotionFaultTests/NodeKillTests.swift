import BrokerHarness
import Foundation
import RopewayHarness
import Testing

/// Each kill of a node on which something depends; the measured times stand in docs/testing.md.
@Suite("A node of a site of three is killed", .serialized, .timeLimit(.minutes(15)))
struct NodeKillTests {
    /// How long a route may stand still.
    private static let limit = Duration.seconds(10)

    /// What is tried: one on every change, all with `ROPEWAY_NODE_KILLS=all`.
    private static var victims: [ClusterBench.Victim] {
        switch ProcessInfo.processInfo.environment["ROPEWAY_NODE_KILLS"] {
        case nil: [.lockConnection]
        case "all": ClusterBench.Victim.allCases
        case let names?: names.split(separator: ",").compactMap { ClusterBench.Victim(rawValue: String($0)) }
        }
    }

    @Test("the route moves again within 10 s, nothing is lost, nothing false is said", arguments: victims)
    func killed(_ victim: ClusterBench.Victim) async throws {
        try await ClusterBench.with(threeNodesAt: [victim.site]) { bench in
            // Given a route under load
            let daemon = try bench.ropeway.run(logLevel: "info")
            defer { daemon.kill() }
            try await bench.ropeway.untilRunning(within: .seconds(60))
            let killed = try await bench.node(for: victim)
            let publishedTo = try #require(bench.dc1.first { $0.name != killed.name })
            let load = PacedPublishers(2, to: publishedTo)
            async let publishing: Void = load.publish(4000, over: .seconds(8), endless: true)
            try await eventually(within: .seconds(20), "the load goes on") {
                try await bench.ropeway.status().routes[0].relayed.int ?? 0 > 1000
            }
            // When the node is killed
            try await killed.kill()
            let stall = try await Self.longestStall(bench, over: .seconds(20))
            // Then the route goes on soon
            FaultScale.note("\(killed.version) \(victim): stood for \(stall.time), said \(stall.said.sorted())")
            #expect(stall.time <= Self.limit)
            #expect(!stall.said.contains { $0.contains("another process") || $0.contains("failed") })
            load.end()
            try await publishing
            // And everything arrives, with the node still away
            let answer = try await bench.ropeway.promote("dc2", within: .seconds(120))
            #expect(answer.status == 0, "\(answer)")
            let target = try #require(bench.dc2.first { $0.name != killed.name })
            let account = load.ledger.account(of: try await target.drain(ClusterBench.queue))
            FaultScale.note("\(killed.version) \(victim): \(account.distinct) distinct, \(account.lost.count) lost")
            #expect(account.lost.isEmpty && account.distinct >= load.confirmed)
        }
    }

    /// The longest time without anything relayed, and what the route said meanwhile.
    private static func longestStall(
        _ bench: ClusterBench,
        over duration: Duration
    ) async throws -> (time: Duration, said: Set<String>) {
        let clock = ContinuousClock()
        let start = clock.now
        var moved = start
        var longest = Duration.zero
        var last = 0
        var said: Set<String> = []
        while clock.now - start < duration {
            let route = try await bench.ropeway.api("/v1/status").json.routes[0]
            let relayed = route.relayed.int ?? 0
            if relayed > 0, relayed != last {
                longest = max(longest, clock.now - moved)
                moved = clock.now
                last = relayed
            }
            said.insert(
                "\(route.state.string ?? "null") \(route.error.code.string ?? "") \(route.error.message.string ?? "")"
            )
            try await Task.sleep(for: .milliseconds(50))
        }
        return (max(longest, clock.now - moved), said)
    }
}
