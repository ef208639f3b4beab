import NIOCore
import Testing

@testable import AMQP

@Suite struct FieldTableTests {
    /// Every type that RabbitMQ writes, as RabbitMQ's own encoder has written it.
    private static let everyType: FieldTable = [
        "t": true,
        "b": .int8(-2),
        "B": .uint8(254),
        "s": .int16(-300),
        "u": .uint16(65000),
        "I": .int32(-70000),
        "i": .uint32(4_000_000_000),
        "l": -5_000_000_000,
        "f": .float(1.5),
        "d": -0.1,
        "D": .decimal(scale: 2, value: 12345),
        "S": "text",
        "A": ["a", .int32(1), [], .void],
        "T": .timestamp(1_700_000_000),
        "F": ["in": [:], "in": false],
        "V": .void,
        "x": .byteArray([0, 255]),
    ]
    private static let everyTypeBytes =
        "0000009701747401016262fe014242fe017373fed4017575fde8014949fffeee90016969ee6b2800016c6cfffffffed5fa0e0001"
        + "66663fc00000016464bfb999999999999a01444402000030390153530000000474657874014141000000115300000001614900000001"
        + "410000000056015454000000006553f1000146460000000d02696e460000000002696e74000156560178780000000200ff"

    @Test("Every type reads as what RabbitMQ's encoder wrote, and writes the same bytes")
    func goldenBytes() throws {
        var buffer = ByteBuffer(hexadecimal: Self.everyTypeBytes)
        #expect(try buffer.readAMQPTable() == Self.everyType)
        #expect(buffer.readableBytes == 0)

        var written = ByteBuffer()
        try written.writeAMQPTable(Self.everyType)
        #expect(written.hexadecimal == Self.everyTypeBytes)
    }

    @Test("Random tables come back as they were", arguments: 0..<300 as Range<UInt64>)
    func randomRoundTrip(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        let table = random.table()
        var buffer = ByteBuffer()
        try buffer.writeAMQPTable(table)
        let bytes = buffer
        let read = try buffer.readAMQPTable()
        #expect(read == table)
        #expect(read.hashValue == table.hashValue)
        #expect(buffer.readableBytes == 0)
        // Equal bits, not just equal values.
        var again = ByteBuffer()
        try again.writeAMQPTable(read)
        #expect(again == bytes)
    }

    @Test("A table cut off anywhere throws")
    func truncation() {
        let whole = ByteBuffer(hexadecimal: Self.everyTypeBytes)
        for length in 0..<whole.readableBytes {
            var part = whole.prefix(length)
            #expect(throws: WireError.truncated(what: "table")) {
                try part.readAMQPTable()
            }
        }
    }

    @Test("Whatever byte of a table is changed, reading returns or throws")
    func mutation() {
        var random = RandomValues(seed: 7)
        let whole = ByteBuffer(hexadecimal: Self.everyTypeBytes)
        for index in 0..<whole.readableBytes {
            for _ in 0..<20 {
                var changed = whole
                changed.setInteger(random.integer() as UInt8, at: index)
                _ = try? changed.readAMQPTable()
            }
        }
    }

    @Test("Random bytes return or throw")
    func randomBytes() {
        var random = RandomValues(seed: 8)
        for _ in 0..<5000 {
            var bytes = random.bytes()
            bytes.replaceSubrange(0..<min(3, bytes.count), with: repeatElement(0, count: min(3, bytes.count)))
            var buffer = ByteBuffer(bytes: bytes)
            _ = try? buffer.readAMQPTable()
        }
    }

    @Test(
        "A length that reaches beyond what encloses it throws",
        arguments: [
            ("00000009" + "016b5300000004" + "6162", "long string"),
            ("00000007" + "016b4600000001" + "ff", "table"),
            ("00000008" + "016b41ffffffff" + "56", "array"),
            ("00000003" + "056b56" + "000000", "short string"),
            ("00000003" + "016b49" + "00000001", "32-bit field"),
            ("00000002" + "016b" + "56", "field type"),
            ("ffffffff" + "016b56", "table"),
        ]
    )
    func lyingLengths(digits: String, what: String) {
        var buffer = ByteBuffer(hexadecimal: digits)
        #expect(throws: WireError.truncated(what: what)) {
            try buffer.readAMQPTable()
        }
    }

    @Test("What RabbitMQ reads but never writes is read and kept: type L, and a true that is not 1")
    func lenientReading() throws {
        var buffer = ByteBuffer(hexadecimal: "0000000e" + "016c4cffffffffffffffff" + "007402")
        #expect(try buffer.readAMQPTable() == ["l": .uint64(.max), "": true])
    }

    @Test("A type that does not exist throws")
    func unknownType() {
        var buffer = ByteBuffer(hexadecimal: "00000003" + "016b5a")
        #expect(throws: WireError.invalid(what: "field type 90")) { try buffer.readAMQPTable() }
    }

    @Test("64 nested levels pass, one more throws, when writing and when reading")
    func nesting() throws {
        var value: FieldValue = [:]
        for level in 2..<FieldTable.maximumDepth {
            value = level.isMultiple(of: 2) ? .array([value]) : ["": value]
        }
        var buffer = ByteBuffer()
        try buffer.writeAMQPTable(["": value])
        #expect(try buffer.readAMQPTable() == ["": value])

        #expect(throws: WireError.tooDeep) { try buffer.writeAMQPTable(["": ["": value]]) }
        #expect(buffer.readableBytes == 0, "a failed write leaves nothing behind")

        // 100,000 levels by hand: the stack must not be what ends this.
        let levels = 100_000
        var deep = ByteBuffer()
        for level in 0..<levels { deep.writeMultipleIntegers(UInt32((levels - level - 1) * 6), UInt8(0), UInt8(0x46)) }
        #expect(throws: WireError.tooDeep) { try deep.readAMQPTable() }
        var arrays = ByteBuffer()
        arrays.writeMultipleIntegers(UInt32(levels * 5 + 1), UInt8(0))
        for level in 0..<levels { arrays.writeMultipleIntegers(UInt8(0x41), UInt32((levels - level - 1) * 5)) }
        #expect(throws: WireError.tooDeep) { try arrays.readAMQPTable() }
    }

    @Test("Floats keep every bit, and what they were read as equals itself")
    func floats() throws {
        let table: FieldTable = [
            "negative zero": .double(-0.0),
            "signalling": .double(Double(bitPattern: 0x7FF0_0000_0000_0001)),
            "quiet": .float(Float(bitPattern: 0xFFC0_1234)),
        ]
        var buffer = ByteBuffer()
        try buffer.writeAMQPTable(table)
        #expect(try buffer.readAMQPTable() == table)
        #expect(FieldValue.double(0.0) != .double(-0.0))
        #expect(FieldValue.int32(1) != .int64(1))
    }

    @Test("A name that is not UTF-8 reads with replacements; one that is too long is not written")
    func names() throws {
        var buffer = ByteBuffer(hexadecimal: "00000003" + "01ff56")
        #expect(try buffer.readAMQPTable() == ["\u{FFFD}": .void])

        var written = ByteBuffer()
        try written.writeAMQPTable([String(repeating: "n", count: 255): .void])
        let before = written
        #expect(throws: WireError.tooLarge(what: "short string of 256 bytes")) {
            try written.writeAMQPTable(["fine": 1, String(repeating: "n", count: 256): .void])
        }
        #expect(written == before)
    }

    @Test("Reading by name finds the first; setting replaces the first and removes the rest")
    func subscripts() {
        var table: FieldTable = ["a": 1, "b": 2, "a": 3, "c": 4, "a": 5]
        #expect(table["a"] == 1)
        #expect(table["z"] == nil)
        table["a"] = "new"
        #expect(table == ["a": "new", "b": 2, "c": 4])
        table["d"] = true
        #expect(table == ["a": "new", "b": 2, "c": 4, "d": true])
        table["a"] = nil
        table["z"] = nil
        #expect(table == ["b": 2, "c": 4, "d": true])
    }

    @Test("Values give what they hold, and nothing else")
    func accessors() {
        #expect(FieldValue.string("ä").stringValue == "ä")
        #expect(FieldValue.longString([0xFF]).stringValue == nil)
        #expect(FieldValue.uint8(200).integerValue == 200)
        #expect(FieldValue.uint64(.max).integerValue == nil)
        #expect(FieldValue.timestamp(1).integerValue == nil)
        #expect(FieldValue.boolean(true).booleanValue == true)
        #expect(FieldValue.array([1]).arrayValue == [1])
        #expect((["k": 1] as FieldValue).tableValue?["k"] == 1)
    }
}
