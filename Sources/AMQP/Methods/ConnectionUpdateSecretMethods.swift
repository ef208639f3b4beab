import NIOCore

/// `connection.update-secret`. The client hands over a new secret before the old one expires. A description leaves the
/// secret out.
struct ConnectionUpdateSecret: MethodArguments {
    /// 10.70, `connection.update-secret`.
    static let id = MethodID.connectionUpdateSecret

    /// The new secret, such as an OAuth 2 token.
    var newSecret: [UInt8]
    /// Why, in words for the server's log.
    var reason: String

    /// The method with these arguments.
    init(newSecret: [UInt8], reason: String) {
        self.newSecret = newSecret
        self.reason = reason
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        newSecret = try buffer.readAMQPLongString()
        reason = try buffer.readAMQPShortString()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAMQPLongString(newSecret)
        try buffer.writeAMQPShortString(reason)
    }

    /// The method, wrapped.
    var method: Method { .connectionUpdateSecret(self) }
}

extension ConnectionUpdateSecret: CustomStringConvertible, CustomReflectable {
    /// The arguments without the secret.
    var description: String {
        "ConnectionUpdateSecret(newSecret: hidden, reason: \(reason))"
    }

    /// The arguments without the secret, for `dump` and the like.
    var customMirror: Mirror {
        Mirror(self, children: ["reason": reason])
    }
}

/// `connection.update-secret-ok`. The server has taken the new secret.
struct ConnectionUpdateSecretOK: MethodArguments {
    /// 10.71, `connection.update-secret-ok`.
    static let id = MethodID.connectionUpdateSecretOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .connectionUpdateSecretOK(self) }
}
