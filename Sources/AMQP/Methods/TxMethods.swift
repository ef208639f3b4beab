import NIOCore

/// `tx.select`. Makes the channel transactional.
public struct TxSelect: MethodArguments {
    /// 90.10, `tx.select`.
    public static let id = MethodID.txSelect

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .txSelect(self) }
}

/// `tx.select-ok`. The channel is transactional.
public struct TxSelectOK: MethodArguments {
    /// 90.11, `tx.select-ok`.
    public static let id = MethodID.txSelectOK

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .txSelectOK(self) }
}

/// `tx.commit`. Commits the transaction, and begins the next.
public struct TxCommit: MethodArguments {
    /// 90.20, `tx.commit`.
    public static let id = MethodID.txCommit

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .txCommit(self) }
}

/// `tx.commit-ok`. The transaction is committed.
public struct TxCommitOK: MethodArguments {
    /// 90.21, `tx.commit-ok`.
    public static let id = MethodID.txCommitOK

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .txCommitOK(self) }
}

/// `tx.rollback`. Takes back the transaction, and begins the next.
public struct TxRollback: MethodArguments {
    /// 90.30, `tx.rollback`.
    public static let id = MethodID.txRollback

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .txRollback(self) }
}

/// `tx.rollback-ok`. The transaction is taken back.
public struct TxRollbackOK: MethodArguments {
    /// 90.31, `tx.rollback-ok`.
    public static let id = MethodID.txRollbackOK

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .txRollbackOK(self) }
}
