import NIOCore

/// The protocol's own types: integers in network order, strings with 16 and byte strings with 32 bits of length, arrays
/// with 32 bits of count. A length of -1 is no value.
extension ByteBuffer {
    mutating func readStreamInteger<Value: FixedWidthInteger>(_ what: String) throws(StreamWireError) -> Value {
        guard let value: Value = readInteger() else { throw .truncated(what: what) }
        return value
    }

    /// Bytes that are not UTF-8 are replaced by U+FFFD.
    mutating func readStreamString(_ what: String) throws(StreamWireError) -> String? {
        let length: Int16 = try readStreamInteger(what)
        guard length != -1 else { return nil }
        guard length >= 0 else { throw .invalid(what: "the length of \(what)") }
        guard let text = readString(length: Int(length)) else { throw .truncated(what: what) }
        return text
    }

    mutating func readStreamBytes(_ what: String) throws(StreamWireError) -> ByteBuffer? {
        let length: Int32 = try readStreamInteger(what)
        guard length != -1 else { return nil }
        guard length >= 0 else { throw .invalid(what: "the length of \(what)") }
        guard let bytes = readSlice(length: Int(length)) else { throw .truncated(what: what) }
        return bytes
    }

    /// Reads an array. The count is trusted as far as bytes are there for it: each element takes `minimum` at least.
    mutating func readStreamArray<Element>(
        _ what: String,
        minimum: Int,
        _ read: (inout ByteBuffer) throws(StreamWireError) -> Element
    ) throws(StreamWireError) -> [Element] {
        let count: Int32 = try readStreamInteger(what)
        guard count > 0 else { return [] }
        guard Int(count) <= readableBytes / minimum else { throw .truncated(what: what) }
        var elements: [Element] = []
        elements.reserveCapacity(Int(count))
        for _ in 0..<count { elements.append(try read(&self)) }
        return elements
    }

    /// Reads keys with values. Of a key that comes twice the last value counts.
    mutating func readStreamProperties(_ what: String) throws(StreamWireError) -> [String: String] {
        let pairs = try readStreamArray(what, minimum: 4) { buffer throws(StreamWireError) in
            (try buffer.readStreamString(what) ?? "", try buffer.readStreamString(what) ?? "")
        }
        return Dictionary(pairs) { _, last in last }
    }

    mutating func writeStreamString(_ text: String, _ what: String) throws(StreamWireError) {
        guard let length = Int16(exactly: text.utf8.count) else { throw .tooLarge(what: what) }
        writeInteger(length)
        writeString(text)
    }

    mutating func writeStreamStrings(_ texts: [String], _ what: String) throws(StreamWireError) {
        guard let count = Int32(exactly: texts.count) else { throw .tooLarge(what: what) }
        writeInteger(count)
        for text in texts { try writeStreamString(text, what) }
    }

    /// In the order of their keys, so that equal properties are equal bytes.
    mutating func writeStreamProperties(_ properties: [String: String], _ what: String) throws(StreamWireError) {
        guard let count = Int32(exactly: properties.count) else { throw .tooLarge(what: what) }
        writeInteger(count)
        for (key, value) in properties.sorted(by: { $0.key < $1.key }) {
            try writeStreamString(key, what)
            try writeStreamString(value, what)
        }
    }
}
