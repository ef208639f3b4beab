import NIOCore

/// `exchange.declare`. Creates an exchange, or checks that it exists with these settings.
public struct ExchangeDeclare: MethodArguments {
    /// 40.10, `exchange.declare`.
    public static let id = MethodID.exchangeDeclare

    /// The exchange's name.
    public var exchange: String
    /// The exchange's type, such as `topic`.
    public var type: String
    /// Whether to only ask if it exists.
    public var passive: Bool
    /// Whether it survives a restart of the server.
    public var durable: Bool
    /// Whether it is deleted after its last use.
    public var autoDelete: Bool
    /// Whether clients may not publish to it.
    public var `internal`: Bool
    /// Whether the server sends no answer if all is well.
    public var noWait: Bool
    /// Arguments beyond the protocol's own, such as `alternate-exchange`.
    public var arguments: FieldTable

    /// The method with these arguments.
    public init(
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
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
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
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
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
    public var method: Method { .exchangeDeclare(self) }
}

/// `exchange.declare-ok`. The exchange exists.
public struct ExchangeDeclareOK: MethodArguments {
    /// 40.11, `exchange.declare-ok`.
    public static let id = MethodID.exchangeDeclareOK

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .exchangeDeclareOK(self) }
}

/// `exchange.delete`. Deletes an exchange.
public struct ExchangeDelete: MethodArguments {
    /// 40.20, `exchange.delete`.
    public static let id = MethodID.exchangeDelete

    /// The exchange's name.
    public var exchange: String
    /// Whether to refuse if something is bound to it.
    public var ifUnused: Bool
    /// Whether the server sends no answer if all is well.
    public var noWait: Bool

    /// The method with these arguments.
    public init(exchange: String, ifUnused: Bool = false, noWait: Bool = false) {
        self.exchange = exchange
        self.ifUnused = ifUnused
        self.noWait = noWait
    }

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        exchange = try buffer.readAMQPShortString()
        let bits: UInt8 = try buffer.readAMQPInteger("bits")
        ifUnused = bits & 1 != 0
        noWait = bits & 2 != 0
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(exchange)
        var bits: UInt8 = 0
        if ifUnused { bits |= 1 }
        if noWait { bits |= 2 }
        buffer.writeInteger(bits)
    }

    /// The method, wrapped.
    public var method: Method { .exchangeDelete(self) }
}

/// `exchange.delete-ok`. The exchange is gone.
public struct ExchangeDeleteOK: MethodArguments {
    /// 40.21, `exchange.delete-ok`.
    public static let id = MethodID.exchangeDeleteOK

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .exchangeDeleteOK(self) }
}

/// `exchange.bind`. Binds an exchange to another one.
public struct ExchangeBind: MethodArguments {
    /// 40.30, `exchange.bind`.
    public static let id = MethodID.exchangeBind

    /// The exchange that gets the messages.
    public var destination: String
    /// The exchange that the messages come from.
    public var source: String
    /// The routing key.
    public var routingKey: String
    /// Whether the server sends no answer if all is well.
    public var noWait: Bool
    /// What a headers exchange matches on.
    public var arguments: FieldTable

    /// The method with these arguments.
    public init(
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
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        destination = try buffer.readAMQPShortString()
        source = try buffer.readAMQPShortString()
        routingKey = try buffer.readAMQPShortString()
        noWait = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
        arguments = try buffer.readAMQPTable()
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(destination)
        try buffer.writeAMQPShortString(source)
        try buffer.writeAMQPShortString(routingKey)
        buffer.writeInteger(noWait ? 1 : 0, as: UInt8.self)
        try buffer.writeAMQPTable(arguments)
    }

    /// The method, wrapped.
    public var method: Method { .exchangeBind(self) }
}

/// `exchange.bind-ok`. The binding exists.
public struct ExchangeBindOK: MethodArguments {
    /// 40.31, `exchange.bind-ok`.
    public static let id = MethodID.exchangeBindOK

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .exchangeBindOK(self) }
}

/// `exchange.unbind`. Removes a binding between two exchanges.
public struct ExchangeUnbind: MethodArguments {
    /// 40.40, `exchange.unbind`.
    public static let id = MethodID.exchangeUnbind

    /// The exchange that gets the messages.
    public var destination: String
    /// The exchange that the messages come from.
    public var source: String
    /// The routing key.
    public var routingKey: String
    /// Whether the server sends no answer if all is well.
    public var noWait: Bool
    /// What a headers exchange matches on.
    public var arguments: FieldTable

    /// The method with these arguments.
    public init(
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
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        destination = try buffer.readAMQPShortString()
        source = try buffer.readAMQPShortString()
        routingKey = try buffer.readAMQPShortString()
        noWait = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
        arguments = try buffer.readAMQPTable()
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(destination)
        try buffer.writeAMQPShortString(source)
        try buffer.writeAMQPShortString(routingKey)
        buffer.writeInteger(noWait ? 1 : 0, as: UInt8.self)
        try buffer.writeAMQPTable(arguments)
    }

    /// The method, wrapped.
    public var method: Method { .exchangeUnbind(self) }
}

/// `exchange.unbind-ok`. The binding is gone.
public struct ExchangeUnbindOK: MethodArguments {
    /// 40.51, `exchange.unbind-ok`.
    public static let id = MethodID.exchangeUnbindOK

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .exchangeUnbindOK(self) }
}
