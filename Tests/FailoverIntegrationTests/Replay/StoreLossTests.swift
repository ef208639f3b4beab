import AMQP
import BrokerHarness
import Failover
import Logging
import NIOCore
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

@Suite("What a replay finds instead of its store", .timeLimit(.minutes(2)))
struct StoreLossTests {
    private static let standby = "{type: stream, ttl: 1h, max-length-bytes: 1GB}"

    @Test("given no store, then one that was there is told from one that never was")
    func missing() async throws {
        try await Topology.with { topology in
            let replay = try Self.replay(topology)
            #expect(try await replay.plan() == .neverMade)
            try await topology.store(Self.standby).prepare(on: topology.connection)
            try await topology.channel.deleteQueue(topology.names.standby)
            guard case .missing(let error) = try await replay.plan() else {
                Issue.record("the store is not missing")
                return
            }
            #expect(error.code == .storeLost && error.message.contains("'ropeway.pair.orders.standby'"))
        }
    }

    @Test("given an empty store, then it is a store")
    func empty() async throws {
        try await Topology.with { topology in
            try await topology.store(Self.standby).prepare(on: topology.connection)
            let plan = try #require(try await Self.replay(topology).plan().plan)
            #expect(plan.contents?.messages == 0)
        }
    }

    @Test("given a store of another type than the configuration has by now, then it is replayed as it is")
    func otherType() async throws {
        try await Self.withFilledStore(300) { topology, now in
            let replay = try Self.replay(topology, "{type: classic, ttl: 1h}", cut: now)
            let plan = try #require(try await replay.plan().plan)
            #expect(plan.contents?.messages == 300)
            #expect(try await replay.run(plan).replayed == 300)
        }
    }

    @Test(
        "given a stream that was deleted and declared again after it was sealed, then the replay ends and says so",
        arguments: [0, 500]
    )
    func declaredAgain(later: Int) async throws {
        try await Self.withFilledStore(300) { topology, now in
            let replay = try Self.replay(topology, cut: now)
            let plan = try #require(try await replay.plan().plan)
            try await topology.channel.deleteQueue(topology.names.standby)
            try await topology.store(Self.standby).prepare(on: topology.connection)
            _ = try await topology.fillStore(later) { _ in "k" }
            let error = try await topologyError { try await replay.run(plan) }
            #expect(error.code == .storeLost, "\(error)")
            #expect(try await topology.ready("billing") == 0)
        }
    }

    @Test(
        "given a store that is deleted while it is replayed, then the replay ends and says so",
        arguments: [
            "{type: stream, ttl: 1h}", "{type: classic, ttl: 1h}",
        ]
    )
    func deleted(standby: String) async throws {
        try await Self.withFilledStore(300, standby) { topology, now in
            let replay = try Self.replay(topology, standby, cut: now, rate: 50)
            let plan = try #require(try await replay.plan().plan)
            let running = Task { try await replay.run(plan) }
            try await eventually(within: .seconds(20), "some are replayed") {
                try await topology.ready("billing") > 10
            }
            try await topology.channel.deleteQueue(topology.names.standby)
            let error = try await topologyError { try await running.value }
            #expect(error.code == .storeLost, "\(error)")
        }
    }

    @Test("given messages of the ended epoch behind the seal, then they are replayed as well, and counted")
    func late() async throws {
        try await Self.withFilledStore(300) { topology, now in
            let replay = try Self.replay(topology, cut: now)
            let plan = try #require(try await replay.plan().plan)
            // Given what a node had routed and delivers late
            _ = try await topology.fillStore(7) { _ in "k" }
            let progress = try await replay.run(plan)
            #expect(progress.replayed == 307)
            #expect(progress.late == 7)
            #expect(progress.remaining == 0)
            #expect(try await topology.ready("billing") == 307)
            // When more comes later still, then another run finds no more than that
            _ = try await topology.fillStore(3) { _ in "k" }
            let again = try await Self.replay(topology, cut: now).run(plan)
            #expect(again.late == 3)
            #expect(again.replayed == 310)
            #expect(try await topology.ready("billing") == 310)
        }
    }

    /// A store that holds messages of epoch 1, and a queue that takes what is replayed.
    private static func withFilledStore(
        _ count: Int,
        _ standby: String = standby,
        _ body: (Topology, Int64) async throws -> Void
    ) async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            try await topology.channel.declareQueue("billing")
            try await topology.channel.bindQueue("billing", to: Topology.exchange)
            try await topology.store(standby).prepare(on: topology.connection)
            try await body(topology, try await topology.fillStore(count) { _ in "k" })
        }
    }

    private static func replay(
        _ topology: Topology,
        _ standby: String = standby,
        cut: Int64? = nil,
        rate: Int? = nil
    ) throws -> Replay {
        Replay(
            pair: "pair",
            route: try topology.route(
                "standby: \(standby)",
                "replay: {window: all\(rate.map { ", rate: \($0)" } ?? "")}"
            ),
            site: topology.site,
            operation: "o",
            epoch: 1,
            cut: cut,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}
