/// `channel.open`. The client opens the channel whose number the frame has.
struct ChannelOpen: MethodArguments {
    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reservedShortString()
    }
}

/// `channel.open-ok`. The channel is ready.
struct ChannelOpenOK: MethodArguments {
    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reservedLongString()
    }
}

/// `channel.flow`. Asks the other side to stop or to resume sending content. RabbitMQ never sends it and refuses to
/// stop.
struct ChannelFlow: MethodArguments {
    /// Whether content may be sent.
    var active = true

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.bit(&active)
    }
}

/// `channel.flow-ok`. The answer to ``ChannelFlow``.
struct ChannelFlowOK: MethodArguments {
    /// Whether content will be sent.
    var active = true

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.bit(&active)
    }
}

/// `channel.close`. Either side ends the channel, because of a fault or at will.
struct ChannelClose: MethodArguments {
    /// Why, as a number: 200 for no fault, 3xx for a channel's fault and 5xx for a connection's.
    var replyCode: UInt16 = 200
    /// Why, in words for a log.
    var replyText = ""
    /// The class id of the method that failed; 0 if none did.
    var classID: UInt16 = 0
    /// The id of that method in its class; 0 if none failed.
    var methodID: UInt16 = 0

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.integer(&replyCode, "reply code")
        try coder.shortString(&replyText)
        try coder.integer(&classID, "class id")
        try coder.integer(&methodID, "method id")
    }
}

/// `channel.close-ok`. The other side has seen ``ChannelClose``, and sends nothing more on the channel.
struct ChannelCloseOK: MethodArguments {}
