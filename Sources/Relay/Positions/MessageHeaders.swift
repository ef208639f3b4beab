import AMQP
import NIOCore
import Routing

/// The headers in a raw property list, as routing asks for them. What a broker added while it delivered is left out: it was
/// not there when the message was routed.
struct MessageHeaders: RoutingHeaders {
    private let raw: UnsafeRawBufferPointer
    private let layout: PropertyLayout

    init(_ raw: UnsafeRawBufferPointer, _ layout: PropertyLayout) {
        self.raw = raw
        self.layout = layout
    }

    func forEachHeader(_ body: (UnsafeRawBufferPointer, () -> RoutingValue) -> Void) {
        var headers = RawHeaders(raw, layout: layout)
        // What can't be read ends the walk; such a message goes to quarantine.
        while let header = (try? headers.next()) ?? nil {
            guard !BrokerHeaders.contain(raw, header.name) else { continue }
            body(UnsafeRawBufferPointer(rebasing: raw[header.name])) {
                var reader = RawValueReader(UnsafeRawBufferPointer(rebasing: raw[header.value]))
                return reader.read(header.type) ?? .table
            }
        }
    }
}

/// Reads values of AMQP 0-9-1 with as much of their type as routing depends on.
private struct RawValueReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The value of a type. `nil`: the bytes end before, or the type is unknown.
    mutating func read(_ type: UInt8) -> RoutingValue? {
        switch type {
        case UInt8(ascii: "V"): .void
        case UInt8(ascii: "t"): integer(UInt8.self).map { .boolean($0 != 0) }
        case UInt8(ascii: "b"): integer(Int8.self).map { .integer(Int64($0)) }
        case UInt8(ascii: "B"): integer(UInt8.self).map { .integer(Int64($0)) }
        case UInt8(ascii: "s"): integer(Int16.self).map { .integer(Int64($0)) }
        case UInt8(ascii: "u"): integer(UInt16.self).map { .integer(Int64($0)) }
        case UInt8(ascii: "I"): integer(Int32.self).map { .integer(Int64($0)) }
        case UInt8(ascii: "i"): integer(UInt32.self).map { .integer(Int64($0)) }
        case UInt8(ascii: "l"), UInt8(ascii: "L"): integer(Int64.self).map { .integer($0) }
        case UInt8(ascii: "f"): integer(UInt32.self).map { .double(Double(Float(bitPattern: $0))) }
        case UInt8(ascii: "d"): integer(UInt64.self).map { .double(Double(bitPattern: $0)) }
        case UInt8(ascii: "T"): integer(UInt64.self).map { .timestamp($0) }
        case UInt8(ascii: "D"): skip(5).map { _ in .decimal }
        case UInt8(ascii: "S"): long().map { .string(Array(bytes[$0])) }
        case UInt8(ascii: "x"): long().map { .bytes(Array(bytes[$0])) }
        case UInt8(ascii: "F"): long().map { _ in .table }
        case UInt8(ascii: "A"): long().map { .array(elements($0)) }
        default: nil
        }
    }

    /// The elements of an array. Those of arrays in arrays are not read: routing asks for texts only.
    private func elements(_ range: Range<Int>) -> [RoutingValue] {
        var result: [RoutingValue] = []
        var reader = RawValueReader(UnsafeRawBufferPointer(rebasing: bytes[range]))
        while let type = reader.integer(UInt8.self) {
            if type == UInt8(ascii: "A") {
                guard reader.long() != nil else { break }
                result.append(.array([]))
            } else {
                guard let value = reader.read(type) else { break }
                result.append(value)
            }
        }
        return result
    }

    private mutating func skip(_ count: Int) -> Range<Int>? {
        guard count >= 0, bytes.count - position >= count else { return nil }
        position += count
        return (position - count)..<position
    }

    private mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
        skip(MemoryLayout<Value>.size).map {
            Value(bigEndian: bytes.loadUnaligned(fromByteOffset: $0.lowerBound, as: Value.self))
        }
    }

    private mutating func long() -> Range<Int>? {
        integer(UInt32.self).flatMap { skip(Int($0)) }
    }
}

extension RoutingTable {
    /// The class of a message with a raw property list. 0: no queue is certain.
    @inline(__always)
    package mutating func classify(
        _ key: UnsafeRawBufferPointer,
        _ properties: UnsafeRawBufferPointer,
        _ layout: PropertyLayout
    ) -> Int {
        guard layout.has(BasicProperties.Flag.headers), needsHeaders(properties, layout) else { return classify(key) }
        return classify(key, MessageHeaders(properties, layout))
    }

    /// Whether a message is routed by more than its key.
    private func needsHeaders(_ properties: UnsafeRawBufferPointer, _ layout: PropertyLayout) -> Bool {
        if dependsOnHeaders { return true }
        var headers = RawHeaders(properties, layout: layout)
        while let header = (try? headers.next()) ?? nil {
            if Self.changesRouting(UnsafeRawBufferPointer(rebasing: properties[header.name])) { return true }
        }
        return false
    }

    /// Where a message with these headers goes.
    package mutating func outcome(_ key: String, _ properties: BasicProperties) throws(WireError) -> Outcome {
        var raw = ByteBuffer()
        try properties.encode(into: &raw)
        let result = raw.withUnsafeReadableBytes { bytes -> Result<Outcome, WireError> in
            do throws(WireError) {
                return .success(outcome(Array(key.utf8), MessageHeaders(bytes, try PropertyLayout(bytes))))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
