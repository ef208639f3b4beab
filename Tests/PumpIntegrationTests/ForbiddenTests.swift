import AMQP
import BrokerHarness
import NIOCore
import Pump
import PumpHarness
import Testing

@Suite("What a user of the destination may not do", .timeLimit(.minutes(3)))
struct ForbiddenTests {
    private static let count = 400
    private static let narrow = PumpLimits(prefetch: 50, inFlight: 50)

    /// Fills the source through an exchange, with a key of each message's own.
    private static func fill(
        _ source: AMQPChannel,
        exchange: (Int) -> String = { _ in "orders" },
        key: (Int) -> String
    ) async throws {
        let targets = (0..<count).map { (exchange($0), key($0)) }
        try await source.declareQueue("from")
        for name in Set(targets.map(\.0)) {
            try await source.declareExchange(name, type: "topic")
            try await source.bindQueue("from", to: name, routingKey: "#")
        }
        try await source.onEventLoop { lane in
            for (number, (exchange, key)) in targets.enumerated() {
                try lane.publish(
                    numbered(number),
                    properties: BasicProperties(deliveryMode: 2),
                    exchange: exchange,
                    routingKey: key
                )
            }
            lane.flush()
        }
        try await eventually(within: .seconds(20), "the source is filled") {
            try await source.depth("from") == count
        }
    }

    /// Makes a user of the destination who may write what `write` matches, and topics of `orders` that `topics` matches.
    private static func user(
        _ name: String,
        _ side: PumpBench.Side,
        write: String = ".*",
        topics: String
    ) async throws {
        try await side.connection(as: name).close()
        let permissions = #"{"configure":"","write":"\#(write)","read":""}"#
        try await side.node.management("PUT", "/api/permissions/\(side.virtualHost)/\(name)", body: permissions)
        let (status, answer) = try await side.node.management(
            "PUT",
            "/api/topic-permissions/\(side.virtualHost)/\(name)",
            body: #"{"exchange":"orders","write":"\#(topics)","read":".*"}"#
        )
        try #require(status < 300, "\(String(decoding: answer, as: UTF8.self))")
    }

    /// Runs a pump until all is settled. What is refused must be in quarantine, and everything else have passed.
    private static func check(_ bench: PumpBench, _ pump: MessagePump, refused: Set<Int>) async throws {
        try await pump.whileRunning { pump in
            try await eventually(within: .seconds(90), "all are settled") {
                let counters = await pump.counters()
                return try await bench.isSettled(pump) && counters.quarantined >= UInt64(refused.count)
            }
        }
        let arrived = try await bench.destination.channel.takeNumbers("to")
        #expect(Set(arrived) == Set(0..<count).subtracting(refused))
        // At most a window for each session that failed, of which there are two for each of them
        #expect(arrived.count - Set(arrived).count <= 50 * refused.count)
        let quarantined = try await bench.source.channel.takeAll("quarantine")
        #expect(quarantined.map { number(of: $0.body) }.sorted() == refused.sorted())
        #expect(quarantined.allSatisfy { $0.properties.headers?["x-ropeway-quarantine-reason"] == "refused" })
        #expect(await pump.status().sessions <= 2 * refused.count + 4)
    }

    @Test("a routing key that a topic permission forbids puts its messages into quarantine, and no other")
    func topics() async throws {
        try await PumpBench.with { bench in
            let destination = bench.destination.channel
            try await destination.declareExchange("orders", type: "topic")
            try await destination.declareQueue("to")
            try await destination.bindQueue("to", to: "orders", routingKey: "#")
            try await Self.user("narrow", bench.destination, topics: "^good")
            // Given messages of two keys that are forbidden, side by side and apart
            let refused: Set = [0, 100, 101, 399]
            try await Self.fill(bench.source.channel) { refused.contains($0) ? "secret.\($0 % 2)" : "good.\($0 % 7)" }
            let pump = try bench.pump(
                route: try PublishRoute(exchange: "orders", routingKey: nil),
                limits: Self.narrow,
                destinationUser: "narrow"
            )
            try await Self.check(bench, pump, refused: refused)
        }
    }

    @Test("an exchange that is forbidden, internal or missing puts its messages into quarantine, if each has its own")
    func exchanges() async throws {
        try await PumpBench.with { bench in
            let destination = bench.destination.channel
            try await destination.declareQueue("to")
            for name in ["orders", "secret"] {
                try await destination.declareExchange(name, type: "topic")
                try await destination.bindQueue("to", to: name, routingKey: "#")
            }
            try await destination.declareExchange("inner", type: "topic", isInternal: true)
            try await Self.user("narrow", bench.destination, write: "^(orders|inner|missing)$", topics: ".*")
            let others = [7: "secret", 8: "inner", 200: "missing"]
            try await Self.fill(bench.source.channel, exchange: { others[$0] ?? "orders" }, key: { "key.\($0 % 3)" })
            let pump = try bench.pump(route: .asDelivered, limits: Self.narrow, destinationUser: "narrow")
            try await Self.check(bench, pump, refused: Set(others.keys))
        }
    }

    @Test("an exchange of the route that is forbidden stops the route, which says why, and empties nothing")
    func route() async throws {
        try await PumpBench.with { bench in
            let destination = bench.destination.channel
            try await destination.declareExchange("orders", type: "topic")
            try await destination.declareQueue("to")
            try await destination.bindQueue("to", to: "orders", routingKey: "#")
            try await Self.user("narrow", bench.destination, write: "^nothing$", topics: ".*")
            try await Self.fill(bench.source.channel) { _ in "key" }
            let pump = try bench.pump(
                route: try PublishRoute(exchange: "orders", routingKey: nil),
                limits: Self.narrow,
                destinationUser: "narrow"
            )
            try await pump.whileRunning { pump in
                try await eventually(within: .seconds(20), "it tries again") { await pump.status().sessions > 4 }
                let status = await pump.status()
                #expect(status.error?.code == "destination-lost")
                #expect(status.error?.hint.contains("permission") == true)
                #expect(status.counters.quarantined == 0 && status.counters.confirmed == 0)
                // When somebody sets it right
                let everything = #"{"configure":"","write":".*","read":""}"#
                try await bench.destination.node.management(
                    "PUT",
                    "/api/permissions/\(bench.destination.virtualHost)/narrow",
                    body: everything
                )
                // Then everything passes, and once
                try await eventually(within: .seconds(20), "all are settled") { try await bench.isSettled(pump) }
            }
            #expect(try await destination.takeNumbers("to") == Array(0..<Self.count))
        }
    }
}
