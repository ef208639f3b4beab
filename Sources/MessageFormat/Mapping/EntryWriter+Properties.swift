import AMQP
import NIOCore

extension EntryWriter {
    /// Writes the properties section, up to the last property that there is.
    func writeProperties(_ list: UnsafeRawBufferPointer, _ fields: PropertyFields, to sink: inout RawSink) {
        typealias Flag = BasicProperties.Flag
        let hasGroup = layout != .records && fields.has(Flag.appID)
        let created = fields.has(Flag.timestamp) ? list.creationTime(fields.timestamp) : nil
        let last: Int
        if hasGroup {
            last = 10
        } else if created != nil {
            last = 9
        } else if fields.has(Flag.contentEncoding) {
            last = 7
        } else if fields.has(Flag.contentType) {
            last = 6
        } else if fields.has(Flag.correlationID) {
            last = 5
        } else if fields.has(Flag.replyTo) {
            last = 4
        } else if fields.has(Flag.userID) {
            last = 1
        } else if fields.has(Flag.messageID) {
            last = 0
        } else {
            return
        }
        sink.writeDescriptor(SectionCode.properties)
        let place = sink.beginCompound(TypeCode.list32)
        for index in 0...last {
            switch index {
            case 0 where fields.has(Flag.messageID): writeIdentity(list, fields.messageID, to: &sink)
            case 1 where fields.has(Flag.userID): sink.writeBinary(list.part(fields.userID))
            case 4 where fields.has(Flag.replyTo): writeReplyTo(list.part(fields.replyTo), to: &sink)
            case 5 where fields.has(Flag.correlationID): writeIdentity(list, fields.correlationID, to: &sink)
            case 6 where fields.has(Flag.contentType): sink.writeSymbol(list.part(fields.contentType))
            case 7 where fields.has(Flag.contentEncoding): sink.writeSymbol(list.part(fields.contentEncoding))
            case 9 where created != nil: sink.writeTimestamp(created ?? 0)
            case 10: sink.writeText(list.part(fields.appID))
            default: sink.writeNull()
            }
        }
        sink.endCompound(at: place, count: last + 1)
    }

    private func writeIdentity(_ list: UnsafeRawBufferPointer, _ range: Range<Int>, to sink: inout RawSink) {
        guard layout != .records, let uuid = UUIDName.bytes(list, range) else {
            return sink.writeText(list.part(range))
        }
        sink.append(TypeCode.uuid)
        sink.writeIntegers(uuid.0, uuid.1)
    }

    private func writeReplyTo(_ name: UnsafeRawBufferPointer, to sink: inout RawSink) {
        guard layout == .addresses else { return sink.writeText(name) }
        var address = ByteBuffer()
        address.writeStaticString(StreamLayout.queueAddress)
        for byte in name {
            if PercentCoding.isUnreserved(byte) {
                address.writeInteger(byte)
            } else {
                address.writeInteger(UInt8(ascii: "%"))
                address.writeInteger(PercentCoding.digit(byte >> 4))
                address.writeInteger(PercentCoding.digit(byte & 15))
            }
        }
        address.withUnsafeReadableBytes { sink.writeText($0) }
    }
}

extension RawSink {
    /// Writes the value of a header that fits.
    mutating func write(
        _ field: FieldCursor.Field,
        of raw: UnsafeRawBufferPointer,
        _ layout: StreamLayout
    ) throws(WireError) {
        let start = field.value.lowerBound
        switch field.type {
        case UInt8(ascii: "V"): writeNull()
        case UInt8(ascii: "t"): writeBoolean(raw[start] != 0)
        case UInt8(ascii: "b"): writeIntegers(TypeCode.byte, raw[start])
        case UInt8(ascii: "B"): writeUbyte(raw[start])
        case UInt8(ascii: "s"): writeIntegers(TypeCode.short, raw.loadBigEndian(at: start, as: UInt16.self))
        case UInt8(ascii: "u"): writeIntegers(TypeCode.ushort, raw.loadBigEndian(at: start, as: UInt16.self))
        case UInt8(ascii: "I"): writeInt(raw.loadBigEndian(at: start, as: Int32.self))
        case UInt8(ascii: "i"): writeUint(raw.loadBigEndian(at: start, as: UInt32.self))
        case UInt8(ascii: "l"), UInt8(ascii: "L"): writeLong(raw.loadBigEndian(at: start, as: Int64.self))
        case UInt8(ascii: "f"): writeIntegers(TypeCode.float, raw.loadBigEndian(at: start, as: UInt32.self))
        case UInt8(ascii: "d"): writeIntegers(TypeCode.double, raw.loadBigEndian(at: start, as: UInt64.self))
        case UInt8(ascii: "T"): writeTimestamp(raw.creationTime(field.value) ?? 0)
        case UInt8(ascii: "x"): writeBinary(raw.part(field.value))
        case UInt8(ascii: "S"):
            let text = raw.part(field.value)
            if layout.isText(text) { writeText(text) } else { writeBinary(text) }
        case UInt8(ascii: "A"):
            var cursor = FieldCursor(raw, field.value)
            let place = beginCompound(TypeCode.list32)
            var count = 0
            while let element = try cursor.next() {
                try write(element, of: raw, layout)
                count += 1
            }
            endCompound(at: place, count: count)
        case UInt8(ascii: "F"):
            var cursor = FieldCursor(raw, field.value)
            let place = beginCompound(TypeCode.map32)
            var count = 0
            while let (name, element) = try cursor.nextNamed() {
                writeSymbol(raw.part(name))
                try write(element, of: raw, layout)
                count += 2
            }
            endCompound(at: place, count: count)
        default: throw .invalid(what: "header of type \(field.type) in a stream")
        }
    }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[range]) }

    /// A number of seconds, in milliseconds; `nil` where it is none that there is.
    func creationTime(_ range: Range<Int>) -> Int64? {
        let seconds = loadBigEndian(at: range.lowerBound, as: UInt64.self)
        return seconds <= StreamLayout.latestSecond ? Int64(seconds) * 1000 : nil
    }

    /// A number in decimal digits that would be written in the same digits again.
    package func milliseconds(_ range: Range<Int>) -> UInt32? {
        guard (1...10).contains(range.count), range.count == 1 || self[range.lowerBound] != UInt8(ascii: "0") else {
            return nil
        }
        var value: UInt64 = 0
        for byte in self[range] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
        }
        return UInt32(exactly: value)
    }
}
