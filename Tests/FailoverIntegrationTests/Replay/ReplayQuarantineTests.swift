import AMQP
import BrokerHarness
import Failover
import Logging
import NIOCore
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

@Suite("What a replay can't deliver", .timeLimit(.minutes(2)))
struct ReplayQuarantineTests {
    private static let count = 300
    private static let unroutable = [50, 150]
    /// Over this one the broker closes the channel: its user may not publish with the routing key.
    private static let forbidden = 200

    @Test("goes into quarantine once and is counted, and all others are replayed", arguments: ["stream", "classic"])
    func once(_ type: String) async throws {
        try await Self.withStore(type) { topology, replay in
            let plan = try #require(try await replay().plan().plan)
            // When it is replayed, then it comes to its end
            let ended = try await Self.run(replay(), plan)
            #expect(ended.remaining == 0)
            // And the quarantine has each once, and the others are in their order
            let quarantined = try await Self.numbers(in: topology.names.quarantine, topology)
            #expect(quarantined.sorted() == Self.unroutable + [Self.forbidden])
            let replayed = try await Self.numbers(in: "billing", topology)
            #expect(Set(replayed) == Set(0..<Self.count).subtracting(quarantined))
            // And the counts of a stream say so, although connections were lost over it
            #expect(ended.replayed == (type == "stream" ? UInt64(Self.count - 3) : nil))
            #expect(ended.quarantined == (type == "stream" ? 3 : nil))
        }
    }

    @Test("is counted once by all runs of a stream's replay")
    func resumed() async throws {
        try await Self.withStore("stream", rate: 100) { topology, replay in
            let plan = try #require(try await replay().plan().plan)
            // Given a replay that is ended each time that something more went into quarantine
            for count: UInt64 in 1...3 {
                let run = try replay()
                let running = Task { try await run.run(plan) }
                try await eventually(within: .seconds(20), "something more is in quarantine") {
                    let progress = await run.progress()
                    guard let quarantined = progress.quarantined, quarantined >= count else {
                        throw HarnessError("\(count): \(progress)")
                    }
                    return true
                }
                running.cancel()
                _ = try? await running.value
            }
            // When it runs to its end
            let ended = try await Self.run(replay(), plan)
            // Then all are accounted for
            #expect(ended.replayed == UInt64(Self.count - 3))
            #expect(ended.quarantined == 3)
            let quarantined = try await Self.numbers(in: topology.names.quarantine, topology)
            #expect(Set(quarantined) == Set(Self.unroutable + [Self.forbidden]))
        }
    }

    /// Runs a replay to its end, which must come soon.
    private static func run(_ replay: Replay, _ plan: Replay.Plan) async throws -> Replay.Progress {
        let running = Task { try await replay.run(plan) }
        let timer = Task {
            try await Task.sleep(for: .seconds(40))
            running.cancel()
        }
        defer { timer.cancel() }
        do {
            return try await running.value
        } catch is CancellationError {
            throw HarnessError("the replay does not end: \(await replay.progress())")
        }
    }

    /// Takes the messages of a queue.
    private static func numbers(in queue: String, _ topology: Topology) async throws -> [Int] {
        var numbers: [Int] = []
        while let delivery = try await topology.channel.get(queue, noAcknowledgement: true) {
            numbers.append(Int(String(buffer: delivery.body)) ?? -1)
        }
        return numbers
    }

    /// Fills a store with messages of which some can't be replayed, and hands out replays of one operation.
    private static func withStore(
        _ type: String,
        rate: Int? = nil,
        _ body: (Topology, () throws -> Replay) async throws -> Void
    ) async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("topic")
            try await topology.channel.declareQueue("billing")
            try await topology.channel.bindQueue("billing", to: Topology.exchange, routingKey: "orders")
            let rights = #"{"exchange":"\#(Topology.exchange)","write":"^(orders|nobody)$","read":".*"}"#
            let path = "/api/topic-permissions/\(topology.virtualHost)/guest"
            let (status, _) = try await topology.node.management("PUT", path, body: rights)
            try #require((200..<300).contains(status))
            let standby = "{type: \(type), ttl: 1h, max-length-bytes: 1GB}"
            try await topology.store(standby).prepare(on: topology.connection)
            let now = try await topology.fillStore(count) { number in
                number == forbidden ? "secret" : unroutable.contains(number) ? "nobody" : "orders"
            }
            let limit = rate.map { ", rate: \($0)" } ?? ""
            let route = try topology.route("standby: \(standby)", "replay: {window: all\(limit)}")
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
