import NIOCore

/// `tx.select`. Makes the channel transactional.
struct TxSelect: MethodArguments {
    /// 90.10, `tx.select`.
    static let id = MethodID.txSelect

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .txSelect(self) }
}

/// `tx.select-ok`. The channel is transactional.
struct TxSelectOK: MethodArguments {
    /// 90.11, `tx.select-ok`.
    static let id = MethodID.txSelectOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .txSelectOK(self) }
}

/// `tx.commit`. Commits the transaction, and begins the next.
struct TxCommit: MethodArguments {
    /// 90.20, `tx.commit`.
    static let id = MethodID.txCommit

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .txCommit(self) }
}

/// `tx.commit-ok`. The transaction is committed.
struct TxCommitOK: MethodArguments {
    /// 90.21, `tx.commit-ok`.
    static let id = MethodID.txCommitOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .txCommitOK(self) }
}

/// `tx.rollback`. Takes back the transaction, and begins the next.
struct TxRollback: MethodArguments {
    /// 90.30, `tx.rollback`.
    static let id = MethodID.txRollback

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .txRollback(self) }
}

/// `tx.rollback-ok`. The transaction is taken back.
struct TxRollbackOK: MethodArguments {
    /// 90.31, `tx.rollback-ok`.
    static let id = MethodID.txRollbackOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .txRollbackOK(self) }
}
