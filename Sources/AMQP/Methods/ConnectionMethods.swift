import NIOCore

/// `connection.start`. The server's first method: what it is and how one may log in.
struct ConnectionStart: MethodArguments {
    /// 10.10, `connection.start`.
    static let id = MethodID.connectionStart

    /// The protocol's major version: 0.
    var versionMajor: UInt8
    /// The protocol's minor version: 9, for 0-9-1.
    var versionMinor: UInt8
    /// What the server tells about itself: product, version, capabilities.
    var serverProperties: FieldTable
    /// The login mechanisms it takes, separated by spaces.
    var mechanisms: String
    /// The locales it has, separated by spaces.
    var locales: String

    /// The method with these arguments.
    init(
        versionMajor: UInt8 = 0,
        versionMinor: UInt8 = 9,
        serverProperties: FieldTable = [:],
        mechanisms: String,
        locales: String = "en_US"
    ) {
        self.versionMajor = versionMajor
        self.versionMinor = versionMinor
        self.serverProperties = serverProperties
        self.mechanisms = mechanisms
        self.locales = locales
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        versionMajor = try buffer.readAMQPInteger("version major")
        versionMinor = try buffer.readAMQPInteger("version minor")
        serverProperties = try buffer.readAMQPTable()
        mechanisms = try buffer.readAMQPLongText()
        locales = try buffer.readAMQPLongText()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(versionMajor)
        buffer.writeInteger(versionMinor)
        try buffer.writeAMQPTable(serverProperties)
        try buffer.writeAMQPLongString(mechanisms.utf8)
        try buffer.writeAMQPLongString(locales.utf8)
    }

    /// The method, wrapped.
    var method: Method { .connectionStart(self) }
}

/// `connection.start-ok`. The client's answer to ``ConnectionStart``: what it is, and the first step of its login. A
/// description leaves the response out.
struct ConnectionStartOK: MethodArguments {
    /// 10.11, `connection.start-ok`.
    static let id = MethodID.connectionStartOK

    /// What the client tells about itself, its capabilities among it.
    var clientProperties: FieldTable
    /// The login mechanism it chose.
    var mechanism: String
    /// The mechanism's data: a secret.
    var response: [UInt8]
    /// The locale it chose.
    var locale: String

    /// The method with these arguments.
    init(clientProperties: FieldTable = [:], mechanism: String, response: [UInt8], locale: String = "en_US") {
        self.clientProperties = clientProperties
        self.mechanism = mechanism
        self.response = response
        self.locale = locale
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        clientProperties = try buffer.readAMQPTable()
        mechanism = try buffer.readAMQPShortString()
        response = try buffer.readAMQPLongString()
        locale = try buffer.readAMQPShortString()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAMQPTable(clientProperties)
        try buffer.writeAMQPShortString(mechanism)
        try buffer.writeAMQPLongString(response)
        try buffer.writeAMQPShortString(locale)
    }

    /// The method, wrapped.
    var method: Method { .connectionStartOK(self) }
}

extension ConnectionStartOK: CustomStringConvertible, CustomReflectable {
    /// The arguments without the secret.
    var description: String {
        """
        ConnectionStartOK(clientProperties: \(clientProperties), mechanism: \(mechanism), \
        response: hidden, locale: \(locale))
        """
    }

    /// The arguments without the secret, for `dump` and the like.
    var customMirror: Mirror {
        Mirror(self, children: ["clientProperties": clientProperties, "mechanism": mechanism, "locale": locale])
    }
}

/// `connection.secure`. The server asks for a further step of the login.
struct ConnectionSecure: MethodArguments {
    /// 10.20, `connection.secure`.
    static let id = MethodID.connectionSecure

    /// The mechanism's data.
    var challenge: [UInt8]

    /// The method with these arguments.
    init(challenge: [UInt8]) {
        self.challenge = challenge
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        challenge = try buffer.readAMQPLongString()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAMQPLongString(challenge)
    }

    /// The method, wrapped.
    var method: Method { .connectionSecure(self) }
}

/// `connection.secure-ok`. The client's answer to ``ConnectionSecure``. A description leaves the response out.
struct ConnectionSecureOK: MethodArguments {
    /// 10.21, `connection.secure-ok`.
    static let id = MethodID.connectionSecureOK

    /// The mechanism's data: a secret.
    var response: [UInt8]

    /// The method with these arguments.
    init(response: [UInt8]) {
        self.response = response
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        response = try buffer.readAMQPLongString()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAMQPLongString(response)
    }

    /// The method, wrapped.
    var method: Method { .connectionSecureOK(self) }
}

extension ConnectionSecureOK: CustomStringConvertible, CustomReflectable {
    /// The arguments without the secret.
    var description: String {
        "ConnectionSecureOK(response: hidden)"
    }

    /// The arguments without the secret, for `dump` and the like.
    var customMirror: Mirror {
        Mirror(self, children: [:])
    }
}

/// `connection.tune`. The server proposes limits.
struct ConnectionTune: MethodArguments {
    /// 10.30, `connection.tune`.
    static let id = MethodID.connectionTune

    /// The highest channel number; 0 for no limit.
    var channelMax: UInt16
    /// The size of the largest frame in bytes, its 8 bytes of framing included; 0 for no limit.
    var frameMax: UInt32
    /// The heartbeat timeout in seconds; 0 for no heartbeats.
    var heartbeat: UInt16

    /// The method with these arguments.
    init(channelMax: UInt16, frameMax: UInt32, heartbeat: UInt16) {
        self.channelMax = channelMax
        self.frameMax = frameMax
        self.heartbeat = heartbeat
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        channelMax = try buffer.readAMQPInteger("channel max")
        frameMax = try buffer.readAMQPInteger("frame max")
        heartbeat = try buffer.readAMQPInteger("heartbeat")
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(channelMax)
        buffer.writeInteger(frameMax)
        buffer.writeInteger(heartbeat)
    }

    /// The method, wrapped.
    var method: Method { .connectionTune(self) }
}

/// `connection.tune-ok`. The client sets the limits, none above what ``ConnectionTune`` proposed.
struct ConnectionTuneOK: MethodArguments {
    /// 10.31, `connection.tune-ok`.
    static let id = MethodID.connectionTuneOK

    /// The highest channel number; 0 for no limit.
    var channelMax: UInt16
    /// The size of the largest frame in bytes, its 8 bytes of framing included; 0 for no limit.
    var frameMax: UInt32
    /// The heartbeat timeout in seconds; 0 for no heartbeats.
    var heartbeat: UInt16

    /// The method with these arguments.
    init(channelMax: UInt16, frameMax: UInt32, heartbeat: UInt16) {
        self.channelMax = channelMax
        self.frameMax = frameMax
        self.heartbeat = heartbeat
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        channelMax = try buffer.readAMQPInteger("channel max")
        frameMax = try buffer.readAMQPInteger("frame max")
        heartbeat = try buffer.readAMQPInteger("heartbeat")
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(channelMax)
        buffer.writeInteger(frameMax)
        buffer.writeInteger(heartbeat)
    }

    /// The method, wrapped.
    var method: Method { .connectionTuneOK(self) }
}

/// `connection.open`. The client chooses a virtual host.
struct ConnectionOpen: MethodArguments {
    /// 10.40, `connection.open`.
    static let id = MethodID.connectionOpen

    /// The virtual host's name.
    var virtualHost: String

    /// The method with these arguments.
    init(virtualHost: String) {
        self.virtualHost = virtualHost
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        virtualHost = try buffer.readAMQPShortString()
        _ = try buffer.readAMQPShortStringBytes()
        _ = try buffer.readAMQPInteger("bits", as: UInt8.self)
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAMQPShortString(virtualHost)
        buffer.writeInteger(0, as: UInt8.self)
        buffer.writeInteger(0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .connectionOpen(self) }
}

/// `connection.open-ok`. The connection is ready.
struct ConnectionOpenOK: MethodArguments {
    /// 10.41, `connection.open-ok`.
    static let id = MethodID.connectionOpenOK

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
    var method: Method { .connectionOpenOK(self) }
}

/// `connection.close`. Either side ends the connection.
struct ConnectionClose: MethodArguments {
    /// 10.50, `connection.close`.
    static let id = MethodID.connectionClose

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
    var method: Method { .connectionClose(self) }
}

/// `connection.close-ok`. The other side has seen ``ConnectionClose``, and sends nothing more.
struct ConnectionCloseOK: MethodArguments {
    /// 10.51, `connection.close-ok`.
    static let id = MethodID.connectionCloseOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .connectionCloseOK(self) }
}
