import NIOCore

/// Reads or writes the arguments of a method, one after the other.
protocol ArgumentCoder {
    /// - Parameter name: what an error calls it.
    mutating func integer<Integer: FixedWidthInteger>(_ value: inout Integer, _ name: String) throws(WireError)
    /// One bit. Those that stand in a row share a byte, the first in its lowest bit.
    mutating func bit(_ value: inout Bool) throws(WireError)
    mutating func shortString(_ value: inout String) throws(WireError)
    mutating func longString(_ value: inout [UInt8]) throws(WireError)
    mutating func longText(_ value: inout String) throws(WireError)
    mutating func table(_ value: inout FieldTable) throws(WireError)
}

extension ArgumentCoder {
    /// An integer that means nothing: written as 0, whatever it is when it is read.
    mutating func reserved<Integer: FixedWidthInteger>(_: Integer.Type) throws(WireError) {
        var zero: Integer = 0
        try integer(&zero, "reserved")
    }

    mutating func reservedShortString() throws(WireError) {
        var empty = ""
        try shortString(&empty)
    }

    mutating func reservedLongString() throws(WireError) {
        var empty: [UInt8] = []
        try longString(&empty)
    }
}

/// Reads arguments.
struct ArgumentReader: ArgumentCoder {
    var buffer = ByteBuffer()
    /// The bits of a row that are not yet read, the next one lowest.
    private var bits: UInt8 = 0
    private var bitsLeft = 0

    mutating func integer<Integer: FixedWidthInteger>(_ value: inout Integer, _ name: String) throws(WireError) {
        bitsLeft = 0
        value = try buffer.readAMQPInteger(name)
    }

    mutating func bit(_ value: inout Bool) throws(WireError) {
        if bitsLeft == 0 {
            bits = try buffer.readAMQPInteger("bits")
            bitsLeft = 8
        }
        value = bits & 1 != 0
        bits >>= 1
        bitsLeft -= 1
    }

    mutating func shortString(_ value: inout String) throws(WireError) {
        bitsLeft = 0
        value = try buffer.readAMQPShortString()
    }

    mutating func longString(_ value: inout [UInt8]) throws(WireError) {
        bitsLeft = 0
        value = try buffer.readAMQPLongString()
    }

    mutating func longText(_ value: inout String) throws(WireError) {
        bitsLeft = 0
        value = try buffer.readAMQPLongText()
    }

    mutating func table(_ value: inout FieldTable) throws(WireError) {
        bitsLeft = 0
        value = try buffer.readAMQPTable()
    }
}

/// Writes arguments.
struct ArgumentWriter: ArgumentCoder {
    var buffer = ByteBuffer()
    /// The bits of a row that are not yet written.
    private var bits: UInt8 = 0
    private var bitCount = 0

    /// Writes the row of bits that is open, as the end of the arguments does.
    mutating func endBits() {
        guard bitCount > 0 else { return }
        buffer.writeInteger(bits)
        (bits, bitCount) = (0, 0)
    }

    mutating func integer<Integer: FixedWidthInteger>(_ value: inout Integer, _ name: String) throws(WireError) {
        endBits()
        buffer.writeInteger(value)
    }

    mutating func bit(_ value: inout Bool) throws(WireError) {
        if bitCount == 8 { endBits() }
        if value { bits |= 1 << bitCount }
        bitCount += 1
    }

    mutating func shortString(_ value: inout String) throws(WireError) {
        endBits()
        try buffer.writeAMQPShortString(value)
    }

    mutating func longString(_ value: inout [UInt8]) throws(WireError) {
        endBits()
        try buffer.writeAMQPLongString(value)
    }

    mutating func longText(_ value: inout String) throws(WireError) {
        endBits()
        try buffer.writeAMQPLongString(value.utf8)
    }

    mutating func table(_ value: inout FieldTable) throws(WireError) {
        endBits()
        try buffer.writeAMQPTable(value)
    }
}
