import NIOCore

/// `connection.blocked`. The server is short of memory or disk: it reads nothing from a connection that publishes,
/// until ``ConnectionUnblocked``.
struct ConnectionBlocked: MethodArguments {
    /// 10.60, `connection.blocked`.
    static let id = MethodID.connectionBlocked

    /// What it is short of.
    var reason: String

    /// The method with these arguments.
    init(reason: String) {
        self.reason = reason
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        reason = try buffer.readAMQPShortString()
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAMQPShortString(reason)
    }

    /// The method, wrapped.
    var method: Method { .connectionBlocked(self) }
}

/// `connection.unblocked`. The server reads from this connection again.
struct ConnectionUnblocked: MethodArguments {
    /// 10.61, `connection.unblocked`.
    static let id = MethodID.connectionUnblocked

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .connectionUnblocked(self) }
}
