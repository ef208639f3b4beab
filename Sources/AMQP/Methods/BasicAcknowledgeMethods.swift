/// `basic.ack`. Acknowledges deliveries; from the server, confirms publishes.
struct BasicAck: MethodArguments {
    /// The number of the delivery or publish, counted from 1 on its channel.
    var deliveryTag: UInt64 = 0
    /// Whether it also speaks for all earlier ones that are open; with a tag of 0, for all of them.
    var multiple = false

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.integer(&deliveryTag, "delivery tag")
        try coder.bit(&multiple)
    }
}

/// `basic.reject`. Rejects one delivery.
struct BasicReject: MethodArguments {
    /// The delivery's number, counted from 1 on its channel.
    var deliveryTag: UInt64 = 0
    /// Whether the message goes back to its queue, rather than being dropped or dead-lettered.
    var requeue = true

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.integer(&deliveryTag, "delivery tag")
        try coder.bit(&requeue)
    }
}

/// `basic.nack`. Rejects deliveries; from the server, says that it could not take charge of publishes.
struct BasicNack: MethodArguments {
    /// The number of the delivery or publish, counted from 1 on its channel.
    var deliveryTag: UInt64 = 0
    /// Whether it also speaks for all earlier ones that are open; with a tag of 0, for all of them.
    var multiple = false
    /// Whether the message goes back to its queue, rather than being dropped or dead-lettered.
    var requeue = true

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.integer(&deliveryTag, "delivery tag")
        try coder.bit(&multiple)
        try coder.bit(&requeue)
    }
}

/// `basic.recover-async`. Asks for all deliveries without an acknowledgement to be delivered again, without an answer.
struct BasicRecoverAsync: MethodArguments {
    /// Whether the messages go back to their queues. RabbitMQ refuses anything else.
    var requeue = true

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.bit(&requeue)
    }
}

/// `basic.recover`. Asks for all deliveries without an acknowledgement to be delivered again.
struct BasicRecover: MethodArguments {
    /// Whether the messages go back to their queues. RabbitMQ refuses anything else.
    var requeue = true

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.bit(&requeue)
    }
}

/// `basic.recover-ok`. The deliveries are back in their queues.
struct BasicRecoverOK: MethodArguments {}
