import NIOCore

/// Writes values of AMQP 1.0, each in its shortest form unless it is a list or a map, whose length is known only behind it.
extension ByteBuffer {
    @inline(__always)
    mutating func writeRaw(_ bytes: UnsafeRawBufferPointer) { writeBytes(bytes) }

    /// A text, a symbol or a binary: `short` and `long` are what it begins with up to 255 bytes, and above.
    @inline(__always)
    mutating func writeVariable(_ short: UInt8, _ long: UInt8, _ bytes: UnsafeRawBufferPointer) {
        writeVariableHead(short, long, bytes.count)
        writeRaw(bytes)
    }

    @inline(__always)
    mutating func writeVariableHead(_ short: UInt8, _ long: UInt8, _ count: Int) {
        if count <= 255 {
            writeMultipleIntegers(short, UInt8(count))
        } else {
            writeMultipleIntegers(long, UInt32(clamping: count))
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

    mutating func writeNull() { writeInteger(TypeCode.null) }

    mutating func writeBoolean(_ value: Bool) {
        writeInteger(value ? TypeCode.booleanTrue : TypeCode.booleanFalse)
    }

    mutating func writeUbyte(_ value: UInt8) { writeMultipleIntegers(TypeCode.ubyte, value) }

    mutating func writeUint(_ value: UInt32) {
        if value == 0 {
            writeInteger(TypeCode.uint0)
        } else if let small = UInt8(exactly: value) {
            writeMultipleIntegers(TypeCode.smallUint, small)
        } else {
            writeMultipleIntegers(TypeCode.uint, value)
        }
    }

    mutating func writeUlong(_ value: UInt64) {
        if value == 0 {
            writeInteger(TypeCode.ulong0)
        } else if let small = UInt8(exactly: value) {
            writeMultipleIntegers(TypeCode.smallUlong, small)
        } else {
            writeMultipleIntegers(TypeCode.ulong, value)
        }
    }

    mutating func writeInt(_ value: Int32) {
        if let small = Int8(exactly: value) {
            writeMultipleIntegers(TypeCode.smallInt, small)
        } else {
            writeMultipleIntegers(TypeCode.int, value)
        }
    }

    mutating func writeLong(_ value: Int64) {
        if let small = Int8(exactly: value) {
            writeMultipleIntegers(TypeCode.smallLong, small)
        } else {
            writeMultipleIntegers(TypeCode.long, value)
        }
    }

    mutating func writeTimestamp(_ milliseconds: Int64) {
        writeMultipleIntegers(TypeCode.timestamp, milliseconds)
    }

    /// What a section begins with.
    mutating func writeDescriptor(_ section: UInt64) {
        writeMultipleIntegers(TypeCode.described, TypeCode.smallUlong, UInt8(truncatingIfNeeded: section))
    }

    /// Begins a list or a map; ``endCompound(at:count:)`` ends it.
    ///
    /// - Returns: where its length goes.
    mutating func beginCompound(_ code: UInt8) -> Int {
        writeInteger(code)
        let place = writerIndex
        writeMultipleIntegers(0 as UInt32, 0 as UInt32)
        return place
    }

    /// - Parameter count: how many values were written since it began: of a map, keys and values.
    mutating func endCompound(at place: Int, count: Int) {
        setInteger(UInt32(clamping: writerIndex - place - 4), at: place)
        setInteger(UInt32(clamping: count), at: place + 4)
    }
}
