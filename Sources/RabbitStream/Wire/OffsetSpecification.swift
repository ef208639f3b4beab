import NIOCore

/// Where in a stream to begin.
///
/// A broker begins with a whole chunk: the first that it delivers may have records before the place asked for, which the
/// caller leaves out.
public enum OffsetSpecification: Sendable, Hashable {
    /// With the oldest chunk that the stream still has.
    case first
    /// With the newest chunk.
    case last
    /// With what comes after the end.
    case next
    /// With the chunk of this offset: the oldest where retention has removed it, the end where it is yet to come.
    case offset(UInt64)
    /// With the chunk of this time, in milliseconds since 1970, by the clock of the broker that took the messages.
    case timestamp(Int64)

    private var type: UInt16 {
        switch self {
        case .first: 1
        case .last: 2
        case .next: 3
        case .offset: 4
        case .timestamp: 5
        }
    }
}

extension OffsetSpecification {
    /// Reads a specification; `nil` for the type 0, with which a consumer update is answered that names none.
    static func read(from buffer: inout ByteBuffer) throws(StreamWireError) -> OffsetSpecification? {
        switch try buffer.readStreamInteger("offset type") as UInt16 {
        case 0: return nil
        case 1: return .first
        case 2: return .last
        case 3: return .next
        case 4: return .offset(try buffer.readStreamInteger("offset"))
        case 5: return .timestamp(try buffer.readStreamInteger("timestamp"))
        default: throw .invalid(what: "offset type")
        }
    }

    func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(type)
        switch self {
        case .first, .last, .next: break
        case .offset(let offset): buffer.writeInteger(offset)
        case .timestamp(let milliseconds): buffer.writeInteger(milliseconds)
        }
    }
}
