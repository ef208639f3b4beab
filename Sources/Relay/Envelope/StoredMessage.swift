import AMQP

/// What the envelope of a stored message says, found in its raw properties.
package struct StoredMessage {
    /// Offsets that are larger are none: no stream gets there, and what follows can be counted.
    package static let largestOffset: Int64 = 1 << 62

    /// The whole entries of the envelope that a replayed message keeps.
    package var kept: [Range<Int>] = []
    package var time: Int64?
    package var epoch: Int64?
    /// Where the original's property list lies, if it went along.
    package var original: Range<Int>?
    /// Where the message stands in its stream; from 0 to ``largestOffset``.
    package var offset: Int64?
    /// Where the operation of a seal is named.
    package var seal: Range<Int>?

    package init(_ raw: UnsafeRawBufferPointer, layout: PropertyLayout) throws(WireError) {
        var headers = RawHeaders(raw, layout: layout)
        while let header = try headers.next() {
            guard raw.starts(header.name, with: "x-") else { continue }
            if raw.equals(header.name, "x-stream-offset") {
                offset = Self.integer(raw, header).flatMap { (0...Self.largestOffset).contains($0) ? $0 : nil }
            } else if raw.equals(header.name, "x-ropeway-time") {
                time = Self.integer(raw, header)
                kept.append(header.entry)
            } else if raw.equals(header.name, "x-ropeway-epoch") {
                epoch = Self.integer(raw, header)
                kept.append(header.entry)
            } else if raw.equals(header.name, "x-ropeway-id") || raw.equals(header.name, "x-ropeway-origin") {
                kept.append(header.entry)
            } else if raw.equals(header.name, "x-ropeway-properties"), Self.isBytes(header) {
                original = (header.value.lowerBound + 4)..<header.value.upperBound
            } else if raw.equals(header.name, "x-ropeway-seal"), Self.isBytes(header) {
                seal = (header.value.lowerBound + 4)..<header.value.upperBound
            }
        }
    }

    private static func isBytes(_ header: RawHeaders.Header) -> Bool {
        (header.type == UInt8(ascii: "S") || header.type == UInt8(ascii: "x")) && header.value.count >= 4
    }

    /// An integer of whatever width the store gave it.
    private static func integer(_ raw: UnsafeRawBufferPointer, _ header: RawHeaders.Header) -> Int64? {
        var value: Int64 = 0
        switch header.type {
        case UInt8(ascii: "l"), UInt8(ascii: "L"), UInt8(ascii: "I"), UInt8(ascii: "i"), UInt8(ascii: "s"),
            UInt8(ascii: "u"), UInt8(ascii: "b"), UInt8(ascii: "B"):
            for index in header.value { value = value << 8 | Int64(raw[index]) }
            return value
        default:
            return nil
        }
    }
}
