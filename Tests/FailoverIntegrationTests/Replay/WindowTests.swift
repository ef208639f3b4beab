import AMQP
import BrokerHarness
import Failover
import Leadership
import Logging
import Management
import NIOCore
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

@Suite("A replay by consumed positions", .timeLimit(.minutes(2)))
struct WindowTests {
    private static let count = 40

    @Test(
        "gives each queue what it may not have consumed, and nothing else",
        arguments: ["stream", "classic", "quorum"]
    )
    func perQueue(type: String) async throws {
        try await Topology.with { topology in
            // Given queues that had consumed different things, one of them behind another exchange, one that is not known
            let channel = topology.channel
            try await topology.declareExchange("topic")
            try await channel.declareExchange("archive", type: "fanout")
            try await channel.bindExchange("archive", to: Topology.exchange, routingKey: "even.#")
            for name in ["all", "odd", "behind", "new"] { try await channel.declareQueue(name) }
            try await channel.bindQueue("all", to: Topology.exchange, routingKey: "#")
            try await channel.bindQueue("odd", to: Topology.exchange, routingKey: "odd.*")
            try await channel.bindQueue("odd", to: Topology.exchange, routingKey: "odd.#")
            try await channel.bindQueue("behind", to: "archive")
            try await channel.bindQueue("new", to: Topology.exchange, routingKey: "*.3")
            let capture = try topology.capture()
            _ = try await capture.prepare(on: topology.connection, onlyRouted: true)
            _ = try await capture.mirrorBindings(on: topology.connection, onlyRouted: true)
            let replay = try await Self.store(type, topology)
            let start = try await topology.fillStore(Self.count, spacing: 10) {
                "\($0 % 2 == 0 ? "even" : "odd").\($0)"
            }
            // When what they had consumed is known
            let positions = ["all": start + 50, "odd": start + 200, "behind": start + 301]
            let plan = try #require(try await replay().plan(positions: positions).plan)
            #expect(plan.window?.from == nil)
            #expect(plan.window?.later.map(\.from) == [start + 50, start + 200, start + 301])
            let ended = try await replay().run(plan)
            // Then each queue gets the rest of what is routed to it, once, and the capture what any of them gets
            let numbers = 0..<Self.count
            try await Self.expect("all", numbers.filter { $0 >= 5 }, topology)
            try await Self.expect("odd", numbers.filter { $0 % 2 == 1 && $0 >= 20 }, topology)
            try await Self.expect("behind", numbers.filter { $0 % 2 == 0 && $0 >= 31 }, topology)
            try await Self.expect("new", [3], topology)
            try await Self.expect(capture.names.capture, numbers.filter { $0 >= 5 || $0 == 3 }, topology)
            #expect(ended.error == nil && ended.remaining == 0)
            if type == "stream" {
                #expect(ended.replayed == 36)
                #expect(ended.consumed == 4)
                #expect(ended.quarantined == 0)
            }
            // And nothing is left behind
            #expect(
                try await topology.site.management.exchange(capture.names.replay, virtualHost: topology.virtualHost)
                    == nil
            )
        }
    }

    @Test("starts where the only queue had consumed to, and reads nothing before it", arguments: ["stream", "classic"])
    func oneQueue(type: String) async throws {
        try await Topology.with { topology in
            // Given the messages 0 to 3, of which the consumers had taken 0 and 1
            try await topology.declareExchange("direct")
            try await topology.channel.declareQueue("billing")
            try await topology.channel.bindQueue("billing", to: Topology.exchange, routingKey: "k")
            let replay = try await Self.store(type, topology)
            let start = try await topology.fillStore(4, spacing: 1000) { _ in "k" }
            // When they are replayed
            let plan = try #require(try await replay().plan(positions: ["billing": start + 2000]).plan)
            if type == "stream" { #expect(plan.contents?.messages == 2 && plan.contents?.firstOffset == 2) }
            let ended = try await replay().run(plan)
            // Then only 2 and 3 are
            try await Self.expect("billing", [2, 3], topology)
            #expect(ended.replayed == 2)
        }
    }

    @Test("that is killed again and again loses nothing, and repeats little", arguments: ["stream", "classic"])
    func killed(type: String) async throws {
        try await Topology.with { topology in
            // Given many queues with positions of their own
            try await topology.declareExchange("fanout")
            var positions: [String: Int64] = [:]
            let replay = try await Self.store(type, topology, rate: 200)
            let count = 400
            let start = try await topology.fillStore(count, spacing: 10) { _ in "k" }
            for index in 0..<8 {
                try await topology.channel.declareQueue("q\(index)")
                try await topology.channel.bindQueue("q\(index)", to: Topology.exchange)
                positions["q\(index)"] = start + Int64(index * 500)
            }
            let plan = try #require(try await replay().plan(positions: positions).plan)
            #expect(plan.window?.later.count == 7)
            // When each run lives for 400 ms
            var ended: Replay.Progress?
            for _ in 0..<100 where ended == nil {
                let running = Task { try await replay().run(plan) }
                let timer = Task {
                    try await Task.sleep(for: .milliseconds(400))
                    running.cancel()
                }
                ended = try? await running.value
                timer.cancel()
            }
            // Then every queue has all that it had not consumed
            try #require(ended != nil)
            for index in 0..<8 {
                let bodies = try await Self.bodies("q\(index)", topology)
                #expect(Set(bodies).isSuperset(of: (index * 50)..<count), "q\(index)")
                #expect(bodies.count < (count - index * 50) + 400, "q\(index): \(bodies.count)")
            }
        }
    }

    @Test("that may not bind the queues replays to all of them from the oldest position on")
    func forbidden() async throws {
        try await Topology.with { topology in
            // Given a user that may publish, and may not declare the exchange beside the application's
            try await topology.declareExchange("fanout")
            for name in ["one", "two"] {
                try await topology.channel.declareQueue(name)
                try await topology.channel.bindQueue(name, to: Topology.exchange)
            }
            let replay = try await Self.store("stream", topology)
            let start = try await topology.fillStore(10, spacing: 10) { _ in "k" }
            let plan = try #require(try await replay().plan(positions: ["one": start + 20, "two": start + 60]).plan)
            // An exchange of this name that nobody may delete or declare in another way
            let (status, _) = try await topology.node.management(
                "PUT",
                "/api/permissions/\(topology.virtualHost)/guest",
                body: #"{"configure":"^(?!.*replay).*$","write":".*","read":".*"}"#
            )
            try #require((200..<300).contains(status))
            // When it is replayed
            let ended = try await replay().run(plan)
            // Then each queue has what it had not consumed, and one of them more
            try await Self.expect("one", Array(2..<10), topology)
            try await Self.expect("two", Array(2..<10), topology)
            #expect(ended.replayed == 8)
        }
    }

    private static func store(
        _ type: String,
        _ topology: Topology,
        rate: Int = 20_000
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

    private static func expect(
        _ queue: String,
        _ numbers: [Int],
        _ topology: Topology,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await bodies(queue, topology)
        #expect(found == numbers, "\(queue)", sourceLocation: sourceLocation)
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
