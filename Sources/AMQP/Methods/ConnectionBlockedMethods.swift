/// `connection.blocked`. The server is short of memory or disk: it reads nothing from a connection that publishes,
/// until ``ConnectionUnblocked``.
struct ConnectionBlocked: MethodArguments {
    /// What it is short of.
    var reason = ""

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.shortString(&reason)
    }
}

/// `connection.unblocked`. The server reads from this connection again.
struct ConnectionUnblocked: MethodArguments {}
