import NIOCore

/// What a broker sends.
enum BrokerFrame: Sendable, Equatable {
    case response(CommandKey, Response, correlation: UInt32)
    /// Close, or consumer update.
    case request(Request, correlation: UInt32)
    case publishConfirm(publisher: UInt8, PublishingIDs)
    case publishError(publisher: UInt8, [PublishRefusal])
    /// A chunk, not decoded; the committed offset since version 2 of the command.
    case deliver(subscription: UInt8, committedOffset: UInt64?, chunk: ByteBuffer)
    /// Sent only where credit is refused.
    case creditResponse(subscription: UInt8, ResponseCode)
    case metadataUpdate(stream: String, ResponseCode)
    case tune(frameMaximum: UInt32, heartbeat: UInt32)
    case heartbeat
    /// A command, or a version of one, that this library does not know. Where the protocol wants an answer to it, the
    /// correlation id to answer with.
    case unknown(key: UInt16, version: UInt16, correlation: UInt32?)

    /// Reads a frame without its length. Bytes after what is known are left: a later version may add some.
    init(reading frame: ByteBuffer) throws(StreamWireError) {
        var buffer = frame
        let rawKey: UInt16 = try buffer.readStreamInteger("key")
        let version: UInt16 = try buffer.readStreamInteger("version")
        let isResponse = rawKey & CommandKey.responseBit != 0
        guard let key = CommandKey(rawValue: rawKey & ~CommandKey.responseBit) else {
            self = .unknown(key: rawKey, version: version, correlation: nil)
            return
        }
        guard version == 1 || version == 2 && key == .deliver else {
            let isAsked = !isResponse && key.isAnswered
            let correlation = isAsked ? buffer.readInteger(as: UInt32.self) : nil
            self = .unknown(key: rawKey, version: version, correlation: correlation)
            return
        }
        if key == .tune {
            // A request without a correlation id, and some call the same a response.
            let frameMaximum: UInt32 = try buffer.readStreamInteger("frame max")
            self = .tune(frameMaximum: frameMaximum, heartbeat: try buffer.readStreamInteger("heartbeat"))
        } else if isResponse || key == .route || key == .partitions {
            // Brokers ask neither of the two, and 3.10 leaves the bit of an answer out of its answers to them.
            self = try Self.response(key, &buffer, version)
        } else {
            self = try Self.command(key, &buffer, version)
        }
    }

    private static func response(
        _ key: CommandKey,
        _ buffer: inout ByteBuffer,
        _ version: UInt16
    ) throws(StreamWireError) -> BrokerFrame {
        if key == .credit {
            let code = ResponseCode(rawValue: try buffer.readStreamInteger("response code"))
            return .creditResponse(subscription: try buffer.readStreamInteger("subscription id"), code)
        }
        guard key.isAnswered else {
            return .unknown(key: key.rawValue | CommandKey.responseBit, version: version, correlation: nil)
        }
        let correlation: UInt32 = try buffer.readStreamInteger("correlation id")
        return .response(key, try Response.read(key, from: &buffer), correlation: correlation)
    }

    private static func command(
        _ key: CommandKey,
        _ buffer: inout ByteBuffer,
        _ version: UInt16
    ) throws(StreamWireError) -> BrokerFrame {
        switch key {
        case .deliver:
            let subscription: UInt8 = try buffer.readStreamInteger("subscription id")
            let committed: UInt64? = version == 2 ? try buffer.readStreamInteger("committed offset") : nil
            return .deliver(subscription: subscription, committedOffset: committed, chunk: buffer)
        case .publishConfirm:
            let publisher: UInt8 = try buffer.readStreamInteger("publisher id")
            return .publishConfirm(publisher: publisher, try PublishingIDs(from: &buffer))
        case .publishError:
            let publisher: UInt8 = try buffer.readStreamInteger("publisher id")
            let refusals = try buffer.readStreamArray("publish errors", minimum: 10) { buffer throws(StreamWireError) in
                PublishRefusal(
                    publishingID: try buffer.readStreamInteger("publishing id"),
                    code: ResponseCode(rawValue: try buffer.readStreamInteger("code"))
                )
            }
            return .publishError(publisher: publisher, refusals)
        case .metadataUpdate:
            let code = ResponseCode(rawValue: try buffer.readStreamInteger("code"))
            return .metadataUpdate(stream: try buffer.readName("stream name"), code)
        case .heartbeat:
            return .heartbeat
        case .close, .consumerUpdate:
            let correlation: UInt32 = try buffer.readStreamInteger("correlation id")
            guard let request = try Request.read(key, from: &buffer) else { throw .invalid(what: "key") }
            return .request(request, correlation: correlation)
        default:
            let correlation = key.isAnswered ? buffer.readInteger(as: UInt32.self) : nil
            return .unknown(key: key.rawValue, version: version, correlation: correlation)
        }
    }
}

/// The publishing ids that a broker confirms in one frame, in the order in which it names them. They share the frame's
/// storage.
public struct PublishingIDs: Sendable, Hashable, RandomAccessCollection {
    private let bytes: ByteBuffer

    init(from buffer: inout ByteBuffer) throws(StreamWireError) {
        let count: Int32 = try buffer.readStreamInteger("publishing ids")
        guard count >= 0, let bytes = buffer.readSlice(length: Int(count) * 8) else {
            throw .truncated(what: "publishing ids")
        }
        self.bytes = bytes
    }

    /// Makes a list of ids, as tests do.
    public init(_ ids: [UInt64]) {
        var bytes = ByteBuffer()
        for id in ids { bytes.writeInteger(id) }
        self.bytes = bytes
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { bytes.readableBytes / 8 }

    public subscript(position: Int) -> UInt64 {
        precondition(position >= 0 && position < endIndex, "index out of range")
        return bytes.getInteger(at: bytes.readerIndex + position * 8) ?? 0
    }

    func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(Int32(clamping: count))
        buffer.writeImmutableBuffer(bytes)
    }
}

/// A message or sub-batch that the broker did not take.
public struct PublishRefusal: Sendable, Hashable {
    /// Which.
    public var publishingID: UInt64
    /// Why.
    public var code: ResponseCode

    /// Makes a refusal, as tests do.
    public init(publishingID: UInt64, code: ResponseCode) {
        self.publishingID = publishingID
        self.code = code
    }
}
