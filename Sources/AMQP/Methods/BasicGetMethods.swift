import NIOCore

/// `basic.get`. Asks for one message.
struct BasicGet: MethodArguments {
    /// 60.70, `basic.get`.
    static let id = MethodID.basicGet

    /// The queue's name; empty for the queue this channel declared last.
    var queue: String
    /// Whether the server takes the message for acknowledged as soon as it is sent.
    var noAck: Bool

    /// The method with these arguments.
    init(queue: String, noAck: Bool = false) {
        self.queue = queue
        self.noAck = noAck
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        queue = try buffer.readAMQPShortString()
        noAck = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(queue)
        buffer.writeInteger(noAck ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .basicGet(self) }
}

/// `basic.get-ok`. The message that ``BasicGet`` asked for. Its content follows.
struct BasicGetOK: MethodArguments {
    /// 60.71, `basic.get-ok`.
    static let id = MethodID.basicGetOK

    /// The delivery's number, counted from 1 on its channel.
    var deliveryTag: UInt64
    /// Whether the message may have been delivered before.
    var redelivered: Bool
    /// The exchange that the message was published to; empty for the default exchange.
    var exchange: String
    /// The routing key that the message was published with.
    var routingKey: String
    /// How many messages are left ready in the queue.
    var messageCount: UInt32

    /// The method with these arguments.
    init(
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
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        deliveryTag = try buffer.readAMQPInteger("delivery tag")
        redelivered = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
        exchange = try buffer.readAMQPShortString()
        routingKey = try buffer.readAMQPShortString()
        messageCount = try buffer.readAMQPInteger("message count")
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(deliveryTag)
        buffer.writeInteger(redelivered ? 1 : 0, as: UInt8.self)
        try buffer.writeAMQPShortString(exchange)
        try buffer.writeAMQPShortString(routingKey)
        buffer.writeInteger(messageCount)
    }

    /// The method, wrapped.
    var method: Method { .basicGetOK(self) }
}

/// `basic.get-empty`. The queue that ``BasicGet`` asked has no message ready.
struct BasicGetEmpty: MethodArguments {
    /// 60.72, `basic.get-empty`.
    static let id = MethodID.basicGetEmpty

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPShortStringBytes()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .basicGetEmpty(self) }
}
