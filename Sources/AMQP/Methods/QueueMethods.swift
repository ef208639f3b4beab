/// `queue.declare`. Creates a queue, or checks that it exists with these settings.
struct QueueDeclare: MethodArguments {
    /// The queue's name; empty to have the server choose one.
    var queue = ""
    /// Whether to only ask if it exists.
    var passive = false
    /// Whether it survives a restart of the server.
    var durable = false
    /// Whether it belongs to this connection and ends with it.
    var exclusive = false
    /// Whether it is deleted after its last use.
    var autoDelete = false
    /// Whether the server sends no answer if all is well.
    var noWait = false
    /// Arguments beyond the protocol's own, such as `x-queue-type`.
    var arguments: FieldTable = [:]

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reserved(UInt16.self)
        try coder.shortString(&queue)
        try coder.bit(&passive)
        try coder.bit(&durable)
        try coder.bit(&exclusive)
        try coder.bit(&autoDelete)
        try coder.bit(&noWait)
        try coder.table(&arguments)
    }
}

/// `queue.declare-ok`. The queue exists.
struct QueueDeclareOK: MethodArguments {
    /// The queue's name, chosen by the server if ``QueueDeclare/queue`` was empty.
    var queue = ""
    /// How many messages are ready in it.
    var messageCount: UInt32 = 0
    /// How many consumers it has.
    var consumerCount: UInt32 = 0

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.shortString(&queue)
        try coder.integer(&messageCount, "message count")
        try coder.integer(&consumerCount, "consumer count")
    }
}

/// `queue.bind`. Binds a queue to an exchange.
struct QueueBind: MethodArguments {
    /// The queue's name; empty for the queue this channel declared last.
    var queue = ""
    /// The exchange's name.
    var exchange = ""
    /// The routing key.
    var routingKey = ""
    /// Whether the server sends no answer if all is well.
    var noWait = false
    /// What a headers exchange matches on.
    var arguments: FieldTable = [:]

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reserved(UInt16.self)
        try coder.shortString(&queue)
        try coder.shortString(&exchange)
        try coder.shortString(&routingKey)
        try coder.bit(&noWait)
        try coder.table(&arguments)
    }
}

/// `queue.bind-ok`. The binding exists.
struct QueueBindOK: MethodArguments {}

/// `queue.unbind`. Removes a binding between a queue and an exchange. It is always answered.
struct QueueUnbind: MethodArguments {
    /// The queue's name; empty for the queue this channel declared last.
    var queue = ""
    /// The exchange's name.
    var exchange = ""
    /// The routing key.
    var routingKey = ""
    /// The arguments that the binding was made with.
    var arguments: FieldTable = [:]

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reserved(UInt16.self)
        try coder.shortString(&queue)
        try coder.shortString(&exchange)
        try coder.shortString(&routingKey)
        try coder.table(&arguments)
    }
}

/// `queue.unbind-ok`. The binding is gone.
struct QueueUnbindOK: MethodArguments {}

/// `queue.purge`. Drops all messages that are ready in a queue.
struct QueuePurge: MethodArguments {
    /// The queue's name; empty for the queue this channel declared last.
    var queue = ""
    /// Whether the server sends no answer if all is well.
    var noWait = false

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reserved(UInt16.self)
        try coder.shortString(&queue)
        try coder.bit(&noWait)
    }
}

/// `queue.purge-ok`. The queue has been purged.
struct QueuePurgeOK: MethodArguments {
    /// How many messages were dropped.
    var messageCount: UInt32 = 0

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.integer(&messageCount, "message count")
    }
}

/// `queue.delete`. Deletes a queue with the messages in it.
struct QueueDelete: MethodArguments {
    /// The queue's name; empty for the queue this channel declared last.
    var queue = ""
    /// Whether to refuse if it has consumers.
    var ifUnused = false
    /// Whether to refuse if it has messages.
    var ifEmpty = false
    /// Whether the server sends no answer if all is well.
    var noWait = false

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reserved(UInt16.self)
        try coder.shortString(&queue)
        try coder.bit(&ifUnused)
        try coder.bit(&ifEmpty)
        try coder.bit(&noWait)
    }
}

/// `queue.delete-ok`. The queue is gone.
struct QueueDeleteOK: MethodArguments {
    /// How many messages went with it.
    var messageCount: UInt32 = 0

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.integer(&messageCount, "message count")
    }
}
