import NIOCore

/// `basic.qos`. Limits how many deliveries may wait for an acknowledgement.
struct BasicQos: MethodArguments {
    /// 60.10, `basic.qos`.
    static let id = MethodID.basicQos

    /// A limit in bytes, which RabbitMQ refuses unless 0.
    var prefetchSize: UInt32
    /// A limit in messages; 0 for no limit.
    var prefetchCount: UInt16
    /// With RabbitMQ: whether the limit is for the channel, rather than for each consumer made later.
    var global: Bool

    /// The method with these arguments.
    init(prefetchSize: UInt32 = 0, prefetchCount: UInt16, global: Bool = false) {
        self.prefetchSize = prefetchSize
        self.prefetchCount = prefetchCount
        self.global = global
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        prefetchSize = try buffer.readAMQPInteger("prefetch size")
        prefetchCount = try buffer.readAMQPInteger("prefetch count")
        global = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(prefetchSize)
        buffer.writeInteger(prefetchCount)
        buffer.writeInteger(global ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .basicQos(self) }
}

/// `basic.qos-ok`. The limit is set.
struct BasicQosOK: MethodArguments {
    /// 60.11, `basic.qos-ok`.
    static let id = MethodID.basicQosOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .basicQosOK(self) }
}

/// `basic.consume`. Starts a consumer.
struct BasicConsume: MethodArguments {
    /// 60.20, `basic.consume`.
    static let id = MethodID.basicConsume

    /// The queue's name; empty for the queue this channel declared last.
    var queue: String
    /// The consumer's tag; empty to have the server choose one.
    var consumerTag: String
    /// Whether not to deliver what this connection published. RabbitMQ ignores it.
    var noLocal: Bool
    /// Whether the server takes a delivery for acknowledged as soon as it is sent.
    var noAck: Bool
    /// Whether no other consumer may use the queue.
    var exclusive: Bool
    /// Whether the server sends no answer if all is well.
    var noWait: Bool
    /// Arguments beyond the protocol's own, such as `x-stream-offset`.
    var arguments: FieldTable

    /// The method with these arguments.
    init(
        queue: String,
        consumerTag: String = "",
        noLocal: Bool = false,
        noAck: Bool = false,
        exclusive: Bool = false,
        noWait: Bool = false,
        arguments: FieldTable = [:]
    ) {
        self.queue = queue
        self.consumerTag = consumerTag
        self.noLocal = noLocal
        self.noAck = noAck
        self.exclusive = exclusive
        self.noWait = noWait
        self.arguments = arguments
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        queue = try buffer.readAMQPShortString()
        consumerTag = try buffer.readAMQPShortString()
        let bits: UInt8 = try buffer.readAMQPInteger("bits")
        noLocal = bits & 1 != 0
        noAck = bits & 2 != 0
        exclusive = bits & 4 != 0
        noWait = bits & 8 != 0
        arguments = try buffer.readAMQPTable()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(queue)
        try buffer.writeAMQPShortString(consumerTag)
        var bits: UInt8 = 0
        if noLocal { bits |= 1 }
        if noAck { bits |= 2 }
        if exclusive { bits |= 4 }
        if noWait { bits |= 8 }
        buffer.writeInteger(bits)
        try buffer.writeAMQPTable(arguments)
    }

    /// The method, wrapped.
    var method: Method { .basicConsume(self) }
}

/// `basic.consume-ok`. The consumer has started.
struct BasicConsumeOK: MethodArguments {
    /// 60.21, `basic.consume-ok`.
    static let id = MethodID.basicConsumeOK

    /// The consumer's tag, unique on its channel.
    var consumerTag: String

    /// The method with these arguments.
    init(consumerTag: String) {
        self.consumerTag = consumerTag
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        consumerTag = try buffer.readAMQPShortString()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAMQPShortString(consumerTag)
    }

    /// The method, wrapped.
    var method: Method { .basicConsumeOK(self) }
}

/// `basic.cancel`. Ends a consumer. The server sends it too, if the client can take it, when a queue goes away.
struct BasicCancel: MethodArguments {
    /// 60.30, `basic.cancel`.
    static let id = MethodID.basicCancel

    /// The consumer's tag, unique on its channel.
    var consumerTag: String
    /// Whether the server sends no answer if all is well.
    var noWait: Bool

    /// The method with these arguments.
    init(consumerTag: String, noWait: Bool = false) {
        self.consumerTag = consumerTag
        self.noWait = noWait
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        consumerTag = try buffer.readAMQPShortString()
        noWait = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAMQPShortString(consumerTag)
        buffer.writeInteger(noWait ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .basicCancel(self) }
}

/// `basic.cancel-ok`. The consumer has ended.
struct BasicCancelOK: MethodArguments {
    /// 60.31, `basic.cancel-ok`.
    static let id = MethodID.basicCancelOK

    /// The consumer's tag, unique on its channel.
    var consumerTag: String

    /// The method with these arguments.
    init(consumerTag: String) {
        self.consumerTag = consumerTag
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        consumerTag = try buffer.readAMQPShortString()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAMQPShortString(consumerTag)
    }

    /// The method, wrapped.
    var method: Method { .basicCancelOK(self) }
}

/// `basic.deliver`. A message for a consumer. Its content follows.
struct BasicDeliver: MethodArguments {
    /// 60.60, `basic.deliver`.
    static let id = MethodID.basicDeliver

    /// The consumer's tag, unique on its channel.
    var consumerTag: String
    /// The delivery's number, counted from 1 on its channel.
    var deliveryTag: UInt64
    /// Whether the message may have been delivered before.
    var redelivered: Bool
    /// The exchange that the message was published to; empty for the default exchange.
    var exchange: String
    /// The routing key that the message was published with.
    var routingKey: String

    /// The method with these arguments.
    init(
        consumerTag: String,
        deliveryTag: UInt64,
        redelivered: Bool = false,
        exchange: String,
        routingKey: String
    ) {
        self.consumerTag = consumerTag
        self.deliveryTag = deliveryTag
        self.redelivered = redelivered
        self.exchange = exchange
        self.routingKey = routingKey
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        consumerTag = try buffer.readAMQPShortString()
        deliveryTag = try buffer.readAMQPInteger("delivery tag")
        redelivered = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
        exchange = try buffer.readAMQPShortString()
        routingKey = try buffer.readAMQPShortString()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAMQPShortString(consumerTag)
        buffer.writeInteger(deliveryTag)
        buffer.writeInteger(redelivered ? 1 : 0, as: UInt8.self)
        try buffer.writeAMQPShortString(exchange)
        try buffer.writeAMQPShortString(routingKey)
    }

    /// The method, wrapped.
    var method: Method { .basicDeliver(self) }
}
