import NIOCore

/// `basic.publish`. Publishes a message. Its content follows.
struct BasicPublish: MethodArguments {
    /// 60.40, `basic.publish`.
    static let id = MethodID.basicPublish

    /// The exchange's name; empty for the default exchange.
    var exchange: String
    /// The routing key.
    var routingKey: String
    /// Whether to send the message back if no queue gets it.
    var mandatory: Bool
    /// Whether to send it back if no consumer takes it at once. RabbitMQ closes the connection if set.
    var immediate: Bool

    /// The method with these arguments.
    init(exchange: String, routingKey: String, mandatory: Bool = false, immediate: Bool = false) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.mandatory = mandatory
        self.immediate = immediate
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPInteger("reserved", as: UInt16.self)
        exchange = try buffer.readAMQPShortString()
        routingKey = try buffer.readAMQPShortString()
        let bits: UInt8 = try buffer.readAMQPInteger("bits")
        mandatory = bits & 1 != 0
        immediate = bits & 2 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt16.self)
        try buffer.writeAMQPShortString(exchange)
        try buffer.writeAMQPShortString(routingKey)
        var bits: UInt8 = 0
        if mandatory { bits |= 1 }
        if immediate { bits |= 2 }
        buffer.writeInteger(bits)
    }

    /// The method, wrapped.
    var method: Method { .basicPublish(self) }
}

/// `basic.return`. A mandatory message that no queue got. Its content follows.
struct BasicReturn: MethodArguments {
    /// 60.50, `basic.return`.
    static let id = MethodID.basicReturn

    /// Why, as a number: 312 for no route.
    var replyCode: UInt16
    /// Why, in words for a log.
    var replyText: String
    /// The exchange that the message was published to; empty for the default exchange.
    var exchange: String
    /// The routing key that the message was published with.
    var routingKey: String

    /// The method with these arguments.
    init(replyCode: UInt16, replyText: String, exchange: String, routingKey: String) {
        self.replyCode = replyCode
        self.replyText = replyText
        self.exchange = exchange
        self.routingKey = routingKey
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        replyCode = try buffer.readAMQPInteger("reply code")
        replyText = try buffer.readAMQPShortString()
        exchange = try buffer.readAMQPShortString()
        routingKey = try buffer.readAMQPShortString()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(replyCode)
        try buffer.writeAMQPShortString(replyText)
        try buffer.writeAMQPShortString(exchange)
        try buffer.writeAMQPShortString(routingKey)
    }

    /// The method, wrapped.
    var method: Method { .basicReturn(self) }
}
