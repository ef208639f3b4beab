import AMQP
import BrokerHarness
import NIOCore
import RopewayHarness
import Testing

/// Each test is a row of the table in docs/shovels.md: the same input to Ropeway's shovel and to RabbitMQ's plugin.
@Suite("From where and to where a shovel moves, beside the plugin", .timeLimit(.minutes(3)))
struct ShovelEndTests {
    /// Where a shovel publishes, and which queue of DC2 should get `message` that was published to `in` with `key`.
    struct Target: Sendable, CustomTestStringConvertible {
        let ours: String
        let plugins: String
        let exchange: String
        let key: String
        var testDescription: String { ours }
    }

    @Test(
        "An exchange and a key, an exchange alone, neither: what is not set stays as the message came",
        arguments: [
            Target(
                ours: "exchange: out, routing-key: other",
                plugins: #""dest-exchange":"out","dest-exchange-key":"other""#,
                exchange: "out",
                key: "other"
            ),
            Target(ours: "exchange: out", plugins: #""dest-exchange":"out""#, exchange: "out", key: "key"),
            Target(ours: "", plugins: "", exchange: "in", key: "key"),
        ]
    )
    func targets(_ target: Target) async throws {
        var bench = try await ShovelBench.make()
        try await bench.dc1.declare(exchange: "in", queues: ["from-ropeway"], virtualHost: bench.host1)
        for exchange in ["in", "out"] {
            try await bench.dc2.declare(exchange: exchange, queues: ["seen"], virtualHost: bench.host2)
        }
        bench.addShovel(source: "queue: from-ropeway", destination: target.ours)
        bench.ropeway.shovels[0].replace("dc2, }", with: "dc2}")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.publish(["message"], exchange: "in", key: "key")
        let ours = try await bench.take(1, from: "seen")
        // The same message again for the plugin, once the other has settled what it moved and is gone
        daemon.terminate()
        #expect(try await daemon.wait(within: .seconds(20)) == .status(0))
        try await bench.publish(["message"], exchange: "in", key: "key")
        let separator = target.plugins.isEmpty ? "" : ","
        try await bench.startPlugin(#""src-queue":"from-ropeway"\#(separator)\#(target.plugins)"#)
        let plugins = try await bench.take(1, from: "seen")
        try await bench.stopPlugin()
        for (kind, deliveries) in [(ShovelBench.Kind.ropeway, ours), (.plugin, plugins)] {
            #expect(deliveries.map(\.exchange) == [target.exchange], "\(kind)")
            #expect(deliveries.map(\.routingKey) == [target.key], "\(kind)")
        }
    }

    @Test("A source exchange: Ropeway keeps what is published while nobody is connected, the plugin loses it")
    func sourceExchange() async throws {
        var bench = try await ShovelBench.make()
        try await bench.dc1.declare(exchange: "in", queues: [], virtualHost: bench.host1)
        try await bench.declare(["to-ropeway", "to-plugin"], on: bench.dc2)
        bench.addShovel(source: "exchange: in, routing-key: \"orders.#\"", destination: "queue: to-ropeway")
        // Given both at work
        let first = try bench.ropeway.run()
        let definition = #""src-exchange":"in","src-exchange-key":"orders.#","dest-queue":"to-plugin""#
        try await bench.startPlugin(definition)
        try await bench.until("running")
        try await Self.untilBound(2, bench)
        try await bench.publish(["1"], exchange: "in", key: "orders.a")
        try await bench.publish(["not bound"], exchange: "in", key: "bills.a")
        #expect(try await bench.take(1, from: "to-ropeway").map { String(buffer: $0.body) } == ["1"])
        #expect(try await bench.take(1, from: "to-plugin").map { String(buffer: $0.body) } == ["1"])
        // When a message comes while neither is connected
        first.terminate()
        #expect(try await first.wait(within: .seconds(20)) == .status(0))
        try await bench.stopPlugin()
        try await Self.untilBound(1, bench)
        try await bench.publish(["2"], exchange: "in", key: "orders.b")
        let second = try bench.ropeway.run()
        defer { second.kill() }
        try await bench.startPlugin(definition)
        // Then only Ropeway moves it
        #expect(try await bench.take(1, from: "to-ropeway").map { String(buffer: $0.body) } == ["2"])
        try await Self.untilBound(2, bench)
        try await bench.publish(["3"], exchange: "in", key: "orders.c")
        #expect(try await bench.take(1, from: "to-plugin").map { String(buffer: $0.body) } == ["3"])
        try await bench.stopPlugin()
    }

    /// Waits until so many queues are bound to the exchange `in`: that of Ropeway stays, that of the plugin comes and goes.
    private static func untilBound(_ count: Int, _ bench: ShovelBench) async throws {
        try await eventually(within: .seconds(20), "\(count) queues are bound") {
            let (_, body) = try await bench.dc1.management("GET", "/api/exchanges/\(bench.host1)/in/bindings/source")
            return try JSON(text: String(decoding: body, as: UTF8.self)).elements.count == count
        }
    }

    @Test("queue-arguments: queues that are not there are declared with them, at both ends")
    func queueArguments() async throws {
        var bench = try await ShovelBench.make()
        bench.addShovel(
            source: "queue: from-ropeway, queue-arguments: {x-max-length: 1000, x-queue-mode: lazy}",
            destination: "queue: to-ropeway, queue-arguments: {x-queue-type: quorum}"
        )
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.startPlugin(
            #""src-queue":"from-plugin","src-queue-args":{"x-max-length":1000,"x-queue-mode":"lazy"},"#
                + #""dest-queue":"to-plugin","dest-queue-args":{"x-queue-type":"quorum"}"#
        )
        for kind in ShovelBench.Kind.allCases {
            try await eventually(within: .seconds(30), "both queues of \(kind)") {
                let (one, first) = try await bench.dc1.management("GET", "/api/queues/\(bench.host1)/from-\(kind)")
                let (two, second) = try await bench.dc2.management("GET", "/api/queues/\(bench.host2)/to-\(kind)")
                guard one == 200, two == 200 else { throw HarnessError("\(one) \(two)") }
                let source = try JSON(text: String(decoding: first, as: UTF8.self))
                let destination = try JSON(text: String(decoding: second, as: UTF8.self))
                #expect(source.arguments["x-max-length"].int == 1000 && source.durable.bool == true, "\(kind)")
                #expect(destination.type.string == "quorum", "\(kind)")
                return true
            }
            try await bench.publish(["1"], key: "from-\(kind)")
            #expect(try await bench.take(1, from: "to-\(kind)").count == 1)
        }
        try await bench.stopPlugin()
    }

    @Test("predeclared: a queue that is not there is waited for (the plugin has it from RabbitMQ 4.0 on)")
    func predeclared() async throws {
        var bench = try await ShovelBench.make()
        bench.addShovel(
            source: "queue: from, predeclared: true",
            destination: "queue: to, predeclared: true"
        )
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // Given neither queue, then it says which is missing and declares none
        try await eventually(within: .seconds(20), "it says what is missing") {
            let report = try await bench.report()
            guard report.error.message.string?.contains("'to'") == true else { throw HarnessError("\(report)") }
            return true
        }
        let (status, _) = try await bench.dc2.management("GET", "/api/queues/\(bench.host2)/to")
        #expect(status == 404)
        // When they come, then it moves
        try await bench.declare(["from"], on: bench.dc1)
        try await bench.declare(["to"], on: bench.dc2)
        try await bench.publish(["1"], key: "from")
        #expect(try await bench.take(1, from: "to").count == 1)
    }

    @Test("prefetch-count, consumer-arguments and the consumer's tag reach the broker")
    func consumer() async throws {
        var bench = try await ShovelBench.make()
        bench.addShovel(
            source: "queue: from-ropeway, consumer-arguments: {x-priority: 5}, consumer-tag: audit",
            destination: "queue: to",
            "prefetch-count: 17"
        )
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.startPlugin(
            #""src-queue":"from-plugin","dest-queue":"to","src-prefetch-count":17,"src-consumer-args":{"x-priority":5}"#
        )
        for kind in ShovelBench.Kind.allCases {
            try await eventually(within: .seconds(30), "the consumer of \(kind) is listed") {
                guard let consumer = try await bench.consumers(of: "from-\(kind)").first else { return false }
                #expect(consumer.prefetch_count.int == 17, "\(kind)")
                #expect(consumer.ack_required.bool == true, "\(kind)")
                if kind == .ropeway {
                    #expect(consumer.consumer_tag.string == "audit")
                    #expect(consumer.arguments["x-priority"].int == 5, "\(consumer)")
                }
                return true
            }
        }
        try await bench.stopPlugin()
    }
}
