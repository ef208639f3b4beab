/// What was wrong with bytes that should have been AMQP 0-9-1, or with a value that AMQP cannot carry.
///
/// After an error while reading, the buffer's reader index stands somewhere inside the bad value. A peer that sends
/// such bytes cannot be followed any further: close its connection. After an error while writing, the buffer is as it
/// was before the call.
public enum WireError: Error, Sendable, Equatable {
    /// The bytes end before `what` does, or a length inside reaches past what encloses it.
    case truncated(what: String)
    /// `what` has a value that AMQP does not define.
    case invalid(what: String)
    /// Tables and arrays are nested more than ``FieldTable/maximumDepth`` levels deep.
    case tooDeep
    /// `what` is longer than its length field can say, or than a frame.
    case tooLarge(what: String)
    /// `count` bytes are left over after `what`.
    case trailingBytes(what: String, count: Int)
    /// No method of AMQP 0-9-1, or of RabbitMQ's extensions to it, has these ids.
    case unknownMethod(class: UInt16, method: UInt16)
}

extension WireError: CustomStringConvertible {
    /// One sentence for a log line. It never repeats the content of the bytes.
    public var description: String {
        switch self {
        case .truncated(let what):
            "the bytes end inside \(what), or a length in it reaches past its end"
        case .invalid(let what):
            "AMQP 0-9-1 does not define this: \(what)"
        case .tooDeep:
            "tables and arrays are nested more than \(FieldTable.maximumDepth) levels deep"
        case .tooLarge(let what):
            "\(what) is longer than the protocol can carry"
        case .trailingBytes(let what, let count):
            "\(count) bytes are left over after \(what)"
        case .unknownMethod(let classID, let methodID):
            "no AMQP 0-9-1 method has the class id \(classID) and the method id \(methodID)"
        }
    }
}
