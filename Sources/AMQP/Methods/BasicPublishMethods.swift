/// `basic.publish`. Publishes a message. Its content follows.
struct BasicPublish: MethodArguments {
    /// The exchange's name; empty for the default exchange.
    var exchange = ""
    /// The routing key.
    var routingKey = ""
    /// Whether to send the message back if no queue gets it.
    var mandatory = false
    /// Whether to send it back if no consumer takes it at once. RabbitMQ closes the connection if set.
    var immediate = false

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reserved(UInt16.self)
        try coder.shortString(&exchange)
        try coder.shortString(&routingKey)
        try coder.bit(&mandatory)
        try coder.bit(&immediate)
    }
}

/// `basic.return`. A mandatory message that no queue got. Its content follows.
struct BasicReturn: MethodArguments {
    /// Why, as a number: 312 for no route.
    var replyCode: UInt16 = 0
    /// Why, in words for a log.
    var replyText = ""
    /// The exchange that the message was published to; empty for the default exchange.
    var exchange = ""
    /// The routing key that the message was published with.
    var routingKey = ""

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.integer(&replyCode, "reply code")
        try coder.shortString(&replyText)
        try coder.shortString(&exchange)
        try coder.shortString(&routingKey)
    }
}
