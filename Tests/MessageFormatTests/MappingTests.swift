import AMQP
import MessageFormatHarness
import NIOCore
import SeededRandomness
import Testing

@testable import MessageFormat

@Suite("The mapping of AMQP 0-9-1 to entries of streams, and back")
struct MappingTests {
    @Test("brings every message back as it was, in each layout", arguments: StreamLayout.allCases)
    func roundTrip(layout: StreamLayout) throws {
        for seed: UInt64 in 0..<800 {
            var random = RandomProperties(seed: seed)
            let entry = try Entry(exchange: "orders", routingKey: "a.b", random.properties(), body: "\(seed)")
            let back = try Entry(entry.encoded(layout), layout)
            #expect(back.exchange == "orders" && back.routingKey == "a.b" && back.body == entry.body)
            // Texts of their bytes, since a float that is no number is not equal to itself.
            let (was, isNow) = (try entry.normalized(layout), try back.normalized(layout))
            #expect("\(was)" == "\(isNow)", "seed \(seed)")
        }
    }

    @Test("brings back a list that takes several times its own room in an entry", arguments: StreamLayout.allCases)
    func expansion(layout: StreamLayout) throws {
        for count in [10, 1_000, 9_000] {
            // Each list takes nine bytes where a field takes five; one that does not fit goes along as a whole beside that.
            let lists = FieldValue.array(Array(repeating: .array([]), count: count))
            let entry = try Entry(BasicProperties(headers: ["x-lists": lists], clusterID: "odd"))
            let back = try Entry(entry.encoded(layout), layout)
            #expect(try back.properties.clusterID == "odd" && back.properties.headers == entry.properties.headers)
            #expect(back.body == entry.body)
        }
    }

    @Test("is the sections that a broker makes, and decodes as such", arguments: StreamLayout.allCases)
    func sections(layout: StreamLayout) throws {
        for seed: UInt64 in 0..<400 {
            var random = RandomProperties(seed: seed)
            let entry = try Entry(random.properties()).encoded(layout)
            let message = try StreamMessage(decoding: entry)
            #expect(message.body == .data([Array("body".utf8)]))
            #expect((message.header != nil) == (layout != .records))
            var again = ByteBuffer()
            try message.encode(into: &again)
            #expect(try StreamMessage(decoding: again) == message)
        }
    }

    @Test("writes before 3.13 what RabbitMQ 3.10 reads: no header section, all headers as application properties")
    func records() throws {
        // Given
        let properties = BasicProperties(
            headers: ["x-number": .int64(7), "list": .array([.string("lost")])],
            deliveryMode: 2,
            priority: 3,
            expiration: "500",
            messageID: "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            type: "order",
            appID: "shop"
        )
        // When
        let message = try StreamMessage(decoding: Entry(exchange: "x", routingKey: "k", properties).encoded(.records))
        // Then
        #expect(message.header == nil)
        #expect(
            message.messageAnnotations == [
                MessageEntry(.symbol("x-routing-key"), .text("k")), MessageEntry(.symbol("x-exchange"), .text("x")),
                MessageEntry(.symbol("x-basic-priority"), .ubyte(3)),
                MessageEntry(.symbol("x-basic-delivery-mode"), .ubyte(2)),
                MessageEntry(.symbol("x-basic-expiration"), .text("500")),
            ]
        )
        #expect(message.properties == [.text("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")])
        // And the list, which a stream of this version has no place for, is in what goes along.
        let keys = message.applicationProperties?.map(\.key)
        #expect(
            keys == [
                .text("x-basic-type"), .text("x-basic-app-id"), .text("x-number"), .text("x-ropeway-properties"),
            ]
        )
    }

    @Test("writes from 3.13 on a header section, and headers that begin with x- as annotations")
    func containers() throws {
        let properties = BasicProperties(
            headers: ["x-list": .array([.int64(1)]), "CC": .array([.string("other")]), "plain": .int32(5)],
            deliveryMode: 2,
            replyTo: "my queue",
            expiration: "500",
            messageID: "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            appID: "shop"
        )
        let message = try StreamMessage(decoding: Entry(exchange: "x", routingKey: "k", properties).encoded(.addresses))
        #expect(message.header == [.boolean(true), .null, .uint(500)])
        #expect(
            message.messageAnnotations == [
                MessageEntry(.symbol("x-exchange"), .text("x")), MessageEntry(.symbol("x-routing-key"), .text("k")),
                MessageEntry(.symbol("x-list"), .list([.long(1)])),
                MessageEntry(.symbol("x-cc"), .list([.text("other")])),
            ]
        )
        #expect(message.applicationProperties == [MessageEntry(.text("plain"), .int(5))])
        guard case .uuid = message.properties?.first else {
            Issue.record("\(message)")
            return
        }
        #expect(message.properties?[4] == .text("/queues/my%20queue"))
        #expect(message.properties?.last == .text("shop"))
    }

    @Test("never writes what brokers fail at when they read it: decimals, and floats that are no numbers")
    func poison() throws {
        let headers: FieldTable = [
            "d": .decimal(scale: 1, value: 1), "f": .double(.nan), "x-a": .array([.float(.infinity)]),
        ]
        for layout in StreamLayout.allCases {
            let entry = try Entry(BasicProperties(headers: headers)).encoded(layout)
            let message = try StreamMessage(decoding: entry)
            let entries = (message.messageAnnotations ?? []) + (message.applicationProperties ?? [])
            for entry in entries {
                switch entry.value {
                case .decimal, .float, .double, .list: Issue.record("\(entry)")
                default: break
                }
            }
            #expect(
                entries.contains {
                    $0.key == .symbol("x-ropeway-properties") || $0.key == .text("x-ropeway-properties")
                }
            )
        }
    }

    @Test("gives a layout to each version, and the one that all of them read to one that is not known")
    func versions() {
        #expect(StreamLayout(brokerVersion: "3.10.8") == .records)
        #expect(StreamLayout(brokerVersion: "3.12.14") == .records)
        #expect(StreamLayout(brokerVersion: "3.13.7") == .containers)
        #expect(StreamLayout(brokerVersion: "4.0.5") == .containers)
        #expect(StreamLayout(brokerVersion: "4.1.0-rc.1") == .containers)
        #expect(StreamLayout(brokerVersion: "4.2.0") == .addresses)
        #expect(StreamLayout(brokerVersion: "4.3.6") == .addresses)
        #expect(StreamLayout(brokerVersion: "5.0.0") == .addresses)
        #expect(StreamLayout(brokerVersion: nil) == .records)
        #expect(StreamLayout(brokerVersion: "unknown") == .records)
    }

    @Test("refuses property lists that are no such, and writes nothing that a reader would take for one")
    func damagedLists() throws {
        for seed: UInt64 in 0..<1000 {
            var random = RandomProperties(seed: seed)
            var entry = try Entry(random.properties())
            var generator = SeededGenerator(seed: seed)
            let index = Int(generator.next() % UInt64(entry.list.readableBytes))
            entry.list.setInteger(UInt8(truncatingIfNeeded: generator.next()), at: index)
            guard let encoded = try? entry.encoded(.containers) else { continue }
            #expect(throws: Never.self) { try Entry(encoded, .containers) }
        }
    }
}
