import AMQP
import NIOCore

/// The values of a properties section, as they are encoded.
struct PropertyValues {
    private var values:
        (
            EncodedValue?, EncodedValue?, EncodedValue?, EncodedValue?, EncodedValue?, EncodedValue?
        ) = (nil, nil, nil, nil, nil, nil)
    private var more: (EncodedValue?, EncodedValue?) = (nil, nil)

    init() {}

    init(_ section: EncodedValue, in bytes: UnsafeRawBufferPointer) throws(MessageError) {
        var (cursor, _) = try ValueCursor.elements(of: section, in: bytes)
        var index = 0
        while !cursor.isAtEnd {
            let value = try cursor.next()
            if !value.isNull { set(value, at: index) }
            index += 1
        }
    }

    /// Those that AMQP 0-9-1 has as well.
    private mutating func set(_ value: EncodedValue, at index: Int) {
        switch index {
        case 0: values.0 = value
        case 1: values.1 = value
        case 4: values.2 = value
        case 5: values.3 = value
        case 6: values.4 = value
        case 7: values.5 = value
        case 9: more.0 = value
        case 10: more.1 = value
        default: break
        }
    }

    subscript(_ index: Int) -> EncodedValue? {
        switch index {
        case 0: values.0
        case 1: values.1
        case 4: values.2
        case 5: values.3
        case 6: values.4
        case 7: values.5
        case 9: more.0
        case 10: more.1
        default: nil
        }
    }

    /// A text that is a short string in AMQP 0-9-1.
    func text(_ index: Int) -> Range<Int>? {
        guard let value = self[index], value.isText else { return nil }
        return value.content.shortString
    }

    func symbol(_ index: Int) -> Range<Int>? {
        guard let value = self[index], value.isSymbol || value.isText else { return nil }
        return value.content.shortString
    }

    func binary(_ index: Int) -> Range<Int>? {
        guard let value = self[index], value.isBinary || value.isText else { return nil }
        return value.content.shortString
    }
}

/// Writes a property list of AMQP 0-9-1, property by property in the order of their flags.
struct PropertyListWriter {
    var flags: UInt16 = 0
    private let place: Int

    init(_ buffer: inout ByteBuffer) {
        place = buffer.writerIndex
        buffer.writeInteger(0 as UInt16)
    }

    /// Writes the flags of what was written.
    func end(_ buffer: inout ByteBuffer) { buffer.setInteger(flags, at: place) }

    mutating func write(_ flag: UInt16, _ value: UInt8, to buffer: inout ByteBuffer) {
        flags |= flag
        buffer.writeInteger(value)
    }

    mutating func write(
        _ flag: UInt16,
        _ range: Range<Int>?,
        of bytes: UnsafeRawBufferPointer,
        to buffer: inout ByteBuffer
    ) {
        if let range { write(flag, bytes.part(range), to: &buffer) }
    }

    mutating func write(_ flag: UInt16, _ text: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
        if buffer.writeShortString(text) { flags |= flag }
    }

    mutating func write(_ flag: UInt16, _ text: StaticString, to buffer: inout ByteBuffer) {
        flags |= flag
        buffer.writeShortString(text)
    }

    mutating func write(_ flag: UInt16, decimal value: UInt64, to buffer: inout ByteBuffer) {
        flags |= flag
        buffer.writeShortString(decimal: value)
    }

    /// An id: a text, a UUID or a number. One that is none of these is a header.
    mutating func writeIdentity(
        _ flag: UInt16,
        _ value: EncodedValue?,
        of bytes: UnsafeRawBufferPointer,
        to buffer: inout ByteBuffer
    ) {
        guard let value else { return }
        if value.isText {
            write(flag, value.content.shortString, of: bytes, to: &buffer)
        } else if value.code == TypeCode.uuid {
            flags |= flag
            UUIDName.write(bytes.part(value.content), to: &buffer)
        } else if let number = value.unsigned(in: bytes) {
            write(flag, decimal: number, to: &buffer)
        }
    }
}
