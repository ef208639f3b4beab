/// What AMQP 0-9-1 says of frames (specification section 4.2.3).
enum Frame {
    /// Octets before the payload: type, channel, size.
    static let headerLength = 7
    /// Octets of a frame beside its payload: the header and the end octet.
    static let overhead = 8
    /// The octet that ends every frame.
    static let end: UInt8 = 0xCE
    /// The largest frame that either side may send before tuning. RabbitMQ accepts 8192 since 4.1, 4096 before.
    static let initialMaximum: UInt32 = 8192
    /// The smallest frame-max that RabbitMQ accepts (8192 since 4.1).
    static let minimumMaximum: UInt32 = 8192

    /// The smallest frame-max that AMQP 0-9-1 allows: frame-min-size in the protocol's definition.
    static let smallestLegalMaximum: UInt32 = 4096

    static let method: UInt8 = 1
    static let header: UInt8 = 2
    static let body: UInt8 = 3
    static let heartbeat: UInt8 = 8

    /// What a client sends first: "AMQP", then the protocol version 0-9-1.
    static let protocolHeader: [UInt8] = [0x41, 0x4D, 0x51, 0x50, 0, 0, 9, 1]
}

/// How a peer broke the framing or the order of frames. The connection can't go on after it.
public enum ProtocolViolation: Error, Sendable, Equatable, CustomStringConvertible {
    /// The peer answered with its own protocol header: it does not speak AMQP 0-9-1, or not on this port.
    case protocolHeader
    /// A frame type that AMQP 0-9-1 does not have.
    case unknownFrameType(UInt8)
    /// A frame with a payload larger than was negotiated.
    case frameTooLarge(size: Int, maximum: Int)
    /// A frame whose last octet is not the frame end.
    case frameEnd(found: UInt8)
    /// A frame on a channel that is not open.
    case closedChannel(UInt16)
    /// A content header or body that no method announced, or a method where a content was awaited.
    case unexpectedFrame(type: UInt8, channel: UInt16)
    /// A body that is longer than its header announced.
    case bodyTooLong(channel: UInt16)
    /// A body that is larger than any broker's limit.
    case bodyTooLarge(size: UInt64, maximum: Int)
    /// A method that can't be decoded.
    case malformed(WireError)
    /// A method that the state of the connection or channel does not allow.
    case unexpectedMethod(String)
    /// A delivery for a consumer that this side never started on the channel.
    case unknownConsumer(channel: UInt16)
    /// The peer asks for answers, and does not read them.
    case unreadAnswers

    public var description: String {
        switch self {
        case .protocolHeader: "the peer answered with a protocol header: it does not accept AMQP 0-9-1 on this port"
        case .unknownFrameType(let type): "a frame of unknown type \(type)"
        case .frameTooLarge(let size, let maximum): "a frame of \(size) bytes where \(maximum) were negotiated"
        case .frameEnd(let found): "a frame that ends with \(found) instead of 206"
        case .closedChannel(let channel): "a frame on channel \(channel), which is not open"
        case .unexpectedFrame(let type, let channel): "a frame of type \(type) out of order on channel \(channel)"
        case .bodyTooLong(let channel): "a body longer than announced on channel \(channel)"
        case .bodyTooLarge(let size, let maximum): "a body of \(size) bytes, the limit is \(maximum)"
        case .malformed(let error): "a method that can't be decoded: \(error)"
        case .unexpectedMethod(let method): "the method \(method) out of order"
        case .unknownConsumer(let channel): "a delivery on channel \(channel) for a consumer that was never started"
        case .unreadAnswers: "requests whose answers the peer does not read"
        }
    }
}
