import NIOCore

/// `basic.get`. Asks for one message.
public struct BasicGet: MethodArguments {
    /// 60.70, `basic.get`.
    public static let id = MethodID.basicGet

    /// The queue's name; empty for the queue this channel declared last.
    public var queue: String
    /// Whether the server takes the message for acknowledged as soon as it is sent.
    public var noAck: Bool

    /// The method with these arguments.
    public init(queue: String, noAck: Bool = false) {
        self.queue = queue
        self.noAck = noAck
    }

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        queue = try buffer.readAMQPShortString()
        noAck = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(queue)
        buffer.writeInteger(noAck ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    public var method: Method { .basicGet(self) }
}

/// `basic.get-ok`. The message that ``BasicGet`` asked for. Its content follows.
public struct BasicGetOK: MethodArguments {
    /// 60.71, `basic.get-ok`.
    public static let id = MethodID.basicGetOK

    /// The delivery's number, counted from 1 on its channel.
    public var deliveryTag: UInt64
    /// Whether the message may have been delivered before.
    public var redelivered: Bool
    /// The exchange that the message was published to; empty for the default exchange.
    public var exchange: String
    /// The routing key that the message was published with.
    public var routingKey: String
    /// How many messages are left ready in the queue.
    public var messageCount: UInt32

    /// The method with these arguments.
    public init(
        deliveryTag: UInt64,
        redelivered: Bool = false,
        exchange: String,
        routingKey: String,
        messageCount: UInt32
    ) {
        self.deliveryTag = deliveryTag
        self.redelivered = redelivered
        self.exchange = exchange
        self.routingKey = routingKey
        self.messageCount = messageCount
    }

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        deliveryTag = try buffer.readAMQPInteger("delivery tag")
        redelivered = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
        exchange = try buffer.readAMQPShortString()
        routingKey = try buffer.readAMQPShortString()
        messageCount = try buffer.readAMQPInteger("message count")
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(deliveryTag)
        buffer.writeInteger(redelivered ? 1 : 0, as: UInt8.self)
        try buffer.writeAMQPShortString(exchange)
        try buffer.writeAMQPShortString(routingKey)
        buffer.writeInteger(messageCount)
    }

    /// The method, wrapped.
    public var method: Method { .basicGetOK(self) }
}

/// `basic.get-empty`. The queue that ``BasicGet`` asked has no message ready.
public struct BasicGetEmpty: MethodArguments {
    /// 60.72, `basic.get-empty`.
    public static let id = MethodID.basicGetEmpty

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPShortStringBytes()
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt8.self)
    }

    /// The method, wrapped.
    public var method: Method { .basicGetEmpty(self) }
}
