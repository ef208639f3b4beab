/// What is wrong with bytes that should have been a message of AMQP 1.0, or with a value that AMQP 1.0 can't carry.
package enum MessageError: Error, Sendable, Hashable {
    /// The bytes end inside `what`, or a length reaches past what encloses it.
    case truncated(what: String)
    /// No type of AMQP 1.0 begins with this octet.
    case unknownType(UInt8)
    /// `what` has a value that AMQP 1.0 does not define.
    case invalid(what: String)
    /// Lists, maps and arrays are nested more than ``MessageLimits/depth`` levels deep.
    case tooDeep
    /// `what` is longer than its length can say, or has more elements than bytes.
    case tooLarge(what: String)
    /// A section that is none of a message, or stands twice.
    case unexpectedSection(UInt64)
}

extension MessageError: CustomStringConvertible {
    /// One sentence for a log line. It never repeats the content of the bytes.
    package var description: String {
        switch self {
        case .truncated(let what): "the message ends inside \(what), or a length in it reaches past its end"
        case .unknownType(let code): "no type of AMQP 1.0 begins with \(code)"
        case .invalid(let what): "AMQP 1.0 does not define this: \(what)"
        case .tooDeep: "lists and maps are nested more than \(MessageLimits.depth) levels deep"
        case .tooLarge(let what): "\(what) is longer than AMQP 1.0 can carry, or than what encloses it"
        case .unexpectedSection(let code):
            "a section with the descriptor \(code), which a message has not, or not twice"
        }
    }
}

/// What bounds a message beside its own length.
package enum MessageLimits {
    /// How many levels of lists, maps and arrays may be nested: as many as in AMQP 0-9-1 here.
    package static let depth = 64
}
