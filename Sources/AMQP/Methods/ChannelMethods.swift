import NIOCore

/// `channel.open`. The client opens the channel whose number the frame has.
struct ChannelOpen: MethodArguments {
    /// 20.10, `channel.open`.
    static let id = MethodID.channelOpen

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPShortStringBytes()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .channelOpen(self) }
}

/// `channel.open-ok`. The channel is ready.
struct ChannelOpenOK: MethodArguments {
    /// 20.11, `channel.open-ok`.
    static let id = MethodID.channelOpenOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPLongString()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt32.self)
    }

    /// The method, wrapped.
    var method: Method { .channelOpenOK(self) }
}

/// `channel.flow`. Asks the other side to stop or to resume sending content. RabbitMQ never sends it and refuses to
/// stop.
struct ChannelFlow: MethodArguments {
    /// 20.20, `channel.flow`.
    static let id = MethodID.channelFlow

    /// Whether content may be sent.
    var active: Bool

    /// The method with these arguments.
    init(active: Bool = true) {
        self.active = active
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        active = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(active ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .channelFlow(self) }
}

/// `channel.flow-ok`. The answer to ``ChannelFlow``.
struct ChannelFlowOK: MethodArguments {
    /// 20.21, `channel.flow-ok`.
    static let id = MethodID.channelFlowOK

    /// Whether content will be sent.
    var active: Bool

    /// The method with these arguments.
    init(active: Bool = true) {
        self.active = active
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        active = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(active ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .channelFlowOK(self) }
}

/// `channel.close`. Either side ends the channel, because of a fault or at will.
struct ChannelClose: MethodArguments {
    /// 20.40, `channel.close`.
    static let id = MethodID.channelClose

    /// Why, as a number: 200 for no fault, 3xx for a channel's fault and 5xx for a connection's.
    var replyCode: UInt16
    /// Why, in words for a log.
    var replyText: String
    /// The class id of the method that failed; 0 if none did.
    var classID: UInt16
    /// The id of that method in its class; 0 if none failed.
    var methodID: UInt16

    /// The method with these arguments.
    init(replyCode: UInt16 = 200, replyText: String = "", classID: UInt16 = 0, methodID: UInt16 = 0) {
        self.replyCode = replyCode
        self.replyText = replyText
        self.classID = classID
        self.methodID = methodID
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        replyCode = try buffer.readAMQPInteger("reply code")
        replyText = try buffer.readAMQPShortString()
        classID = try buffer.readAMQPInteger("class id")
        methodID = try buffer.readAMQPInteger("method id")
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(replyCode)
        try buffer.writeAMQPShortString(replyText)
        buffer.writeInteger(classID)
        buffer.writeInteger(methodID)
    }

    /// The method, wrapped.
    var method: Method { .channelClose(self) }
}

/// `channel.close-ok`. The other side has seen ``ChannelClose``, and sends nothing more on the channel.
struct ChannelCloseOK: MethodArguments {
    /// 20.41, `channel.close-ok`.
    static let id = MethodID.channelCloseOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .channelCloseOK(self) }
}
