import AMQP
import BrokerHarness
import ErrorCodes
import Failover
import Foundation
import Leadership
import Logging
import Management
import NIOCore
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

@Suite("What somebody does to the objects of a replay that runs", .timeLimit(.minutes(2)))
struct HarmTests {
    private static let count = 400

    @Test("a binding of its exchange is removed: given a stream, then it goes back, and every queue has everything")
    func unboundStream() async throws {
        try await Topology.with { topology in
            let (_, _, running) = try await Self.begin("stream", topology)
            // When somebody unbinds a queue that is in the middle of its part
            try await topology.channel.unbindQueue("two", from: topology.names.replay, routingKey: "")
            let ended = try await running.value
            // Then every queue has what it had not consumed
            try await Self.expectAll(topology)
            // And each message is counted once
            #expect(ended.replayed == UInt64(Self.count) && ended.consumed == 0 && ended.error == nil)
            #expect(ended.remaining == 0)
        }
    }

    @Test(
        "a binding of its exchange is removed: given a queue, whose messages go, then it goes on and says what is missing",
        arguments: ["classic", "quorum"]
    )
    func unboundQueue(type: String) async throws {
        try await Topology.with { topology in
            let (replay, plan, running) = try await Self.begin(type, topology)
            try await topology.channel.unbindQueue("two", from: topology.names.replay, routingKey: "")
            let loss = try await Self.loss { try await running.value }
            #expect(loss.code == .replayIncomplete && loss.message.contains("'two'"), "\(loss)")
            // Then the queues that were bound have everything, and the one that was unbound has it from a moment later on
            #expect(Set(try await Self.bodies("one", topology)).isSuperset(of: 0..<Self.count))
            #expect(Set(try await Self.bodies("three", topology)).isSuperset(of: 300..<Self.count))
            #expect(Set(try await Self.bodies("two", topology)).isSuperset(of: 300..<Self.count))
            // And another run, as of a process that comes next, says so as well
            let again = try await Self.loss { try await replay().run(plan) }
            #expect(again.code == .replayIncomplete)
        }
    }

    @Test(
        "its exchange is deleted: then it is declared again, and told of meanwhile",
        arguments: ["stream", "classic"]
    )
    func deleted(type: String) async throws {
        try await Topology.with { topology in
            let (_, _, running, current) = try await Self.beginning(type, topology)
            try await topology.channel.deleteExchange(topology.names.replay)
            try await eventually(within: .seconds(10), "the progress says why it is held up") {
                await current.progress().error != nil
            }
            let ended = try await running.value
            try await Self.expectAll(topology)
            #expect(ended.error == nil && ended.remaining == 0)
        }
    }

    @Test("the exchange before an internal one is deleted: then it is declared again")
    func deletedBeforeInternal() async throws {
        try await Topology.with { topology in
            // Given an exchange that takes no messages of clients
            try await topology.channel.declareExchange(Topology.exchange, type: "fanout", isInternal: true)
            try await topology.channel.declareQueue("one")
            try await topology.channel.bindQueue("one", to: Topology.exchange)
            let replay = try await Self.store("classic", topology)
            _ = try await topology.fillStore(Self.count) { _ in "k" }
            let plan = try #require(try await replay().plan().plan)
            let running = Task { try await replay().run(plan) }
            try await eventually(within: .seconds(20), "some are replayed") { try await topology.ready("one") > 10 }
            // When what leads to it is deleted
            try await topology.channel.deleteExchange(topology.names.replay)
            _ = try await running.value
            #expect(Set(try await Self.bodies("one", topology)) == Set(0..<Self.count))
        }
    }

    @Test(
        "a queue store is purged: then what is left is replayed, and it says what is missing",
        arguments: ["classic", "quorum"]
    )
    func purged(type: String) async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            try await topology.channel.declareQueue("one")
            try await topology.channel.bindQueue("one", to: Topology.exchange)
            let count = 4000
            let replay = try await Self.store(type, topology, rate: 500)
            _ = try await topology.fillStore(count) { _ in "k" }
            let plan = try #require(try await replay().plan().plan)
            let running = Task { try await replay().run(plan) }
            try await eventually(within: .seconds(20), "some are replayed") { try await topology.ready("one") > 10 }
            // When somebody purges it
            let purged = try await topology.channel.purgeQueue(topology.names.standby)
            try #require(purged > 0)
            // Then that is said, with how many
            let loss = try await Self.loss { try await running.value }
            #expect(loss.code == .storeMissing && loss.message.contains("\(purged) messages"), "\(loss) \(purged)")
            #expect(try await topology.ready("one") == count - purged)
            // And another run, as of a process that comes next, says so as well
            #expect(try await Self.loss { try await replay().run(plan) }.code == .storeMissing)
        }
    }

    /// Begins a replay of messages to three queues with positions of their own, and waits until the second gets some.
    private static func begin(
        _ type: String,
        _ topology: Topology
    ) async throws -> (@Sendable () throws -> Replay, Replay.Plan, Task<Replay.Progress, any Error>) {
        let (replay, plan, running, _) = try await beginning(type, topology)
        return (replay, plan, running)
    }

    private static func beginning(
        _ type: String,
        _ topology: Topology
    ) async throws -> (@Sendable () throws -> Replay, Replay.Plan, Task<Replay.Progress, any Error>, Replay) {
        try await topology.declareExchange("fanout")
        for name in ["one", "two", "three"] {
            try await topology.channel.declareQueue(name)
            try await topology.channel.bindQueue(name, to: Topology.exchange)
        }
        let replay = try await store(type, topology)
        let start = try await topology.fillStore(count, spacing: 10) { _ in "k" }
        let positions = ["one": start, "two": start + 1000, "three": start + 3000]
        let plan = try #require(try await replay().plan(positions: positions).plan)
        try #require(plan.window?.later.count == 2)
        let current = try replay()
        let running = Task { try await current.run(plan) }
        try await eventually(within: .seconds(20), "the second queue gets some") {
            try await topology.ready("two") > 10
        }
        return (replay, plan, running, current)
    }

    private static func store(
        _ type: String,
        _ topology: Topology,
        rate: Int = 100
    ) async throws -> @Sendable () throws -> Replay {
        let standby = "{type: \(type), ttl: 1h, max-length-bytes: 1GB}"
        try await topology.store(standby).prepare(on: topology.connection)
        let route = try topology.route("standby: \(standby)", "replay: {window: watermark, rate: \(rate)}")
        return {
            Replay(
                pair: "pair",
                route: route,
                site: topology.site,
                operation: "o",
                epoch: 1,
                cut: nil,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        }
    }

    private static func loss<Value>(_ body: () async throws -> Value) async throws -> ReplayLoss {
        do {
            _ = try await body()
        } catch let error as ReplayLoss {
            return error
        }
        throw HarnessError("nothing is said to be missing")
    }

    private static func expectAll(_ topology: Topology) async throws {
        for (queue, first) in [("one", 0), ("two", 100), ("three", 300)] {
            let found = Set(try await bodies(queue, topology))
            #expect(found.isSuperset(of: first..<count), "\(queue): \(found.count)")
        }
    }

    /// The numbers in the bodies of a queue's messages.
    private static func bodies(_ queue: String, _ topology: Topology) async throws -> [Int] {
        var numbers: [Int] = []
        while let delivery = try await topology.channel.get(queue, noAcknowledgement: true) {
            numbers.append(try #require(Int(String(buffer: delivery.body))))
        }
        return numbers
    }
}
