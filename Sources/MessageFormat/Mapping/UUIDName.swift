import AMQP
import NIOCore

/// Ids of the form `urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6`, which brokers from 3.13 on keep as UUIDs.
enum UUIDName {
    static let prefix: StaticString = "urn:uuid:"
    private static let length = 45

    /// The UUID of an id in lower case, as two halves; `nil` for any other id.
    static func bytes(_ raw: UnsafeRawBufferPointer, _ range: Range<Int>) -> (UInt64, UInt64)? {
        guard range.count == length, raw.starts(range, with: prefix) else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        var digits = 0
        for place in 0..<36 {
            let byte = raw[range.lowerBound + 9 + place]
            if place == 8 || place == 13 || place == 18 || place == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            if digits < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
            digits += 1
        }
        return (high, low)
    }

    /// Writes the id of a UUID of 16 bytes as a short string.
    static func write(_ uuid: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(length))
        buffer.writeStaticString(prefix)
        for (index, byte) in uuid.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { buffer.writeInteger(UInt8(ascii: "-")) }
            buffer.writeInteger(PercentCoding.digit(byte >> 4, upper: false))
            buffer.writeInteger(PercentCoding.digit(byte & 15, upper: false))
        }
    }
}

/// The names of queues in addresses.
enum PercentCoding {
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    static func digit(_ value: UInt8, upper: Bool = true) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: upper ? "A" : "a") + value - 10
    }

    /// The bytes of a name; `nil` where a percent sign has no two digits behind it.
    static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "%") else {
                result.append(text[index])
                index += 1
                continue
            }
            guard index + 2 < text.count, let high = value(text[index + 1]), let low = value(text[index + 2]) else {
                return nil
            }
            result.append(high << 4 | low)
            index += 3
        }
        return result
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
