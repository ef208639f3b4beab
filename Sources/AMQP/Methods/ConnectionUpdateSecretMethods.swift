import NIOCore

/// `connection.update-secret`. The client hands over a new secret before the old one expires. A description leaves the
/// secret out.
public struct ConnectionUpdateSecret: MethodArguments {
    /// 10.70, `connection.update-secret`.
    public static let id = MethodID.connectionUpdateSecret

    /// The new secret, such as an OAuth 2 token.
    public var newSecret: [UInt8]
    /// Why, in words for the server's log.
    public var reason: String

    /// The method with these arguments.
    public init(newSecret: [UInt8], reason: String) {
        self.newSecret = newSecret
        self.reason = reason
    }

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        newSecret = try buffer.readAMQPLongString()
        reason = try buffer.readAMQPShortString()
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAMQPLongString(newSecret)
        try buffer.writeAMQPShortString(reason)
    }

    /// The method, wrapped.
    public var method: Method { .connectionUpdateSecret(self) }
}

extension ConnectionUpdateSecret: CustomStringConvertible, CustomReflectable {
    /// The arguments without the secret.
    public var description: String {
        "ConnectionUpdateSecret(newSecret: hidden, reason: \(reason))"
    }

    /// The arguments without the secret, for `dump` and the like.
    public var customMirror: Mirror {
        Mirror(self, children: ["reason": reason])
    }
}

/// `connection.update-secret-ok`. The server has taken the new secret.
public struct ConnectionUpdateSecretOK: MethodArguments {
    /// 10.71, `connection.update-secret-ok`.
    public static let id = MethodID.connectionUpdateSecretOK

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .connectionUpdateSecretOK(self) }
}
