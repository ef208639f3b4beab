import SeededRandomness

@testable import AMQP

/// Random values that are the same in every run, because they come from a seed.
struct RandomValues: RandomNumberGenerator {
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func next() -> UInt64 { generator.next() }

    mutating func integer<Integer: FixedWidthInteger>() -> Integer {
        Integer(truncatingIfNeeded: next())
    }

    mutating func boolean() -> Bool {
        next() & 1 == 0
    }

    mutating func count(upTo limit: Int) -> Int {
        Int(next() % UInt64(limit + 1))
    }

    /// Short texts mostly, and sometimes one that fills a short string.
    mutating func text() -> String {
        if count(upTo: 30) == 0 { return String(repeating: "x", count: 255) }
        let letters = Array("abcXYZ.-#*/ 09äß水🐇")
        return String((0..<count(upTo: 12)).map { _ in letters[count(upTo: letters.count - 1)] })
    }

    mutating func bytes() -> [UInt8] {
        (0..<count(upTo: 20)).map { _ in integer() }
    }

    mutating func table(depth: Int = 0) -> FieldTable {
        var table = FieldTable()
        for _ in 0..<count(upTo: 4) { table.append(text(), fieldValue(depth: depth + 1)) }
        return table
    }

    mutating func fieldValue(depth: Int) -> FieldValue {
        switch count(upTo: depth < 5 ? 17 : 15) {
        case 0: .boolean(boolean())
        case 1: .int8(integer())
        case 2: .uint8(integer())
        case 3: .int16(integer())
        case 4: .uint16(integer())
        case 5: .int32(integer())
        case 6: .uint32(integer())
        case 7: .int64(integer())
        case 8: .uint64(integer())
        case 9: .float(Float(bitPattern: integer()))
        case 10: .double(Double(bitPattern: integer()))
        case 11: .decimal(scale: integer(), value: integer())
        case 12: .longString(bytes())
        case 13: .timestamp(integer())
        case 14: .void
        case 15: .byteArray(bytes())
        case 16: .array((0..<count(upTo: 3)).map { _ in fieldValue(depth: depth + 1) })
        default: .table(table(depth: depth))
        }
    }

    mutating func properties() -> BasicProperties {
        BasicProperties(
            contentType: boolean() ? text() : nil,
            contentEncoding: boolean() ? text() : nil,
            headers: boolean() ? table() : nil,
            deliveryMode: boolean() ? integer() : nil,
            priority: boolean() ? integer() : nil,
            correlationID: boolean() ? text() : nil,
            replyTo: boolean() ? text() : nil,
            expiration: boolean() ? text() : nil,
            messageID: boolean() ? text() : nil,
            timestamp: boolean() ? integer() : nil,
            type: boolean() ? text() : nil,
            userID: boolean() ? text() : nil,
            appID: boolean() ? text() : nil,
            clusterID: boolean() ? text() : nil
        )
    }
}
