import AMQP
import NIOCore

/// Writes fields of AMQP 0-9-1.
extension ByteBuffer {
    /// - Returns: whether it is short enough; nothing is written otherwise.
    @discardableResult
    mutating func writeShortString(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count <= 255 else { return false }
        writeInteger(UInt8(text.count))
        writeRaw(text)
        return true
    }

    mutating func writeShortString(_ text: StaticString) {
        writeInteger(UInt8(clamping: text.utf8CodeUnitCount))
        writeStaticString(text)
    }

    mutating func writeShortString(decimal value: UInt64) {
        var digits: (UInt64, Int) = (1, 1)
        while value / digits.0 >= 10 { digits = (digits.0 * 10, digits.1 + 1) }
        writeInteger(UInt8(digits.1))
        var rest = value
        while digits.0 > 0 {
            writeInteger(UInt8(ascii: "0") + UInt8(rest / digits.0))
            rest %= digits.0
            digits.0 /= 10
        }
    }

    mutating func writeLongString(_ text: UnsafeRawBufferPointer) {
        writeInteger(UInt32(clamping: text.count))
        writeRaw(text)
    }
}
