import AMQP
import BrokerHarness
import Failover
import Logging
import NIOCore
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

@Suite("A replay", .timeLimit(.minutes(2)))
struct ReplayTests {
    private static let count = 600

    @Test("that never lives for a second makes progress each time, and counts each message once")
    func shortLives() async throws {
        try await Self.withStore("stream") { topology, replay in
            let plan = try #require(try await replay().plan().plan)
            var ended: Replay.Progress?
            for _ in 0..<12 where ended == nil { ended = try await Self.run(replay(), plan, for: .milliseconds(700)) }
            #expect(ended?.replayed == 600)
            #expect(ended?.expired == 0)
            let repeated = try await topology.ready("billing") - Self.count
            // What is repeated of each life was in flight, or came after the last cursor.
            #expect(repeated < Self.count, "\(repeated) repeats")
        }
    }

    @Test("of a queue that was cut off does not know how many messages it replayed")
    func queue() async throws {
        try await Self.withStore("classic") { topology, replay in
            let plan = try #require(try await replay().plan().plan)
            #expect(plan.depth == Self.count)
            #expect(try await Self.run(replay(), plan, for: .milliseconds(700)) == nil)
            let ended = try #require(try await Self.run(replay(), plan, for: .seconds(30)))
            #expect(ended.replayed == nil)
            #expect(ended.expired == nil)
            #expect(ended.remaining == 0)
            #expect(try await topology.ready("billing") >= Self.count)
        }
    }

    /// Runs a replay, and cancels it after a while. Returns what it did if it came to its end.
    private static func run(_ replay: Replay, _ plan: Replay.Plan, for time: Duration) async throws -> Replay.Progress?
    {
        let running = Task { try await replay.run(plan) }
        let timer = Task {
            // From the first message on: connecting takes its time.
            while await (replay.progress().remaining ?? count) >= count {
                try await Task.sleep(for: .milliseconds(5))
            }
            try await Task.sleep(for: time)
            running.cancel()
        }
        defer { timer.cancel() }
        do {
            return try await running.value
        } catch  where running.isCancelled {
            return nil
        }
    }

    /// Fills a store with messages, and hands out replays of one operation.
    private static func withStore(
        _ type: String,
        _ body: (Topology, () throws -> Replay) async throws -> Void
    ) async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            try await topology.channel.declareQueue("billing")
            try await topology.channel.bindQueue("billing", to: Topology.exchange)
            let standby = "{type: \(type), ttl: 1h, max-length-bytes: 1GB}"
            try await topology.store(standby).prepare(on: topology.connection)
            let now = try await topology.fillStore(count) { _ in "k" }
            let route = try topology.route("standby: \(standby)", "replay: {window: all, rate: 300}")
            try await body(topology) {
                Replay(
                    pair: "pair",
                    route: route,
                    site: topology.site,
                    operation: "o",
                    epoch: 1,
                    cut: now,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                )
            }
        }
    }
}
