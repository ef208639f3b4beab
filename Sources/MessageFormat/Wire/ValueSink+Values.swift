/// Writes values of AMQP 1.0, each in its shortest form unless it is a list or a map, whose length is known only behind it.
extension ValueSink {
    /// A text, a symbol or a binary: `short` and `long` are what it begins with up to 255 bytes, and above.
    @inline(__always)
    mutating func writeVariable(_ short: UInt8, _ long: UInt8, _ bytes: UnsafeRawBufferPointer) {
        writeVariableHead(short, long, bytes.count)
        writeRaw(bytes)
    }

    @inline(__always)
    mutating func writeVariableHead(_ short: UInt8, _ long: UInt8, _ count: Int) {
        if count <= 255 {
            writeIntegers(short, UInt8(count))
        } else {
            writeIntegers(long, UInt32(clamping: count))
        }
    }

    mutating func writeText(_ bytes: UnsafeRawBufferPointer) {
        writeVariable(TypeCode.utf8Short, TypeCode.utf8Long, bytes)
    }

    mutating func writeSymbol(_ bytes: UnsafeRawBufferPointer) {
        writeVariable(TypeCode.symbol8, TypeCode.symbol32, bytes)
    }

    mutating func writeBinary(_ bytes: UnsafeRawBufferPointer) {
        writeVariable(TypeCode.binary8, TypeCode.binary32, bytes)
    }

    mutating func writeText(_ text: StaticString) {
        text.withUTF8Buffer { writeText(UnsafeRawBufferPointer($0)) }
    }

    mutating func writeSymbol(_ text: StaticString) {
        text.withUTF8Buffer { writeSymbol(UnsafeRawBufferPointer($0)) }
    }

    mutating func writeNull() { append(TypeCode.null) }

    mutating func writeBoolean(_ value: Bool) {
        append(value ? TypeCode.booleanTrue : TypeCode.booleanFalse)
    }

    mutating func writeUbyte(_ value: UInt8) { writeIntegers(TypeCode.ubyte, value) }

    mutating func writeUint(_ value: UInt32) {
        if value == 0 {
            append(TypeCode.uint0)
        } else if let small = UInt8(exactly: value) {
            writeIntegers(TypeCode.smallUint, small)
        } else {
            writeIntegers(TypeCode.uint, value)
        }
    }

    mutating func writeUlong(_ value: UInt64) {
        if value == 0 {
            append(TypeCode.ulong0)
        } else if let small = UInt8(exactly: value) {
            writeIntegers(TypeCode.smallUlong, small)
        } else {
            writeIntegers(TypeCode.ulong, value)
        }
    }

    mutating func writeInt(_ value: Int32) {
        if let small = Int8(exactly: value) {
            writeIntegers(TypeCode.smallInt, small)
        } else {
            writeIntegers(TypeCode.int, value)
        }
    }

    mutating func writeLong(_ value: Int64) {
        if let small = Int8(exactly: value) {
            writeIntegers(TypeCode.smallLong, small)
        } else {
            writeIntegers(TypeCode.long, value)
        }
    }

    mutating func writeTimestamp(_ milliseconds: Int64) {
        writeIntegers(TypeCode.timestamp, milliseconds)
    }

    /// What a section begins with.
    mutating func writeDescriptor(_ section: UInt64) {
        writeIntegers(TypeCode.described, TypeCode.smallUlong, UInt8(truncatingIfNeeded: section))
    }

    /// Begins a list or a map; ``endCompound(at:count:)`` ends it.
    ///
    /// - Returns: where its length goes.
    mutating func beginCompound(_ code: UInt8) -> Int {
        append(code)
        let place = writerIndex
        writeIntegers(0 as UInt32, 0 as UInt32)
        return place
    }

    /// - Parameter count: how many values were written since it began: of a map, keys and values.
    mutating func endCompound(at place: Int, count: Int) {
        overwrite(UInt32(clamping: writerIndex - place - 4), at: place)
        overwrite(UInt32(clamping: count), at: place + 4)
    }
}
