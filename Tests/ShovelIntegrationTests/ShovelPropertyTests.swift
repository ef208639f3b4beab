import AMQP
import BrokerHarness
import NIOCore
import RopewayHarness
import Testing

/// Each test is a row of the table in docs/shovels.md: the same input to Ropeway's shovel and to RabbitMQ's plugin.
@Suite("What a shovel does to a message, beside the plugin", .timeLimit(.minutes(3)))
struct ShovelPropertyTests {
    private static let sample = BasicProperties(
        contentType: "text/plain",
        contentEncoding: "utf-8",
        // In the order of their names, into which RabbitMQ 4.0 puts them.
        headers: ["list": .array([.int32(1), .boolean(true)]), "nested": .table(["n": .void]), "word": .string("w")],
        deliveryMode: 2,
        priority: 3,
        correlationID: "c",
        replyTo: "r",
        expiration: "3600000",
        messageID: "m",
        timestamp: 1_700_000_000,
        type: "t",
        appID: "a"
    )

    /// Runs both shovels over the same messages.
    private func both(
        _ properties: BasicProperties = Self.sample,
        destination: String = "",
        plugin: String = "",
        check: (ShovelBench.Kind, [Delivery]) throws -> Void
    ) async throws {
        var bench = try await ShovelBench.make()
        try await bench.declare(["from-ropeway", "from-plugin"], on: bench.dc1)
        try await bench.declare(["to-ropeway", "to-plugin"], on: bench.dc2)
        bench.addShovel(source: "queue: from-ropeway", destination: "queue: to-ropeway\(destination)")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.startPlugin(#""src-queue":"from-plugin","dest-queue":"to-plugin"\#(plugin)"#)
        for kind in ShovelBench.Kind.allCases {
            try await bench.publish(["1", "2"], properties: properties, key: "from-\(kind)")
            let deliveries = try await bench.take(2, from: "to-\(kind)")
            #expect(deliveries.map { String(buffer: $0.body) } == ["1", "2"], "\(kind)")
            try check(kind, deliveries)
        }
        try await bench.stopPlugin()
    }

    @Test("Nothing, if nothing is set: from a queue to a queue")
    func unchanged() async throws {
        try await both { kind, deliveries in
            #expect(deliveries.allSatisfy { $0.properties == Self.sample }, "\(kind): \(deliveries)")
            #expect(deliveries.allSatisfy { $0.routingKey == "to-\(kind)" && $0.exchange.isEmpty })
        }
    }

    @Test("publish-properties: each property is replaced, the others stay")
    func properties() async throws {
        let ours =
            "content-type: application/json, content-encoding: gzip, delivery-mode: 1, priority: 7, "
            + "correlation-id: C, reply-to: R, expiration: 2h, message-id: M, timestamp: 1800000000, type: T, "
            + "user-id: guest, app-id: A"
        let plugins =
            #""content_type":"application/json","content_encoding":"gzip","delivery_mode":1,"priority":7,"#
            + #""correlation_id":"C","reply_to":"R","expiration":"7200000","message_id":"M","timestamp":1800000000,"#
            + #""type":"T","user_id":"guest","app_id":"A""#
        var expected = BasicProperties(
            contentType: "application/json",
            contentEncoding: "gzip",
            headers: Self.sample.headers,
            deliveryMode: 1,
            priority: 7,
            correlationID: "C",
            replyTo: "R",
            expiration: "7200000",
            messageID: "M",
            timestamp: 1_800_000_000,
            type: "T",
            userID: "guest",
            appID: "A"
        )
        try await both(
            destination: ", publish-properties: {\(ours)}",
            plugin: #","dest-publish-properties":{\#(plugins)}"#
        ) { kind, deliveries in
            #expect(deliveries.allSatisfy { $0.properties == expected }, "\(kind): \(deliveries)")
        }
        expected = Self.sample
        expected.priority = 9
        try await both(
            destination: ", publish-properties: {priority: 9}",
            plugin: #","dest-publish-properties":{"priority":9}"#
        ) { kind, deliveries in
            #expect(deliveries.allSatisfy { $0.properties == expected }, "\(kind): \(deliveries)")
        }
    }

    @Test("user_id: the plugin passes it on; Ropeway clears it, unless publish-properties sets one")
    func userID() async throws {
        var sample = Self.sample
        sample.userID = "guest"
        try await both(sample) { kind, deliveries in
            let expected = kind == .plugin ? sample : Self.sample
            #expect(deliveries.allSatisfy { $0.properties == expected }, "\(kind): \(deliveries)")
        }
        try await both(
            sample,
            destination: ", publish-properties: {user-id: guest}",
            plugin: #","dest-publish-properties":{"user_id":"guest"}"#
        ) { kind, deliveries in
            #expect(deliveries.allSatisfy { $0.properties == sample }, "\(kind): \(deliveries)")
        }
    }

    @Test("add-forward-headers: where it came from, in the plugin's format; add-timestamp-header: when, in seconds")
    func headers() async throws {
        var hops: [ShovelBench.Kind: FieldTable] = [:]
        var stamps: [ShovelBench.Kind: FieldValue] = [:]
        try await both(
            destination: ", add-forward-headers: true, add-timestamp-header: true",
            plugin: #","dest-add-forward-headers":true,"dest-add-timestamp-header":true"#
        ) { kind, deliveries in
            let headers = try #require(deliveries.first?.properties.headers)
            hops[kind] = try #require(headers["x-shovelled"]?.arrayValue?.first?.tableValue)
            stamps[kind] = headers["x-shovelled-timestamp"]
            #expect(headers["word"] == .string("w"), "the message's own headers stay")
        }
        let ours = try #require(hops[.ropeway])
        let plugins = try #require(hops[.plugin])
        // What says which shovel it was differs, and the plugin leaves the port out of an address that has the usual one.
        for name in [
            "shovelled-by", "shovel-type", "shovel-name", "shovel-vhost", "src-uri", "dest-uri", "src-queue",
            "dest-queue",
        ] {
            let value = try #require(ours[name]?.stringValue, "\(name) is missing: \(ours)")
            let other = try #require(plugins[name]?.stringValue, "\(name) is missing: \(plugins)")
            switch name {
            case "shovel-type": #expect(value == "static" && other == "dynamic")
            case "src-queue", "dest-queue": #expect(value.hasSuffix("-ropeway") && other.hasSuffix("-plugin"))
            default: #expect(value == other, "\(name)")
            }
        }
        guard case .int64(let our) = stamps[.ropeway], case .int64(let other) = stamps[.plugin] else {
            Issue.record("no signed 64-bit numbers: \(stamps)")
            return
        }
        #expect(abs(our - other) < 60)
    }

    @Test("add-forward-headers: the newest hop stands first")
    func twoHops() async throws {
        var bench = try await ShovelBench.make()
        try await bench.declare(["a"], on: bench.dc1)
        try await bench.declare(["b"], on: bench.dc2)
        bench.addShovel("two", source: "queue: a", destination: "queue: b, add-forward-headers: true")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        let earlier: FieldTable = ["x-shovelled": .array([.table(["shovel-name": .string("one")])])]
        try await bench.publish(["1"], properties: BasicProperties(headers: earlier, deliveryMode: 2), key: "a")
        let delivery = try #require(try await bench.take(1, from: "b").first)
        let hops = try #require(delivery.properties.headers?["x-shovelled"]?.arrayValue)
        #expect(hops.map { $0.tableValue?["shovel-name"]?.stringValue } == ["two", "one"])
    }
}
