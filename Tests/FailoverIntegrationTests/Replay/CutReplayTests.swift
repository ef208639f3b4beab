import AMQP
import BrokerHarness
import ErrorCodes
import Failover
import Foundation
import HTTPClient
import Leadership
import Logging
import NIOCore
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

/// Cutting all connections of a replay at once leaves the broker as killing its process does: nothing more is said.
@Suite("What a replay saw outlives its process", .timeLimit(.minutes(4)))
struct CutReplayTests {
    /// More than a replay has on its way.
    private static let count = 2600

    @Test(
        "a queue store is purged or read by somebody else, and the process is gone: then the next one says what is missing",
        arguments: zip(["classic", "quorum", "classic"], ["purged", "read", "purged later"])
    )
    func taken(type: String, how: String) async throws {
        try await Bench.with(type, rate: 300) { bench in
            try await bench.bind(["one"])
            _ = try await bench.topology.fillStore(Self.count) { _ in "k" }
            let plan = try #require(try await bench.replay("o").plan().plan)
            let life = try await bench.begin(plan)
            // Given that some are replayed, and the others wait in the store once the process is gone
            try await eventually(within: .seconds(20), "some are replayed") {
                try await bench.topology.ready("one") > 200
            }
            // When messages go that are not on their way
            if how == "read" { _ = try await bench.steal(50) }
            if how == "purged" { try await bench.purge() }
            try await life.cut()
            if how == "purged later" {
                try await eventually(within: .seconds(20), "the store has back what was on its way") {
                    try await bench.topology.ready(bench.topology.names.standby) > 1000
                }
                try await bench.purge()
            }
            // Then the next process says so, and how many
            let loss = try await bench.loss { try await bench.replay("o").run(plan) }
            #expect(loss.code == .storeMissing, "\(loss)")
            let here = Set(try await bench.bodies("one"))
            let said = try #require(loss.message.split(separator: " ").lazy.compactMap { Int($0) }.first, "\(loss)")
            let lost = Self.count - here.count
            // But for what was on its way: replayed and then taken, or written down as done and left.
            #expect(abs(said - lost) < 200, "\(said) said, \(lost) lost: \(loss)")
            // And so does the one after that
            #expect(try await bench.loss { try await bench.replay("o").run(plan) } == loss)
        }
    }

    @Test("a queue store is purged after it was sealed, and no process has begun to replay it: then that is said")
    func purgedBefore() async throws {
        try await Bench.with("classic", rate: 300) { bench in
            try await bench.bind(["one"])
            _ = try await bench.topology.fillStore(50) { _ in "k" }
            let plan = try #require(try await bench.replay("o").plan().plan)
            try await bench.purge()
            let loss = try await bench.loss { try await bench.replay("o").run(plan) }
            #expect(loss.code == .storeMissing && loss.message.hasPrefix("up to 50 messages"), "\(loss)")
            #expect(try await bench.loss { try await bench.replay("o").run(plan) } == loss)
        }
    }

    @Test(
        "a binding is removed and the process is gone: then the next one says what may be missing, before it binds again"
    )
    func unbound() async throws {
        try await Bench.with("classic", rate: 100) { bench in
            let plan = try await bench.staged(400)
            let life = try await bench.begin(plan)
            try await eventually(within: .seconds(20), "the second queue gets some") {
                try await bench.topology.ready("two") > 10
            }
            // When some messages went without it
            try await bench.topology.channel.unbindQueue("two", from: bench.topology.names.replay, routingKey: "")
            let before = try await bench.topology.ready("one")
            try await eventually(within: .seconds(5), "some go elsewhere") {
                try await bench.topology.ready("one") > before + 10
            }
            try await life.cut()
            let loss = try await bench.loss { try await bench.replay("o").run(plan) }
            #expect(loss.code == .replayIncomplete && loss.message.contains("'two'"), "\(loss)")
            #expect(Set(try await bench.bodies("one")).isSuperset(of: 0..<400))
            #expect(Set(try await bench.bodies("three")).isSuperset(of: 300..<400))
            let lacking = Set(100..<400).subtracting(try await bench.bodies("two")).count
            let words = loss.message.split(separator: " ")
            let said = words.firstIndex(of: "to").flatMap { Int(words[$0 + 1]) } ?? 0
            #expect(lacking > 0 && said >= lacking, "\(lacking) lacking, \(loss)")
        }
    }

    @Test(
        "a process is gone again and again, and nobody does anything: then nothing is said to be missing",
        arguments: ["classic", "quorum", "stream"]
    )
    func unharmed(type: String) async throws {
        try await Bench.with(type, rate: 200) { bench in
            let plan = try await bench.staged(2000)
            for life in 0..<4 {
                let run = try await bench.begin(plan)
                try await Task.sleep(for: .milliseconds(Int64.random(in: 50...1200)))
                try await run.cut()
                // And queues come that are bound meanwhile
                let channel = bench.topology.channel
                try await channel.declareQueue("new-\(life)")
                try await channel.bindQueue("new-\(life)", to: Topology.exchange)
            }
            let ended = try await bench.replay("o", rate: nil).run(plan)
            #expect(ended.remaining == 0 && ended.error == nil, "\(ended)")
            for (queue, first) in [("one", 0), ("two", 100), ("three", 300)] {
                #expect(Set(try await bench.bodies(queue)).isSuperset(of: first..<2000), "\(queue)")
            }
        }
    }
}

/// A store on a virtual host of a test's own, and replays that can be cut off from it.
private struct Bench: Sendable {
    let topology: Topology
    let type: String
    let rate: Int
    let client: CurlClient

    /// A replay that runs.
    struct Life {
        var link: LinkProxy
        var running: Task<Replay.Progress, any Error>

        func cut() async throws {
            try await link.setMode(.cut)
            running.cancel()
            _ = await running.result
        }
    }

    static func with(_ type: String, rate: Int, _ body: @Sendable (Bench) async throws -> Void) async throws {
        try await Topology.with { topology in
            let client = CurlClient()
            try await topology.declareExchange("fanout")
            let bench = Bench(topology: topology, type: type, rate: rate, client: client)
            try await topology.store(bench.standby).prepare(on: topology.connection)
            do {
                try await body(bench)
            } catch {
                await client.shutdown()
                throw error
            }
            await client.shutdown()
        }
    }

    var standby: String { "{type: \(type), ttl: 1h, max-length-bytes: 1GB}" }

    func bind(_ queues: [String]) async throws {
        for name in queues {
            try await topology.channel.declareQueue(name)
            try await topology.channel.bindQueue(name, to: Topology.exchange)
        }
    }

    /// Messages for three queues with positions of their own.
    func staged(_ count: Int) async throws -> Replay.Plan {
        try await bind(["one", "two", "three"])
        let start = try await topology.fillStore(count, spacing: 10) { _ in "k" }
        let positions = ["one": start, "two": start + 1000, "three": start + 3000]
        let plan = try #require(try await replay("o").plan(positions: positions).plan)
        try #require(plan.window?.later.count == 2)
        return plan
    }

    /// Begins a replay that reaches the broker only through a link of its own.
    func begin(_ plan: Replay.Plan) async throws -> Life {
        let link = try await LinkProxy.start(to: topology.node.amqpPort)
        let replay = try replay("o", port: link.port)
        return Life(link: link, running: Task { try await replay.run(plan) })
    }

    func replay(_ operation: String, port: Int? = nil, rate: Int? = 100_000) throws -> Replay {
        let limit = port == nil ? rate ?? 100_000 : self.rate
        let text = """
            pair: pair
            active: dc1
            sites:
              dc1:
                amqp: [amqp://127.0.0.1:\(port ?? topology.node.amqpPort)]
                management: [http://127.0.0.1:\(topology.node.managementPort)]
                vhost: \(topology.virtualHost)
                username: guest
                password: guest
              dc2: {amqp: [amqp://127.0.0.2], management: [http://127.0.0.2], username: guest, password: guest}
            routes:
              - name: orders
                exchange: \(Topology.exchange)
                standby: \(standby)
                replay: {window: watermark, rate: \(limit)}

            """
        let configuration = try PairConfiguration.parse(text, file: "test.yaml").configuration
        return Replay(
            pair: "pair",
            route: try #require(configuration.routes.first),
            site: try Site(configuration.activeSite, client: client),
            operation: operation,
            epoch: 1,
            cut: nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    func purge() async throws {
        try #require(try await topology.channel.purgeQueue(topology.names.standby) > 0)
    }

    func steal(_ count: Int) async throws -> Int {
        var stolen = 0
        while stolen < count, try await topology.channel.get(topology.names.standby, noAcknowledgement: true) != nil {
            stolen += 1
        }
        try #require(stolen == count)
        return stolen
    }

    func loss<Value>(_ body: () async throws -> Value) async throws -> ReplayLoss {
        do {
            _ = try await body()
        } catch let error as ReplayLoss {
            return error
        }
        throw HarnessError("nothing is said to be missing")
    }

    /// The numbers in the bodies of a queue's messages, which stay there.
    func bodies(_ queue: String) async throws -> [Int] {
        let channel = try await topology.connection.openChannel()
        var numbers: [Int] = []
        while let delivery = try await channel.get(queue) {
            numbers.append(try #require(Int(String(buffer: delivery.body))))
        }
        try await channel.close()
        return numbers
    }
}
