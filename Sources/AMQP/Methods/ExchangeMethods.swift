import NIOCore

/// `exchange.declare`. Creates an exchange, or checks that it exists with these settings.
struct ExchangeDeclare: MethodArguments {
    /// 40.10, `exchange.declare`.
    static let id = MethodID.exchangeDeclare

    /// The exchange's name.
    var exchange: String
    /// The exchange's type, such as `topic`.
    var type: String
    /// Whether to only ask if it exists.
    var passive: Bool
    /// Whether it survives a restart of the server.
    var durable: Bool
    /// Whether it is deleted after its last use.
    var autoDelete: Bool
    /// Whether clients may not publish to it.
    var `internal`: Bool
    /// Whether the server sends no answer if all is well.
    var noWait: Bool
    /// Arguments beyond the protocol's own, such as `alternate-exchange`.
    var arguments: FieldTable

    /// The method with these arguments.
    init(
        exchange: String,
        type: String = "direct",
        passive: Bool = false,
        durable: Bool = false,
        autoDelete: Bool = false,
        `internal`: Bool = false,
        noWait: Bool = false,
        arguments: FieldTable = [:]
    ) {
        self.exchange = exchange
        self.type = type
        self.passive = passive
        self.durable = durable
        self.autoDelete = autoDelete
        self.`internal` = `internal`
        self.noWait = noWait
        self.arguments = arguments
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        exchange = try buffer.readAMQPShortString()
        type = try buffer.readAMQPShortString()
        let bits: UInt8 = try buffer.readAMQPInteger("bits")
        passive = bits & 1 != 0
        durable = bits & 2 != 0
        autoDelete = bits & 4 != 0
        `internal` = bits & 8 != 0
        noWait = bits & 16 != 0
        arguments = try buffer.readAMQPTable()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(exchange)
        try buffer.writeAMQPShortString(type)
        var bits: UInt8 = 0
        if passive { bits |= 1 }
        if durable { bits |= 2 }
        if autoDelete { bits |= 4 }
        if `internal` { bits |= 8 }
        if noWait { bits |= 16 }
        buffer.writeInteger(bits)
        try buffer.writeAMQPTable(arguments)
    }

    /// The method, wrapped.
    var method: Method { .exchangeDeclare(self) }
}

/// `exchange.declare-ok`. The exchange exists.
struct ExchangeDeclareOK: MethodArguments {
    /// 40.11, `exchange.declare-ok`.
    static let id = MethodID.exchangeDeclareOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .exchangeDeclareOK(self) }
}

/// `exchange.delete`. Deletes an exchange.
struct ExchangeDelete: MethodArguments {
    /// 40.20, `exchange.delete`.
    static let id = MethodID.exchangeDelete

    /// The exchange's name.
    var exchange: String
    /// Whether to refuse if something is bound to it.
    var ifUnused: Bool
    /// Whether the server sends no answer if all is well.
    var noWait: Bool

    /// The method with these arguments.
    init(exchange: String, ifUnused: Bool = false, noWait: Bool = false) {
        self.exchange = exchange
        self.ifUnused = ifUnused
        self.noWait = noWait
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        exchange = try buffer.readAMQPShortString()
        let bits: UInt8 = try buffer.readAMQPInteger("bits")
        ifUnused = bits & 1 != 0
        noWait = bits & 2 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(exchange)
        var bits: UInt8 = 0
        if ifUnused { bits |= 1 }
        if noWait { bits |= 2 }
        buffer.writeInteger(bits)
    }

    /// The method, wrapped.
    var method: Method { .exchangeDelete(self) }
}

/// `exchange.delete-ok`. The exchange is gone.
struct ExchangeDeleteOK: MethodArguments {
    /// 40.21, `exchange.delete-ok`.
    static let id = MethodID.exchangeDeleteOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .exchangeDeleteOK(self) }
}

/// `exchange.bind`. Binds an exchange to another one.
struct ExchangeBind: MethodArguments {
    /// 40.30, `exchange.bind`.
    static let id = MethodID.exchangeBind

    /// The exchange that gets the messages.
    var destination: String
    /// The exchange that the messages come from.
    var source: String
    /// The routing key.
    var routingKey: String
    /// Whether the server sends no answer if all is well.
    var noWait: Bool
    /// What a headers exchange matches on.
    var arguments: FieldTable

    /// The method with these arguments.
    init(
        destination: String,
        source: String,
        routingKey: String = "",
        noWait: Bool = false,
        arguments: FieldTable = [:]
    ) {
        self.destination = destination
        self.source = source
        self.routingKey = routingKey
        self.noWait = noWait
        self.arguments = arguments
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        destination = try buffer.readAMQPShortString()
        source = try buffer.readAMQPShortString()
        routingKey = try buffer.readAMQPShortString()
        noWait = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
        arguments = try buffer.readAMQPTable()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(destination)
        try buffer.writeAMQPShortString(source)
        try buffer.writeAMQPShortString(routingKey)
        buffer.writeInteger(noWait ? 1 : 0, as: UInt8.self)
        try buffer.writeAMQPTable(arguments)
    }

    /// The method, wrapped.
    var method: Method { .exchangeBind(self) }
}

/// `exchange.bind-ok`. The binding exists.
struct ExchangeBindOK: MethodArguments {
    /// 40.31, `exchange.bind-ok`.
    static let id = MethodID.exchangeBindOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .exchangeBindOK(self) }
}

/// `exchange.unbind`. Removes a binding between two exchanges.
struct ExchangeUnbind: MethodArguments {
    /// 40.40, `exchange.unbind`.
    static let id = MethodID.exchangeUnbind

    /// The exchange that gets the messages.
    var destination: String
    /// The exchange that the messages come from.
    var source: String
    /// The routing key.
    var routingKey: String
    /// Whether the server sends no answer if all is well.
    var noWait: Bool
    /// What a headers exchange matches on.
    var arguments: FieldTable

    /// The method with these arguments.
    init(
        destination: String,
        source: String,
        routingKey: String = "",
        noWait: Bool = false,
        arguments: FieldTable = [:]
    ) {
        self.destination = destination
        self.source = source
        self.routingKey = routingKey
        self.noWait = noWait
        self.arguments = arguments
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        destination = try buffer.readAMQPShortString()
        source = try buffer.readAMQPShortString()
        routingKey = try buffer.readAMQPShortString()
        noWait = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
        arguments = try buffer.readAMQPTable()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(destination)
        try buffer.writeAMQPShortString(source)
        try buffer.writeAMQPShortString(routingKey)
        buffer.writeInteger(noWait ? 1 : 0, as: UInt8.self)
        try buffer.writeAMQPTable(arguments)
    }

    /// The method, wrapped.
    var method: Method { .exchangeUnbind(self) }
}

/// `exchange.unbind-ok`. The binding is gone.
struct ExchangeUnbindOK: MethodArguments {
    /// 40.51, `exchange.unbind-ok`.
    static let id = MethodID.exchangeUnbindOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .exchangeUnbindOK(self) }
}
