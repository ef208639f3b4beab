/// What was wrong with bytes that should have been a frame of the stream protocol, or with a value that it can't carry.
///
/// It never repeats the content of the bytes.
public enum StreamWireError: Error, Sendable, Equatable {
    /// The bytes end before `what` does, or a length inside reaches past what encloses it.
    case truncated(what: String)
    /// `what` has a value that the protocol does not define.
    case invalid(what: String)
    /// `what` is longer than its length field can say.
    case tooLarge(what: String)
    /// A frame of `size` bytes, where no more than `maximum` are taken.
    case frameTooLarge(size: Int, maximum: Int)
}

extension StreamWireError: CustomStringConvertible {
    /// One sentence for a log line.
    public var description: String {
        switch self {
        case .truncated(let what): "the bytes end inside \(what), or a length in it reaches past its end"
        case .invalid(let what): "the stream protocol does not define this: \(what)"
        case .tooLarge(let what): "\(what) is longer than the protocol can carry"
        case .frameTooLarge(let size, let maximum): "a frame of \(size) bytes, where \(maximum) are the limit"
        }
    }
}
