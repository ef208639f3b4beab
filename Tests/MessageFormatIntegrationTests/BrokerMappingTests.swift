import AMQP
import BrokerHarness
import MessageFormatHarness
import NIOCore
import Testing

@testable import MessageFormat

@Suite("The mapping of AMQP 0-9-1 to entries of streams, beside that of a real broker", .timeLimit(.minutes(3)))
struct BrokerMappingTests {
    /// What every version takes.
    private static let messages: [BasicProperties] = [
        BasicProperties(deliveryMode: 2),
        BasicProperties(deliveryMode: 1, priority: 9, expiration: "86400000"),
        BasicProperties(
            contentType: "text/plain",
            contentEncoding: "gzip",
            deliveryMode: 2,
            correlationID: "c-1",
            replyTo: "my answers",
            messageID: "m-1",
            timestamp: 1_700_000_000,
            type: "order",
            userID: "guest",
            appID: "shop"
        ),
        BasicProperties(
            deliveryMode: 2,
            correlationID: "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            messageID: "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf7"
        ),
        BasicProperties(
            headers: [
                "text": "t", "long": .int64(1 << 40), "small": .int64(-5), "int": .int32(70_000), "uint": .uint32(300),
                "short": .int16(-3), "ushort": .uint16(3), "byte": .int8(-1), "ubyte": .uint8(200),
                "yes": .boolean(true), "no": .boolean(false), "void": .void, "double": .double(1.5),
                "float": .float(-2),
                "time": .timestamp(1_700_000_000), "bytes": .byteArray([0, 255]), "größe": "groß",
                "x-plain": "x", "x-number": .int64(7),
            ],
            deliveryMode: 2
        ),
        BasicProperties(headers: ["wide": .string(String(repeating: "w", count: 3000))], deliveryMode: 2),
    ]
    /// What only versions from 3.13 on keep.
    private static let later: [BasicProperties] = [
        BasicProperties(headers: ["x-list": .array([.int64(1), "two"]), "x-map": .table(["a": 1])], deliveryMode: 2),
        BasicProperties(headers: ["long": .string(String(repeating: "w", count: 5000))], deliveryMode: 2),
    ]

    @Test("has the sections that the broker makes of the same message")
    func sections() async throws {
        let bench = try await BrokerEntries.make()
        let messages = Self.messages + (bench.layout == .records ? [] : Self.later)
        // Given messages that the broker was given over AMQP
        try await bench.publish(messages)
        let entries = try await bench.entries(messages.count)
        // Then each has what is written here for it
        for (properties, entry) in zip(messages, entries) {
            let theirs = try StreamMessage(decoding: entry)
            let ours = try StreamMessage(decoding: Self.entry(properties, bench.layout))
            #expect(Self.comparable(ours) == Self.comparable(theirs), "\(properties)")
        }
    }

    @Test("reads what the broker has stored as the broker's AMQP consumers read it")
    func reading() async throws {
        let bench = try await BrokerEntries.make()
        let messages = Self.messages + (bench.layout == .records ? [] : Self.later)
        try await bench.publish(messages)
        let deliveries = try await bench.deliveries(messages.count)
        for (delivery, entry) in zip(deliveries, try await bench.entries(messages.count)) {
            let read = try Self.read(entry, bench.layout)
            #expect(Self.comparable(read) == Self.comparable(delivery.properties))
        }
    }

    @Test("writes what the broker's AMQP consumers read as they read what the broker has made of the same message")
    func writing() async throws {
        let bench = try await BrokerEntries.make()
        let messages = Self.messages + (bench.layout == .records ? [] : Self.later)
        // Given each message twice: published over AMQP, and written here
        try await bench.publish(messages)
        let entries = try messages.map { try Self.entry($0, bench.layout, exchange: "orders", key: "a.b") }
        try await bench.write(entries)
        // Then both are read as the same, but for where it was published to
        let deliveries = try await bench.deliveries(2 * messages.count)
        for (theirs, ours) in zip(deliveries.prefix(messages.count), deliveries.dropFirst(messages.count)) {
            #expect(Self.comparable(ours.properties) == Self.comparable(theirs.properties))
            #expect(ours.exchange == "orders" && ours.routingKey == "a.b")
            #expect(ours.body == theirs.body)
        }
    }

    @Test("writes nothing that the broker's AMQP consumers fail at, whatever the message has, and lets it be restored")
    func poison() async throws {
        let bench = try await BrokerEntries.make()
        var random = RandomProperties(seed: 7)
        let messages = (0..<300).map { _ in random.properties() }
        try await bench.write(try messages.map { try Self.entry($0, bench.layout) })
        #expect(try await bench.deliveries(messages.count).count == messages.count)
        for (properties, entry) in zip(messages, try await bench.entries(messages.count)) {
            let read = try Self.read(entry, bench.layout)
            #expect(Self.text(read, bench.layout) == Self.text(properties, bench.layout))
        }
    }

    // MARK: Mapping

    private static func entry(
        _ properties: BasicProperties,
        _ layout: StreamLayout,
        exchange: String = "",
        key: String = "s"
    ) throws -> ByteBuffer {
        try Entry(exchange: exchange, routingKey: key, properties).encoded(layout)
    }

    private static func read(_ entry: ByteBuffer, _ layout: StreamLayout) throws -> BasicProperties {
        try Entry(entry, layout).properties
    }

    /// Without the order of headers, with the delivery mode that brokers from 3.13 on give to a message without one, and as
    /// a text, since some values are not equal to themselves.
    private static func text(_ properties: BasicProperties, _ layout: StreamLayout) -> String {
        var properties = properties
        if layout != .records { properties.deliveryMode = properties.deliveryMode ?? 1 }
        properties.headers?.fields.sort { ($0.name, "\($0.value)") < ($1.name, "\($1.value)") }
        if properties.headers?.isEmpty == true { properties.headers = nil }
        return "\(properties)"
    }

    /// Without the order of headers, what the broker adds, and what goes along for who restores the message.
    private static func comparable(_ properties: BasicProperties) -> BasicProperties {
        var properties = properties
        properties.headers?.fields.removeAll { ["x-stream-offset", "x-ropeway-properties"].contains($0.name) }
        properties.headers?.fields.sort { $0.name < $1.name }
        if properties.headers?.isEmpty == true { properties.headers = nil }
        return properties
    }

    /// Without the order of entries, what says nothing, and what goes along for who restores the message.
    private static func comparable(_ message: StreamMessage) -> StreamMessage {
        var message = message
        let original = [MessageValue.symbol("x-ropeway-properties"), .text("x-ropeway-properties")]
        message.messageAnnotations?.removeAll { original.contains($0.key) }
        message.applicationProperties?.removeAll { original.contains($0.key) }
        message.messageAnnotations?.sort { "\($0.key)" < "\($1.key)" }
        message.applicationProperties?.sort { "\($0.key)" < "\($1.key)" }
        if message.applicationProperties?.isEmpty == true { message.applicationProperties = nil }
        while message.properties?.last == .null { message.properties?.removeLast() }
        if message.properties?.isEmpty == true { message.properties = nil }
        // The rest is of the delivery, not of the message.
        if let header = message.header { message.header = Array(header.prefix(3)) }
        while message.header?.last == .null { message.header?.removeLast() }
        return message
    }
}
