import NIOCore

/// `basic.publish`. Publishes a message. Its content follows.
public struct BasicPublish: MethodArguments {
    /// 60.40, `basic.publish`.
    public static let id = MethodID.basicPublish

    /// The exchange's name; empty for the default exchange.
    public var exchange: String
    /// The routing key.
    public var routingKey: String
    /// Whether to send the message back if no queue gets it.
    public var mandatory: Bool
    /// Whether to send it back if no consumer takes it at once. RabbitMQ closes the connection if set.
    public var immediate: Bool

    /// The method with these arguments.
    public init(exchange: String, routingKey: String, mandatory: Bool = false, immediate: Bool = false) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.mandatory = mandatory
        self.immediate = immediate
    }

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        exchange = try buffer.readAMQPShortString()
        routingKey = try buffer.readAMQPShortString()
        let bits: UInt8 = try buffer.readAMQPInteger("bits")
        mandatory = bits & 1 != 0
        immediate = bits & 2 != 0
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(exchange)
        try buffer.writeAMQPShortString(routingKey)
        var bits: UInt8 = 0
        if mandatory { bits |= 1 }
        if immediate { bits |= 2 }
        buffer.writeInteger(bits)
    }

    /// The method, wrapped.
    public var method: Method { .basicPublish(self) }
}

/// `basic.return`. A mandatory message that no queue got. Its content follows.
public struct BasicReturn: MethodArguments {
    /// 60.50, `basic.return`.
    public static let id = MethodID.basicReturn

    /// Why, as a number: 312 for no route.
    public var replyCode: UInt16
    /// Why, in words for a log.
    public var replyText: String
    /// The exchange that the message was published to; empty for the default exchange.
    public var exchange: String
    /// The routing key that the message was published with.
    public var routingKey: String

    /// The method with these arguments.
    public init(replyCode: UInt16, replyText: String, exchange: String, routingKey: String) {
        self.replyCode = replyCode
        self.replyText = replyText
        self.exchange = exchange
        self.routingKey = routingKey
    }

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        replyCode = try buffer.readAMQPInteger("reply code")
        replyText = try buffer.readAMQPShortString()
        exchange = try buffer.readAMQPShortString()
        routingKey = try buffer.readAMQPShortString()
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(replyCode)
        try buffer.writeAMQPShortString(replyText)
        try buffer.writeAMQPShortString(exchange)
        try buffer.writeAMQPShortString(routingKey)
    }

    /// The method, wrapped.
    public var method: Method { .basicReturn(self) }
}
