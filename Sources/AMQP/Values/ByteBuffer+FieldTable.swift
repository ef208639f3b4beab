import NIOCore

extension ByteBuffer {
    /// Reads a field table: a 32-bit length and that many bytes of fields.
    ///
    /// - Throws: ``WireError`` for a length or a field that reaches past what encloses it, a field type that does not
    ///   exist, and more than ``FieldTable/maximumDepth`` nested levels.
    public mutating func readAMQPTable() throws(WireError) -> FieldTable {
        try readAMQPTable(depth: 1)
    }

    /// Writes a field table with its length.
    ///
    /// - Throws: ``WireError/tooLarge(what:)`` for a name beyond 255 bytes or a content beyond 4 GiB, and
    ///   ``WireError/tooDeep``. Nothing is written then.
    public mutating func writeAMQPTable(_ table: FieldTable) throws(WireError) {
        try writeAllOrNothing { (buffer) throws(WireError) in try buffer.writeAMQPTable(table, depth: 1) }
    }

    mutating func readAMQPTable(depth: Int) throws(WireError) -> FieldTable {
        guard depth <= FieldTable.maximumDepth else { throw .tooDeep }
        // A slice ends where the table does, so nothing inside can be read past it.
        var body = try readAMQPSlice("table")
        var table = FieldTable()
        while body.readableBytes > 0 {
            let name = try body.readAMQPShortString()
            table.append(name, try FieldValue(decoding: &body, depth: depth))
        }
        return table
    }

    mutating func readAMQPArray(depth: Int) throws(WireError) -> [FieldValue] {
        guard depth <= FieldTable.maximumDepth else { throw .tooDeep }
        var body = try readAMQPSlice("array")
        var elements: [FieldValue] = []
        while body.readableBytes > 0 {
            elements.append(try FieldValue(decoding: &body, depth: depth))
        }
        return elements
    }

    mutating func writeAMQPTable(_ table: FieldTable, depth: Int) throws(WireError) {
        guard depth <= FieldTable.maximumDepth else { throw .tooDeep }
        try writeLengthPrefixed("table") { (buffer) throws(WireError) in
            for field in table.fields {
                try buffer.writeAMQPShortString(field.name)
                try field.value.encode(into: &buffer, depth: depth)
            }
        }
    }

    mutating func writeAMQPArray(_ elements: [FieldValue], depth: Int) throws(WireError) {
        guard depth <= FieldTable.maximumDepth else { throw .tooDeep }
        try writeLengthPrefixed("array") { (buffer) throws(WireError) in
            for element in elements {
                try element.encode(into: &buffer, depth: depth)
            }
        }
    }

    private mutating func readAMQPSlice(_ what: String) throws(WireError) -> ByteBuffer {
        let length: UInt32 = try readAMQPInteger(what)
        guard let slice = readSlice(length: Int(length)) else { throw .truncated(what: what) }
        return slice
    }

    private mutating func writeLengthPrefixed(
        _ what: String,
        _ body: (inout ByteBuffer) throws(WireError) -> Void
    ) throws(WireError) {
        let start = writerIndex
        writeInteger(0, as: UInt32.self)
        try body(&self)
        guard let length = UInt32(exactly: writerIndex - start - 4) else { throw .tooLarge(what: what) }
        setInteger(length, at: start)
    }
}
