import NIOCore

/// `connection.blocked`. The server is short of memory or disk: it reads nothing from a connection that publishes,
/// until ``ConnectionUnblocked``.
public struct ConnectionBlocked: MethodArguments {
    /// 10.60, `connection.blocked`.
    public static let id = MethodID.connectionBlocked

    /// What it is short of.
    public var reason: String

    /// The method with these arguments.
    public init(reason: String) {
        self.reason = reason
    }

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        reason = try buffer.readAMQPShortString()
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAMQPShortString(reason)
    }

    /// The method, wrapped.
    public var method: Method { .connectionBlocked(self) }
}

/// `connection.unblocked`. The server reads from this connection again.
public struct ConnectionUnblocked: MethodArguments {
    /// 10.61, `connection.unblocked`.
    public static let id = MethodID.connectionUnblocked

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .connectionUnblocked(self) }
}
