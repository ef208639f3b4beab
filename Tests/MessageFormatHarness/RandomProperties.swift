import AMQP
import SeededRandomness

/// Properties of messages as applications may set them, at random.
package struct RandomProperties {
    private var random: SeededGenerator

    package init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    package mutating func properties() -> BasicProperties {
        var properties = BasicProperties()
        if flip() { properties.contentType = text(upTo: 255) }
        if flip() { properties.contentEncoding = text(upTo: 20) }
        if flip() { properties.headers = table(depth: 0) }
        if flip() { properties.deliveryMode = pick([1, 2, 2, 2, 0, 7]) }
        if flip() { properties.priority = UInt8.random(in: 0...255, using: &random) }
        if flip() { properties.correlationID = identity() }
        if flip() {
            properties.replyTo = pick(["", "answers", "/queues/a b", "späte/Antworten", "amq.rabbitmq.reply-to"])
        }
        if flip() { properties.expiration = pick(["0", "60000", "4294967295", "007", "soon", ""]) }
        if flip() { properties.messageID = identity() }
        if flip() { properties.timestamp = pick([0, 1_700_000_000, .max, UInt64(Int64.max / 1000)]) }
        if flip() { properties.type = pick(["order", "", "amqp-1.0"]) }
        if flip() { properties.userID = text(upTo: 20) }
        if flip() { properties.appID = text(upTo: 255) }
        if random.next() % 16 == 0 { properties.clusterID = "c" }
        return properties
    }

    private mutating func flip() -> Bool { random.next() % 3 == 0 }
    private mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(random.next() % UInt64(values.count))] }

    private mutating func text(upTo limit: Int) -> String {
        String(repeating: pick(["a", "z", "-"]), count: Int.random(in: 0...limit, using: &random))
    }

    private mutating func identity() -> String {
        pick([
            "17", "", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "urn:uuid:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
            "urn:uuid:f81d4fae7-dec-11d0-a765-00a0c91e6bf6", "urn:uuid:short", text(upTo: 255),
        ])
    }

    private mutating func table(depth: Int) -> FieldTable {
        var table = FieldTable()
        for _ in 0..<(random.next() % 5) {
            let name = pick([
                "a", "x-a", "order", "x-death", "CC", "BCC", "x-basic-type", "x-exchange", "x-opt-deaths", "größe", "",
            ])
            table.append(name, value(depth: depth))
        }
        return table
    }

    private mutating func value(depth: Int) -> FieldValue {
        switch random.next() % (depth < 3 ? 20 : 18) {
        case 0: .boolean(flip())
        case 1: .int8(pick([.min, -1, 0, .max]))
        case 2: .uint8(pick([0, 1, .max]))
        case 3: .int16(pick([.min, -1, 0, .max]))
        case 4: .uint16(pick([0, 1, .max]))
        case 5: .int32(pick([.min, -129, -128, -1, 0, 127, 128, .max]))
        case 6: .uint32(pick([0, 1, 255, 256, .max]))
        case 7: .int64(pick([.min, -129, -128, -1, 0, 127, 128, .max]))
        case 8: .uint64(pick([0, 1, .max]))
        case 9: .float(pick([0, -1.5, .nan, .infinity]))
        case 10: .double(pick([0, -1.5, .nan, -.infinity]))
        case 11: .decimal(scale: 2, value: 1999)
        case 12: .timestamp(pick([0, 1_700_000_000, .max]))
        case 13: .void
        case 14: .byteArray(Array(repeating: 7, count: pick([0, 1, 255, 256, 5000])))
        case 15: .string(text(upTo: 300))
        case 16: .longString(pick([[0], [0xFF, 0xFE], Array("größe".utf8), Array(repeating: 65, count: 4097)]))
        case 17: .string(pick(["", "text"]))
        case 18: .array((0..<(random.next() % 4)).map { _ in value(depth: depth + 1) })
        default: .table(self.table(depth: depth + 1))
        }
    }
}
