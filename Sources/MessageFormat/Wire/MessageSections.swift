import AMQP

/// Where the sections of a message lie, found without decoding them.
struct MessageSections {
    var header: EncodedValue?
    var deliveryAnnotations: EncodedValue?
    var messageAnnotations: EncodedValue?
    var properties: EncodedValue?
    var applicationProperties: EncodedValue?
    var footer: EncodedValue?
    /// What the body is made of: the descriptor of its sections; `nil` where there is none.
    var bodyCode: UInt64?
    /// The content of the first section of the body.
    var firstBody: EncodedValue?
    /// The sections of the body, descriptors included, one after the other.
    var body: Range<Int> = 0..<0
    /// How many sections the body has.
    var bodyCount = 0

    /// - Throws: ``MessageError``: truncated, unknownType, tooDeep, invalid for sections of another type than theirs, and
    ///   unexpectedSection for what is no section of a message or stands twice.
    init(_ bytes: UnsafeRawBufferPointer) throws(MessageError) {
        var cursor = ValueCursor(bytes, 0..<bytes.count)
        while !cursor.isAtEnd {
            let start = cursor.position
            let code = try Self.descriptor(&cursor)
            let value = try cursor.next()
            switch code {
            case SectionCode.header:
                try Self.take(value, &header, code, value.isList)
            case SectionCode.deliveryAnnotations:
                try Self.take(value, &deliveryAnnotations, code, value.isMap)
            case SectionCode.messageAnnotations:
                try Self.take(value, &messageAnnotations, code, value.isMap)
            case SectionCode.properties:
                try Self.take(value, &properties, code, value.isList)
            case SectionCode.applicationProperties:
                try Self.take(value, &applicationProperties, code, value.isMap)
            case SectionCode.footer:
                try Self.take(value, &footer, code, value.isMap)
            case SectionCode.data, SectionCode.sequence, SectionCode.value:
                try takeBody(value, code, start..<cursor.position)
            default:
                throw .unexpectedSection(code)
            }
        }
    }

    private static func descriptor(_ cursor: inout ValueCursor) throws(MessageError) -> UInt64 {
        let start = cursor.position
        guard cursor.bytes[start] == TypeCode.described else { throw .invalid(what: "a section without a descriptor") }
        var inner = ValueCursor(cursor.bytes, (start + 1)..<cursor.end)
        let descriptor = try inner.next()
        cursor = ValueCursor(cursor.bytes, inner.position..<cursor.end)
        if let code = descriptor.unsigned(in: cursor.bytes) { return code }
        guard descriptor.isSymbol,
            let code = SectionCode.named(UnsafeRawBufferPointer(rebasing: cursor.bytes[descriptor.content]))
        else { throw .invalid(what: "the descriptor of a section") }
        return code
    }

    private static func take(
        _ value: EncodedValue,
        _ place: inout EncodedValue?,
        _ code: UInt64,
        _ isRight: Bool
    ) throws(MessageError) {
        guard isRight else { throw .invalid(what: "the content of section \(code)") }
        guard place == nil else { throw .unexpectedSection(code) }
        place = value
    }

    private mutating func takeBody(_ value: EncodedValue, _ code: UInt64, _ range: Range<Int>) throws(MessageError) {
        if code == SectionCode.data, !value.isBinary { throw .invalid(what: "the content of a data section") }
        if code == SectionCode.sequence, !value.isList { throw .invalid(what: "the content of a sequence") }
        guard bodyCode == nil || (bodyCode == code && code != SectionCode.value && body.upperBound == range.lowerBound)
        else { throw .unexpectedSection(code) }
        if bodyCode == nil {
            bodyCode = code
            firstBody = value
            body = range
        } else {
            body = body.lowerBound..<range.upperBound
        }
        bodyCount += 1
    }
}
