import NIOCore

/// `channel.open`. The client opens the channel whose number the frame has.
public struct ChannelOpen: MethodArguments {
    /// 20.10, `channel.open`.
    public static let id = MethodID.channelOpen

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPShortStringBytes()
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt8.self)
    }

    /// The method, wrapped.
    public var method: Method { .channelOpen(self) }
}

/// `channel.open-ok`. The channel is ready.
public struct ChannelOpenOK: MethodArguments {
    /// 20.11, `channel.open-ok`.
    public static let id = MethodID.channelOpenOK

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        _ = try buffer.readAMQPLongString()
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(0, as: UInt32.self)
    }

    /// The method, wrapped.
    public var method: Method { .channelOpenOK(self) }
}

/// `channel.flow`. Asks the other side to stop or to resume sending content. RabbitMQ never sends it and refuses to
/// stop.
public struct ChannelFlow: MethodArguments {
    /// 20.20, `channel.flow`.
    public static let id = MethodID.channelFlow

    /// Whether content may be sent.
    public var active: Bool

    /// The method with these arguments.
    public init(active: Bool = true) {
        self.active = active
    }

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        active = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(active ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    public var method: Method { .channelFlow(self) }
}

/// `channel.flow-ok`. The answer to ``ChannelFlow``.
public struct ChannelFlowOK: MethodArguments {
    /// 20.21, `channel.flow-ok`.
    public static let id = MethodID.channelFlowOK

    /// Whether content will be sent.
    public var active: Bool

    /// The method with these arguments.
    public init(active: Bool = true) {
        self.active = active
    }

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        active = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(active ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    public var method: Method { .channelFlowOK(self) }
}

/// `channel.close`. Either side ends the channel, because of a fault or at will.
public struct ChannelClose: MethodArguments {
    /// 20.40, `channel.close`.
    public static let id = MethodID.channelClose

    /// Why, as a number: 200 for no fault, 3xx for a channel's fault and 5xx for a connection's.
    public var replyCode: UInt16
    /// Why, in words for a log.
    public var replyText: String
    /// The class id of the method that failed; 0 if none did.
    public var classID: UInt16
    /// The id of that method in its class; 0 if none failed.
    public var methodID: UInt16

    /// The method with these arguments.
    public init(replyCode: UInt16 = 200, replyText: String = "", classID: UInt16 = 0, methodID: UInt16 = 0) {
        self.replyCode = replyCode
        self.replyText = replyText
        self.classID = classID
        self.methodID = methodID
    }

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        replyCode = try buffer.readAMQPInteger("reply code")
        replyText = try buffer.readAMQPShortString()
        classID = try buffer.readAMQPInteger("class id")
        methodID = try buffer.readAMQPInteger("method id")
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(replyCode)
        try buffer.writeAMQPShortString(replyText)
        buffer.writeInteger(classID)
        buffer.writeInteger(methodID)
    }

    /// The method, wrapped.
    public var method: Method { .channelClose(self) }
}

/// `channel.close-ok`. The other side has seen ``ChannelClose``, and sends nothing more on the channel.
public struct ChannelCloseOK: MethodArguments {
    /// 20.41, `channel.close-ok`.
    public static let id = MethodID.channelCloseOK

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .channelCloseOK(self) }
}
