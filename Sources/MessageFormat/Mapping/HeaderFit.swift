import AMQP

/// What becomes of a header of AMQP 0-9-1 in the sections of a stream.
enum HeaderFit: Comparable {
    /// It comes back as it was.
    case exact
    /// It comes back with another type.
    case changed
    /// It can't be there: brokers lose it, or fail at it.
    case dropped
}

extension StreamLayout {
    /// Longer texts are binary to brokers from 3.13 on, which do not look whether they are UTF-8.
    private static let longestText = 4096

    /// Whether a text is one in AMQP 1.0, and not binary. Either is a text again in AMQP 0-9-1.
    func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        self == .records || (bytes.count <= Self.longestText && bytes.isText)
    }

    /// What becomes of a header.
    func fit(
        _ name: Range<Int>,
        _ field: FieldCursor.Field,
        in raw: UnsafeRawBufferPointer
    ) throws(WireError) -> HeaderFit {
        switch self {
        case .records:
            if raw.equals(name, "x-basic-type") || raw.equals(name, "x-basic-app-id") { return .dropped }
            // An AMQP consumer loses its connection at one that is no array.
            if raw.equals(name, "CC") || raw.equals(name, "BCC") { return .dropped }
        case .containers, .addresses:
            if Self.isReserved(name, in: raw) { return .dropped }
        }
        if field.type == UInt8(ascii: "A") || field.type == UInt8(ascii: "F") {
            // A stream's application properties are simple values; annotations may be others.
            guard isAnnotation(name, field, in: raw) else { return .dropped }
        }
        return try fit(field, in: raw, depth: 1)
    }

    /// Whether some version of RabbitMQ loses a header for its name.
    @inline(__always)
    package static func isLost(_ name: Range<Int>, in raw: UnsafeRawBufferPointer) -> Bool {
        guard let first = name.first else { return false }
        switch raw[first] {
        case UInt8(ascii: "x"): return isReserved(name, in: raw)
        case UInt8(ascii: "C"), UInt8(ascii: "B"): return raw.equals(name, "CC") || raw.equals(name, "BCC")
        default: return false
        }
    }

    /// Whether a header is an annotation, and not an application property.
    func isAnnotation(_ name: Range<Int>, _ field: FieldCursor.Field, in raw: UnsafeRawBufferPointer) -> Bool {
        guard self != .records else { return false }
        if raw.starts(name, with: "x-") { return true }
        return field.type == UInt8(ascii: "A") && raw.equals(name, "CC")
    }

    /// Whether brokers put something of their own under this key.
    private static func isReserved(_ name: Range<Int>, in raw: UnsafeRawBufferPointer) -> Bool {
        guard raw.starts(name, with: "x-") else { return false }
        return raw.equals(name, "x-exchange") || raw.equals(name, "x-routing-key") || raw.equals(name, "x-cc")
            || raw.starts(name, with: "x-basic-") || raw.starts(name, with: "x-opt-")
    }

    private func fit(
        _ field: FieldCursor.Field,
        in raw: UnsafeRawBufferPointer,
        depth: Int
    ) throws(WireError) -> HeaderFit {
        let start = field.value.lowerBound
        switch field.type {
        case UInt8(ascii: "x"):
            // From 3.13 on what is binary becomes a text.
            return self == .records ? .exact : .changed
        case UInt8(ascii: "t"):
            return raw[start] <= 1 ? .exact : .changed
        case UInt8(ascii: "L"):
            return .changed
        case UInt8(ascii: "T"):
            return raw.loadBigEndian(at: start, as: UInt64.self) <= Self.latestSecond ? .exact : .dropped
        case UInt8(ascii: "f"):
            return Float(bitPattern: raw.loadBigEndian(at: start, as: UInt32.self)).isFinite ? .exact : .dropped
        case UInt8(ascii: "d"):
            return Double(bitPattern: raw.loadBigEndian(at: start, as: UInt64.self)).isFinite ? .exact : .dropped
        case UInt8(ascii: "D"):
            return .dropped
        case UInt8(ascii: "A"), UInt8(ascii: "F"):
            guard depth < FieldTable.maximumDepth else { throw .tooDeep }
            return try fitInside(field, in: raw, depth: depth)
        default:
            return .exact
        }
    }

    /// What becomes of the worst of its elements becomes of the whole.
    private func fitInside(
        _ field: FieldCursor.Field,
        in raw: UnsafeRawBufferPointer,
        depth: Int
    ) throws(WireError) -> HeaderFit {
        var cursor = FieldCursor(raw, field.value)
        var worst = HeaderFit.exact
        if field.type == UInt8(ascii: "A") {
            while let element = try cursor.next() {
                worst = max(worst, try fit(element, in: raw, depth: depth + 1))
            }
        } else {
            while let (_, element) = try cursor.nextNamed() {
                worst = max(worst, try fit(element, in: raw, depth: depth + 1))
            }
        }
        return worst
    }

    /// The last second that is a number of milliseconds.
    package static let latestSecond = UInt64(Int64.max / 1000)
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are UTF-8 without a zero, as brokers want a text to be.
    var isText: Bool {
        var isASCII = true
        for byte in self {
            if byte == 0 { return false }
            if byte & 0x80 != 0 { isASCII = false }
        }
        return isASCII || String(validating: self, as: UTF8.self) != nil
    }
}
