import NIOCore

/// Transactions. What is published in one is checked at once, and routed only when it is committed.
extension AMQPChannel {
    /// Makes the channel transactional (AMQP 0-9-1, class `tx`). A channel in confirm mode can't be.
    ///
    /// - Throws: ``AMQPError`` where the broker refuses, which closes the channel, or the channel is closed.
    public func selectTransactions() async throws(AMQPError) {
        try await call(.txSelect(TxSelect()), .txSelectOK, "begin a transaction")
    }

    /// Publishes a message on a transactional channel. A refusal closes the channel, which the next call tells.
    ///
    /// - Throws: ``AMQPError`` where a name or a property can't be put on the wire, or the channel is closed.
    public func publishInTransaction(
        _ body: ByteBuffer,
        properties: BasicProperties = BasicProperties(),
        exchange: String,
        routingKey: String,
        mandatory: Bool = false
    ) async throws(AMQPError) {
        try await publishWithoutConfirm(
            body,
            properties: properties,
            exchange: exchange,
            routingKey: routingKey,
            mandatory: mandatory
        )
    }

    /// Has everything since the last commit or rollback take effect.
    ///
    /// - Throws: ``AMQPError`` where the broker refused something since then, or the channel is closed.
    public func commit() async throws(AMQPError) {
        try await call(.txCommit(TxCommit()), .txCommitOK, "commit")
    }

    /// Forgets everything since the last commit or rollback.
    ///
    /// - Throws: ``AMQPError`` where the broker refused something since then, or the channel is closed.
    public func rollBack() async throws(AMQPError) {
        try await call(.txRollback(TxRollback()), .txRollbackOK, "roll back")
    }
}
