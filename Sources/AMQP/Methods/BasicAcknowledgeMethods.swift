import NIOCore

/// `basic.ack`. Acknowledges deliveries; from the server, confirms publishes.
struct BasicAck: MethodArguments {
    /// 60.80, `basic.ack`.
    static let id = MethodID.basicAck

    /// The number of the delivery or publish, counted from 1 on its channel.
    var deliveryTag: UInt64
    /// Whether it also speaks for all earlier ones that are open; with a tag of 0, for all of them.
    var multiple: Bool

    /// The method with these arguments.
    init(deliveryTag: UInt64, multiple: Bool = false) {
        self.deliveryTag = deliveryTag
        self.multiple = multiple
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        deliveryTag = try buffer.readAMQPInteger("delivery tag")
        multiple = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(deliveryTag)
        buffer.writeInteger(multiple ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .basicAck(self) }
}

/// `basic.reject`. Rejects one delivery.
struct BasicReject: MethodArguments {
    /// 60.90, `basic.reject`.
    static let id = MethodID.basicReject

    /// The delivery's number, counted from 1 on its channel.
    var deliveryTag: UInt64
    /// Whether the message goes back to its queue, rather than being dropped or dead-lettered.
    var requeue: Bool

    /// The method with these arguments.
    init(deliveryTag: UInt64, requeue: Bool = true) {
        self.deliveryTag = deliveryTag
        self.requeue = requeue
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        deliveryTag = try buffer.readAMQPInteger("delivery tag")
        requeue = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(deliveryTag)
        buffer.writeInteger(requeue ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .basicReject(self) }
}

/// `basic.nack`. Rejects deliveries; from the server, says that it could not take charge of publishes.
struct BasicNack: MethodArguments {
    /// 60.120, `basic.nack`.
    static let id = MethodID.basicNack

    /// The number of the delivery or publish, counted from 1 on its channel.
    var deliveryTag: UInt64
    /// Whether it also speaks for all earlier ones that are open; with a tag of 0, for all of them.
    var multiple: Bool
    /// Whether the message goes back to its queue, rather than being dropped or dead-lettered.
    var requeue: Bool

    /// The method with these arguments.
    init(deliveryTag: UInt64, multiple: Bool = false, requeue: Bool = true) {
        self.deliveryTag = deliveryTag
        self.multiple = multiple
        self.requeue = requeue
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        deliveryTag = try buffer.readAMQPInteger("delivery tag")
        let bits: UInt8 = try buffer.readAMQPInteger("bits")
        multiple = bits & 1 != 0
        requeue = bits & 2 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(deliveryTag)
        var bits: UInt8 = 0
        if multiple { bits |= 1 }
        if requeue { bits |= 2 }
        buffer.writeInteger(bits)
    }

    /// The method, wrapped.
    var method: Method { .basicNack(self) }
}

/// `basic.recover-async`. Asks for all deliveries without an acknowledgement to be delivered again, without an answer.
struct BasicRecoverAsync: MethodArguments {
    /// 60.100, `basic.recover-async`.
    static let id = MethodID.basicRecoverAsync

    /// Whether the messages go back to their queues. RabbitMQ refuses anything else.
    var requeue: Bool

    /// The method with these arguments.
    init(requeue: Bool = true) {
        self.requeue = requeue
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        requeue = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(requeue ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .basicRecoverAsync(self) }
}

/// `basic.recover`. Asks for all deliveries without an acknowledgement to be delivered again.
struct BasicRecover: MethodArguments {
    /// 60.110, `basic.recover`.
    static let id = MethodID.basicRecover

    /// Whether the messages go back to their queues. RabbitMQ refuses anything else.
    var requeue: Bool

    /// The method with these arguments.
    init(requeue: Bool = true) {
        self.requeue = requeue
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        requeue = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(requeue ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .basicRecover(self) }
}

/// `basic.recover-ok`. The deliveries are back in their queues.
struct BasicRecoverOK: MethodArguments {
    /// 60.111, `basic.recover-ok`.
    static let id = MethodID.basicRecoverOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .basicRecoverOK(self) }
}
