/// Reads a JSON text from front to back, in place and without building values that nobody asked for.
///
/// Lists of queues are read every few seconds, and may be long: this takes a tenth of the time of a general decoder.
/// Whoever reads a value has to read it whole, if need be with ``skip()``.
struct JSONReader {
    /// The text is not JSON, or nested too deeply, at this byte.
    struct Malformed: Error {
        var position: Int
    }

    /// How many lists and objects may be in each other.
    private static let mostLevels = 64
    /// Texts beyond this are read as empty. Names of RabbitMQ have 255 bytes at most.
    static let longestText = 4_096

    private let text: UnsafeRawBufferPointer
    private(set) var position = 0
    private var level = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    // MARK: Values

    /// The bytes of a member's name as they are written; those that a caller knows have no escapes.
    typealias Name = UnsafeRawBufferPointer

    /// Reads an object member by member; anything else is skipped.
    ///
    /// - Parameter body: reads the value of the member.
    mutating func forEachMember(_ body: (Name, inout JSONReader) throws(Malformed) -> Void) throws(Malformed) {
        guard try enter(UInt8(ascii: "{")) else { return try skip() }
        if try leave(UInt8(ascii: "}")) { return }
        while true {
            let name = try rawText()
            try expect(UInt8(ascii: ":"))
            try body(UnsafeRawBufferPointer(rebasing: text[name]), &self)
            if try leave(UInt8(ascii: "}")) { return }
            try expect(UInt8(ascii: ","))
        }
    }

    /// Whether the next value is a list, which stays.
    mutating func isAtList() throws(Malformed) -> Bool { try next() == UInt8(ascii: "[") }

    /// Reads a list element by element; anything else is skipped.
    ///
    /// - Parameter body: reads an element.
    mutating func forEachElement(_ body: (inout JSONReader) throws(Malformed) -> Void) throws(Malformed) {
        guard try enter(UInt8(ascii: "[")) else { return try skip() }
        if try leave(UInt8(ascii: "]")) { return }
        while true {
            try body(&self)
            if try leave(UInt8(ascii: "]")) { return }
            try expect(UInt8(ascii: ","))
        }
    }

    /// Reads a text; `nil` for any other value.
    mutating func string() throws(Malformed) -> String? {
        guard try next() == UInt8(ascii: "\"") else {
            try skip()
            return nil
        }
        let range = try rawText()
        guard range.count <= Self.longestText else { return "" }
        let raw = UnsafeRawBufferPointer(rebasing: text[range])
        return raw.contains(UInt8(ascii: "\\"))
            ? try Self.unescaped(raw, range.lowerBound) : String(decoding: raw, as: UTF8.self)
    }

    /// Reads an integer; `nil` for any other value, or one beyond 64 bits. A fraction of zeros does not count.
    mutating func integer() throws(Malformed) -> Int64? {
        let first = try next()
        guard first == UInt8(ascii: "-") || Self.isDigit(first) else {
            try skip()
            return nil
        }
        let start = position
        try skip()
        var index = start
        let isNegative = first == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var value: Int64 = 0
        while index < position, Self.isDigit(text[index]) {
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(text[index] - UInt8(ascii: "0"))
            let (sum, overflow) =
                isNegative
                ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            if over || overflow { return nil }
            value = sum
            index += 1
        }
        if index < position, text[index] == UInt8(ascii: ".") {
            index += 1
            while index < position, text[index] == UInt8(ascii: "0") { index += 1 }
        }
        return index == position ? value : nil
    }

    /// Reads a truth value; `nil` for any other value.
    mutating func bool() throws(Malformed) -> Bool? {
        let first = try next()
        try skip()
        switch first {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: return nil
        }
    }

    /// Reads a text, an integer or a truth value as it is; `nil` for any other value.
    mutating func scalar() throws(Malformed) -> JSONValue? {
        switch try next() {
        case UInt8(ascii: "\""): try string().map { .string($0) }
        case UInt8(ascii: "t"), UInt8(ascii: "f"): try bool().map { .bool($0) }
        default: try integer().map { .integer($0) }
        }
    }

    /// Reads any value and forgets it.
    mutating func skip() throws(Malformed) {
        switch try next() {
        case UInt8(ascii: "{"):
            try forEachMember { (_, reader) throws(Malformed) in try reader.skip() }
        case UInt8(ascii: "["):
            try forEachElement { (reader) throws(Malformed) in try reader.skip() }
        case UInt8(ascii: "\""):
            _ = try rawText()
        default:
            let start = position
            while position < text.count, Self.belongsToWord(text[position]) { position += 1 }
            guard position > start else { throw Malformed(position: position) }
        }
    }

    /// Checks that nothing follows.
    mutating func end() throws(Malformed) {
        skipSpace()
        guard position == text.count else { throw Malformed(position: position) }
    }

    // MARK: Bytes

    private mutating func skipSpace() {
        while position < text.count, text[position] == 0x20 || (0x09...0x0D).contains(text[position]) { position += 1 }
    }

    /// The first byte of the next value, which stays.
    private mutating func next() throws(Malformed) -> UInt8 {
        skipSpace()
        guard position < text.count else { throw Malformed(position: position) }
        return text[position]
    }

    private mutating func expect(_ byte: UInt8) throws(Malformed) {
        guard try next() == byte else { throw Malformed(position: position) }
        position += 1
    }

    private mutating func enter(_ byte: UInt8) throws(Malformed) -> Bool {
        guard try next() == byte else { return false }
        guard level < Self.mostLevels else { throw Malformed(position: position) }
        level += 1
        position += 1
        return true
    }

    private mutating func leave(_ byte: UInt8) throws(Malformed) -> Bool {
        guard try next() == byte else { return false }
        level -= 1
        position += 1
        return true
    }

    /// Passes a text and returns where it stands between its quotation marks.
    private mutating func rawText() throws(Malformed) -> Range<Int> {
        try expect(UInt8(ascii: "\""))
        let start = position
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""):
                position += 1
                return start..<(position - 1)
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        position = text.count
        throw Malformed(position: position)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    /// Whether a byte belongs to a number, `true`, `false` or `null`.
    private static func belongsToWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: ".")
    }

    private static func unescaped(_ raw: UnsafeRawBufferPointer, _ start: Int) throws(Malformed) -> String {
        var units: [UInt16] = []
        var bytes: [UInt8] = []
        func flush() {
            guard !units.isEmpty else { return }
            bytes += String(decoding: units, as: UTF16.self).utf8
            units.removeAll()
        }
        var index = 0
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\") else {
                flush()
                bytes.append(raw[index])
                index += 1
                continue
            }
            guard index + 1 < raw.count else { throw Malformed(position: start + index) }
            let escape = raw[index + 1]
            index += 2
            if escape == UInt8(ascii: "u") {
                guard index + 4 <= raw.count,
                    let unit = UInt16(String(decoding: raw[index..<(index + 4)], as: UTF8.self), radix: 16)
                else { throw Malformed(position: start + index) }
                units.append(unit)
                index += 4
                continue
            }
            flush()
            switch escape {
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(escape)
            default: throw Malformed(position: start + index)
            }
        }
        flush()
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONReader.Name {
    /// Whether the name is this one.
    static func == (name: JSONReader.Name, text: StaticString) -> Bool {
        guard name.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<name.count where name[index] != text.utf8Start[index] { return false }
        return true
    }
}
