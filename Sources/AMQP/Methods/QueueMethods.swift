import NIOCore

/// `queue.declare`. Creates a queue, or checks that it exists with these settings.
struct QueueDeclare: MethodArguments {
    /// 50.10, `queue.declare`.
    static let id = MethodID.queueDeclare

    /// The queue's name; empty to have the server choose one.
    var queue: String
    /// Whether to only ask if it exists.
    var passive: Bool
    /// Whether it survives a restart of the server.
    var durable: Bool
    /// Whether it belongs to this connection and ends with it.
    var exclusive: Bool
    /// Whether it is deleted after its last use.
    var autoDelete: Bool
    /// Whether the server sends no answer if all is well.
    var noWait: Bool
    /// Arguments beyond the protocol's own, such as `x-queue-type`.
    var arguments: FieldTable

    /// The method with these arguments.
    init(
        queue: String = "",
        passive: Bool = false,
        durable: Bool = false,
        exclusive: Bool = false,
        autoDelete: Bool = false,
        noWait: Bool = false,
        arguments: FieldTable = [:]
    ) {
        self.queue = queue
        self.passive = passive
        self.durable = durable
        self.exclusive = exclusive
        self.autoDelete = autoDelete
        self.noWait = noWait
        self.arguments = arguments
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        queue = try buffer.readAMQPShortString()
        let bits: UInt8 = try buffer.readAMQPInteger("bits")
        passive = bits & 1 != 0
        durable = bits & 2 != 0
        exclusive = bits & 4 != 0
        autoDelete = bits & 8 != 0
        noWait = bits & 16 != 0
        arguments = try buffer.readAMQPTable()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(queue)
        var bits: UInt8 = 0
        if passive { bits |= 1 }
        if durable { bits |= 2 }
        if exclusive { bits |= 4 }
        if autoDelete { bits |= 8 }
        if noWait { bits |= 16 }
        buffer.writeInteger(bits)
        try buffer.writeAMQPTable(arguments)
    }

    /// The method, wrapped.
    var method: Method { .queueDeclare(self) }
}

/// `queue.declare-ok`. The queue exists.
struct QueueDeclareOK: MethodArguments {
    /// 50.11, `queue.declare-ok`.
    static let id = MethodID.queueDeclareOK

    /// The queue's name, chosen by the server if ``QueueDeclare/queue`` was empty.
    var queue: String
    /// How many messages are ready in it.
    var messageCount: UInt32
    /// How many consumers it has.
    var consumerCount: UInt32

    /// The method with these arguments.
    init(queue: String, messageCount: UInt32, consumerCount: UInt32) {
        self.queue = queue
        self.messageCount = messageCount
        self.consumerCount = consumerCount
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        queue = try buffer.readAMQPShortString()
        messageCount = try buffer.readAMQPInteger("message count")
        consumerCount = try buffer.readAMQPInteger("consumer count")
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAMQPShortString(queue)
        buffer.writeInteger(messageCount)
        buffer.writeInteger(consumerCount)
    }

    /// The method, wrapped.
    var method: Method { .queueDeclareOK(self) }
}

/// `queue.bind`. Binds a queue to an exchange.
struct QueueBind: MethodArguments {
    /// 50.20, `queue.bind`.
    static let id = MethodID.queueBind

    /// The queue's name; empty for the queue this channel declared last.
    var queue: String
    /// The exchange's name.
    var exchange: String
    /// The routing key.
    var routingKey: String
    /// Whether the server sends no answer if all is well.
    var noWait: Bool
    /// What a headers exchange matches on.
    var arguments: FieldTable

    /// The method with these arguments.
    init(
        queue: String,
        exchange: String,
        routingKey: String = "",
        noWait: Bool = false,
        arguments: FieldTable = [:]
    ) {
        self.queue = queue
        self.exchange = exchange
        self.routingKey = routingKey
        self.noWait = noWait
        self.arguments = arguments
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        queue = try buffer.readAMQPShortString()
        exchange = try buffer.readAMQPShortString()
        routingKey = try buffer.readAMQPShortString()
        noWait = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
        arguments = try buffer.readAMQPTable()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(queue)
        try buffer.writeAMQPShortString(exchange)
        try buffer.writeAMQPShortString(routingKey)
        buffer.writeInteger(noWait ? 1 : 0, as: UInt8.self)
        try buffer.writeAMQPTable(arguments)
    }

    /// The method, wrapped.
    var method: Method { .queueBind(self) }
}

/// `queue.bind-ok`. The binding exists.
struct QueueBindOK: MethodArguments {
    /// 50.21, `queue.bind-ok`.
    static let id = MethodID.queueBindOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .queueBindOK(self) }
}

/// `queue.unbind`. Removes a binding between a queue and an exchange. It is always answered.
struct QueueUnbind: MethodArguments {
    /// 50.50, `queue.unbind`.
    static let id = MethodID.queueUnbind

    /// The queue's name; empty for the queue this channel declared last.
    var queue: String
    /// The exchange's name.
    var exchange: String
    /// The routing key.
    var routingKey: String
    /// The arguments that the binding was made with.
    var arguments: FieldTable

    /// The method with these arguments.
    init(queue: String, exchange: String, routingKey: String = "", arguments: FieldTable = [:]) {
        self.queue = queue
        self.exchange = exchange
        self.routingKey = routingKey
        self.arguments = arguments
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        queue = try buffer.readAMQPShortString()
        exchange = try buffer.readAMQPShortString()
        routingKey = try buffer.readAMQPShortString()
        arguments = try buffer.readAMQPTable()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(queue)
        try buffer.writeAMQPShortString(exchange)
        try buffer.writeAMQPShortString(routingKey)
        try buffer.writeAMQPTable(arguments)
    }

    /// The method, wrapped.
    var method: Method { .queueUnbind(self) }
}

/// `queue.unbind-ok`. The binding is gone.
struct QueueUnbindOK: MethodArguments {
    /// 50.51, `queue.unbind-ok`.
    static let id = MethodID.queueUnbindOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .queueUnbindOK(self) }
}

/// `queue.purge`. Drops all messages that are ready in a queue.
struct QueuePurge: MethodArguments {
    /// 50.30, `queue.purge`.
    static let id = MethodID.queuePurge

    /// The queue's name; empty for the queue this channel declared last.
    var queue: String
    /// Whether the server sends no answer if all is well.
    var noWait: Bool

    /// The method with these arguments.
    init(queue: String, noWait: Bool = false) {
        self.queue = queue
        self.noWait = noWait
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        queue = try buffer.readAMQPShortString()
        noWait = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(queue)
        buffer.writeInteger(noWait ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .queuePurge(self) }
}

/// `queue.purge-ok`. The queue has been purged.
struct QueuePurgeOK: MethodArguments {
    /// 50.31, `queue.purge-ok`.
    static let id = MethodID.queuePurgeOK

    /// How many messages were dropped.
    var messageCount: UInt32

    /// The method with these arguments.
    init(messageCount: UInt32) {
        self.messageCount = messageCount
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        messageCount = try buffer.readAMQPInteger("message count")
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(messageCount)
    }

    /// The method, wrapped.
    var method: Method { .queuePurgeOK(self) }
}

/// `queue.delete`. Deletes a queue with the messages in it.
struct QueueDelete: MethodArguments {
    /// 50.40, `queue.delete`.
    static let id = MethodID.queueDelete

    /// The queue's name; empty for the queue this channel declared last.
    var queue: String
    /// Whether to refuse if it has consumers.
    var ifUnused: Bool
    /// Whether to refuse if it has messages.
    var ifEmpty: Bool
    /// Whether the server sends no answer if all is well.
    var noWait: Bool

    /// The method with these arguments.
    init(queue: String, ifUnused: Bool = false, ifEmpty: Bool = false, noWait: Bool = false) {
        self.queue = queue
        self.ifUnused = ifUnused
        self.ifEmpty = ifEmpty
        self.noWait = noWait
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        queue = try buffer.readAMQPShortString()
        let bits: UInt8 = try buffer.readAMQPInteger("bits")
        ifUnused = bits & 1 != 0
        ifEmpty = bits & 2 != 0
        noWait = bits & 4 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(queue)
        var bits: UInt8 = 0
        if ifUnused { bits |= 1 }
        if ifEmpty { bits |= 2 }
        if noWait { bits |= 4 }
        buffer.writeInteger(bits)
    }

    /// The method, wrapped.
    var method: Method { .queueDelete(self) }
}

/// `queue.delete-ok`. The queue is gone.
struct QueueDeleteOK: MethodArguments {
    /// 50.41, `queue.delete-ok`.
    static let id = MethodID.queueDeleteOK

    /// How many messages went with it.
    var messageCount: UInt32

    /// The method with these arguments.
    init(messageCount: UInt32) {
        self.messageCount = messageCount
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        messageCount = try buffer.readAMQPInteger("message count")
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(messageCount)
    }

    /// The method, wrapped.
    var method: Method { .queueDeleteOK(self) }
}
