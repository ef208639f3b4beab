/// `connection.start`. The server's first method: what it is and how one may log in.
struct ConnectionStart: MethodArguments {
    /// The protocol's major version: 0.
    var versionMajor: UInt8 = 0
    /// The protocol's minor version: 9, for 0-9-1.
    var versionMinor: UInt8 = 9
    /// What the server tells about itself: product, version, capabilities.
    var serverProperties: FieldTable = [:]
    /// The login mechanisms it takes, separated by spaces.
    var mechanisms = ""
    /// The locales it has, separated by spaces.
    var locales = "en_US"

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.integer(&versionMajor, "version major")
        try coder.integer(&versionMinor, "version minor")
        try coder.table(&serverProperties)
        try coder.longText(&mechanisms)
        try coder.longText(&locales)
    }
}

/// `connection.start-ok`. The client's answer to ``ConnectionStart``: what it is, and the first step of its login. A
/// description leaves the response out.
struct ConnectionStartOK: MethodArguments {
    /// What the client tells about itself, its capabilities among it.
    var clientProperties: FieldTable = [:]
    /// The login mechanism it chose.
    var mechanism = ""
    /// The mechanism's data: a secret.
    var response: [UInt8] = []
    /// The locale it chose.
    var locale = "en_US"

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.table(&clientProperties)
        try coder.shortString(&mechanism)
        try coder.longString(&response)
        try coder.shortString(&locale)
    }
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
    /// The mechanism's data.
    var challenge: [UInt8] = []

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.longString(&challenge)
    }
}

/// `connection.secure-ok`. The client's answer to ``ConnectionSecure``. A description leaves the response out.
struct ConnectionSecureOK: MethodArguments {
    /// The mechanism's data: a secret.
    var response: [UInt8] = []

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.longString(&response)
    }
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
    /// The highest channel number; 0 for no limit.
    var channelMax: UInt16 = 0
    /// The size of the largest frame in bytes, its 8 bytes of framing included; 0 for no limit.
    var frameMax: UInt32 = 0
    /// The heartbeat timeout in seconds; 0 for no heartbeats.
    var heartbeat: UInt16 = 0

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.integer(&channelMax, "channel max")
        try coder.integer(&frameMax, "frame max")
        try coder.integer(&heartbeat, "heartbeat")
    }
}

/// `connection.tune-ok`. The client sets the limits, none above what ``ConnectionTune`` proposed.
struct ConnectionTuneOK: MethodArguments {
    /// The highest channel number; 0 for no limit.
    var channelMax: UInt16 = 0
    /// The size of the largest frame in bytes, its 8 bytes of framing included; 0 for no limit.
    var frameMax: UInt32 = 0
    /// The heartbeat timeout in seconds; 0 for no heartbeats.
    var heartbeat: UInt16 = 0

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.integer(&channelMax, "channel max")
        try coder.integer(&frameMax, "frame max")
        try coder.integer(&heartbeat, "heartbeat")
    }
}

/// `connection.open`. The client chooses a virtual host.
struct ConnectionOpen: MethodArguments {
    /// The virtual host's name.
    var virtualHost = ""

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.shortString(&virtualHost)
        try coder.reservedShortString()
        try coder.reserved(UInt8.self)
    }
}

/// `connection.open-ok`. The connection is ready.
struct ConnectionOpenOK: MethodArguments {
    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.reservedShortString()
    }
}

/// `connection.close`. Either side ends the connection.
struct ConnectionClose: MethodArguments {
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

/// `connection.close-ok`. The other side has seen ``ConnectionClose``, and sends nothing more.
struct ConnectionCloseOK: MethodArguments {}
