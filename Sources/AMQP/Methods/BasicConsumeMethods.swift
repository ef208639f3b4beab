/// `basic.qos`. Limits how many deliveries may wait for an acknowledgement.
struct BasicQos: MethodArguments {
    /// A limit in bytes, which RabbitMQ refuses unless 0.
    var prefetchSize: UInt32 = 0
    /// A limit in messages; 0 for no limit.
    var prefetchCount: UInt16 = 0
    /// With RabbitMQ: whether the limit is for the channel, rather than for each consumer made later.
    var global = false

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.integer(&prefetchSize, "prefetch size")
        try coder.integer(&prefetchCount, "prefetch count")
        try coder.bit(&global)
    }
}

/// `basic.qos-ok`. The limit is set.
struct BasicQosOK: MethodArguments {}

/// `basic.consume`. Starts a consumer.
struct BasicConsume: MethodArguments {
    /// The queue's name; empty for the queue this channel declared last.
    var queue = ""
    /// The consumer's tag; empty to have the server choose one.
    var consumerTag = ""
    /// Whether not to deliver what this connection published. RabbitMQ ignores it.
    var noLocal = false
    /// Whether the server takes a delivery for acknowledged as soon as it is sent.
    var noAck = false
    /// Whether no other consumer may use the queue.
    var exclusive = false
    /// Whether the server sends no answer if all is well.
    var noWait = false
    /// Arguments beyond the protocol's own, such as `x-stream-offset`.
    var arguments: FieldTable = [:]

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reserved(UInt16.self)
        try coder.shortString(&queue)
        try coder.shortString(&consumerTag)
        try coder.bit(&noLocal)
        try coder.bit(&noAck)
        try coder.bit(&exclusive)
        try coder.bit(&noWait)
        try coder.table(&arguments)
    }
}

/// `basic.consume-ok`. The consumer has started.
struct BasicConsumeOK: MethodArguments {
    /// The consumer's tag, unique on its channel.
    var consumerTag = ""

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.shortString(&consumerTag)
    }
}

/// `basic.cancel`. Ends a consumer. The server sends it too, if the client can take it, when a queue goes away.
struct BasicCancel: MethodArguments {
    /// The consumer's tag, unique on its channel.
    var consumerTag = ""
    /// Whether the server sends no answer if all is well.
    var noWait = false

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.shortString(&consumerTag)
        try coder.bit(&noWait)
    }
}

/// `basic.cancel-ok`. The consumer has ended.
struct BasicCancelOK: MethodArguments {
    /// The consumer's tag, unique on its channel.
    var consumerTag = ""

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.shortString(&consumerTag)
    }
}

/// `basic.deliver`. A message for a consumer. Its content follows.
struct BasicDeliver: MethodArguments {
    /// The consumer's tag, unique on its channel.
    var consumerTag = ""
    /// The delivery's number, counted from 1 on its channel.
    var deliveryTag: UInt64 = 0
    /// Whether the message may have been delivered before.
    var redelivered = false
    /// The exchange that the message was published to; empty for the default exchange.
    var exchange = ""
    /// The routing key that the message was published with.
    var routingKey = ""

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.shortString(&consumerTag)
        try coder.integer(&deliveryTag, "delivery tag")
        try coder.bit(&redelivered)
        try coder.shortString(&exchange)
        try coder.shortString(&routingKey)
    }
}
