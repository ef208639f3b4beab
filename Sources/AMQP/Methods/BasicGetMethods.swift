/// `basic.get`. Asks for one message.
struct BasicGet: MethodArguments {
    /// The queue's name; empty for the queue this channel declared last.
    var queue = ""
    /// Whether the server takes the message for acknowledged as soon as it is sent.
    var noAck = false

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reserved(UInt16.self)
        try coder.shortString(&queue)
        try coder.bit(&noAck)
    }
}

/// `basic.get-ok`. The message that ``BasicGet`` asked for. Its content follows.
struct BasicGetOK: MethodArguments {
    /// The delivery's number, counted from 1 on its channel.
    var deliveryTag: UInt64 = 0
    /// Whether the message may have been delivered before.
    var redelivered = false
    /// The exchange that the message was published to; empty for the default exchange.
    var exchange = ""
    /// The routing key that the message was published with.
    var routingKey = ""
    /// How many messages are left ready in the queue.
    var messageCount: UInt32 = 0

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.integer(&deliveryTag, "delivery tag")
        try coder.bit(&redelivered)
        try coder.shortString(&exchange)
        try coder.shortString(&routingKey)
        try coder.integer(&messageCount, "message count")
    }
}

/// `basic.get-empty`. The queue that ``BasicGet`` asked has no message ready.
struct BasicGetEmpty: MethodArguments {
    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reservedShortString()
    }
}
