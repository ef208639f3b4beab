import NIOCore
import Synchronization

/// A channel of a ``RecoveringConnection``: topology, consumers, and publishes with confirm, over every connection.
///
/// A call that finds the connection away waits for it, ``RecoveryPolicy/callLimit`` at most. One that is under way when the
/// connection is lost is made again on the next: declaring, binding, unbinding and deleting twice is the same as once.
/// Publishes are not, so theirs is another rule: ``publish(_:properties:exchange:routingKey:mandatory:resends:)``.
///
/// What the broker refuses closes the channel, as it does for an ``AMQPChannel``: that and every later call throw why. The
/// connection and its other channels go on. A channel that is needed no more wants ``close()``: else it is opened again on
/// every connection.
public final class RecoveringChannel: Sendable {
    let connection: RecoveringConnection
    let id: Int

    init(connection: RecoveringConnection, id: Int) {
        self.connection = connection
        self.id = id
    }

    /// Starts a consumer whose deliveries are taken with `for try await`, and which goes on over every connection.
    ///
    /// - Parameters:
    ///   - tag: names the consumer on this channel; one is made up where it is empty.
    ///   - prefetch: how many deliveries may be unacknowledged, from 1 up. They are what the consumer holds in memory.
    ///   - exclusive: whether the queue may have no other consumer.
    ///   - arguments: such as `x-priority`.
    /// - Throws: ``AMQPError``: invalidArgument for a prefetch of 0, or a tag that the channel has already;
    ///   channelClosedByBroker where the queue is not there or may not be read; and what waiting for the connection throws.
    public func consumer(
        queue: String,
        tag: String = "",
        prefetch: UInt16 = 100,
        exclusive: Bool = false,
        arguments: FieldTable = [:]
    ) async throws(AMQPError) -> RecoveringConsumer {
        try Self.checkName(queue)
        let connection = connection
        let original = connection.state.withLock { $0.topology.originalName(queue) }
        let consume = BasicConsume(queue: original, consumerTag: tag, exclusive: exclusive, arguments: arguments)
        let consumer = ConsumerFeed(consume, prefetch: prefetch)
        do throws(AMQPError) {
            try await perform { [id] (channel, generation) throws(AMQPError) in
                try await connection.start(consumer, on: channel, channelID: id, generation: generation)
            } record: { [id] state, _ in
                state.add(consumer, queue: original, channel: id)
            }
        } catch {
            // What the broker may deliver yet goes back.
            consumer.buffer.finish(error)
            for delivery in consumer.buffer.removeAll() { await delivery.reject(requeue: true) }
            throw error
        }
        return RecoveringConsumer(connection: connection, channelID: id, feed: consumer)
    }

    /// Limits the unacknowledged deliveries of all consumers of the channel together; 0 means no limit. Each has a limit of
    /// its own besides. RabbitMQ 4 deprecates it, and quorum queues refuse it.
    ///
    /// - Throws: what waiting for the connection throws.
    public func setSharedPrefetch(_ count: UInt16) async throws(AMQPError) {
        try await perform { (channel, _) throws(AMQPError) in
            try await channel.setPrefetch(count, wholeChannel: true)
        } record: { [id] state, _ in
            state.setSharedPrefetch(count, channel: id)
        }
    }

    /// Takes one message off a queue, or `nil` where none is ready. One that is on its way when the connection is lost goes
    /// back to its queue.
    ///
    /// - Throws: ``AMQPError``: replyCode 404 where there is no such queue; and what waiting for the connection throws.
    public func get(_ queue: String) async throws(AMQPError) -> RecoveringDelivery? {
        try Self.checkName(queue)
        let connection = connection
        return try await perform { (channel, generation) throws(AMQPError) in
            let delivery = try await channel.get(connection.currentName(ofQueue: queue))
            return delivery.map { RecoveringDelivery(message: $0, generation: generation, channel: channel) }
        }
    }

    /// Publishes a message and waits for the broker's word.
    ///
    /// - Parameters:
    ///   - mandatory: whether it comes back where no queue takes it; else it is confirmed, and gone.
    ///   - resends: what to do where the connection was lost after the message was sent and before its confirm came. `false`:
    ///     throw outcomeUnknown. `true`: send it again, so that it may be there twice; a ``BasicProperties/messageID`` lets
    ///     consumers tell.
    /// - Returns: what became of it.
    /// - Throws: ``AMQPError``: outcomeUnknown where it may or may not be in its queues; invalidArgument where a name or a
    ///   property can't be put on the wire; timedOut where the connection stayed away, before anything was sent; cancelled
    ///   where the task was, whether or not it had been sent; and why the channel has ended.
    public func publish(
        _ body: ByteBuffer,
        properties: BasicProperties = BasicProperties(),
        exchange: String,
        routingKey: String,
        mandatory: Bool = false,
        resends: Bool = false
    ) async throws(AMQPError) -> PublishResult {
        let connection = connection
        return try await perform { (channel, _) throws(AMQPError) in
            do throws(AMQPError) {
                return try await channel.publish(
                    body,
                    properties: properties,
                    exchange: exchange,
                    // The default exchange routes by the name of the queue.
                    routingKey: exchange.isEmpty ? connection.currentName(ofQueue: routingKey) : routingKey,
                    mandatory: mandatory
                )
            } catch {
                // Where the broker closed the channel, its own words tell more.
                if error.isOutcomeUnknown, !resends, error.code != .channelClosedByBroker {
                    throw error.asOutcomeUnknown
                }
                throw error
            }
        }
    }

    /// Publishes messages all at once and waits until the broker has spoken of each.
    ///
    /// - Parameter resends: see ``publish(_:properties:exchange:routingKey:mandatory:resends:)``, for each of them.
    /// - Returns: what became of each, in their order. One that failed has why: outcomeUnknown where it may or may not be in
    ///   its queues.
    public func publish(
        _ messages: [OutgoingMessage],
        resends: Bool = false
    ) async -> [Result<PublishResult, AMQPError>] {
        let unsent = AMQPError(.cancelled, reason: "nothing was sent", attempted: "publish")
        var outcomes = [Result<PublishResult, AMQPError>](repeating: .failure(unsent), count: messages.count)
        var open = Array(messages.indices)
        let connection = connection
        do throws(AMQPError) {
            try await perform { (channel, _) throws(AMQPError) in
                let sent = open.map { messages[$0].routed { connection.currentName(ofQueue: $0) } }
                let results = await channel.publish(sent)
                var again: [Int] = []
                var failure: AMQPError?
                for (index, result) in zip(open, results) {
                    outcomes[index] = result
                    guard case .failure(let error) = result else { continue }
                    if error.mayBeSentAgain(resends) { again.append(index) }
                    if error.code != .invalidArgument { failure = failure ?? error }
                }
                open = again
                // They go out on the next connection, where this one is gone.
                if let failure { throw failure }
            }
        } catch {
            // Each has its own reason, unless it was sent again and nothing came of that.
            for index in open {
                guard case .failure(let own) = outcomes[index], !own.isOutcomeUnknown else { continue }
                outcomes[index] = .failure(error)
            }
        }
        return outcomes.map { outcome in
            outcome.mapError { error in
                let isTold = error.code == .channelClosedByBroker || error.code == .cancelled
                return error.isOutcomeUnknown && !isTold ? error.asOutcomeUnknown : error
            }
        }
    }

    /// Closes the channel. Unacknowledged deliveries go back to their queues, and its consumers end. It does not wait for a
    /// connection that is away.
    public func close() async {
        await connection.closeChannel(id)
    }

    // MARK: Calls

    /// AMQP takes no name for the queue that the channel declared last, which no later connection would know.
    static func checkName(_ queue: String) throws(AMQPError) {
        guard queue.isEmpty else { return }
        throw AMQPError(.invalidArgument, reason: "the queue's name is empty; give the one that declareQueue returned")
    }

    /// Does `body` on the channel of the present connection, and again on the next where that was lost meanwhile.
    ///
    /// - Parameter record: notes what was done, for the connections to come. It is called only while the connection on which
    ///   it was done stands: else it is not there, and is done again. Without it, what was done once is done.
    @discardableResult
    func perform<Value: Sendable>(
        _ body: (AMQPChannel, _ generation: Int) async throws(AMQPError) -> Value,
        record: (@Sendable (inout RecoveringConnection.State, Value) -> Void)? = nil
    ) async throws(AMQPError) -> Value {
        let deadline = connection.callDeadline()
        var seen = 0
        while true {
            let (channel, generation) = try await connection.liveChannel(id, after: seen, until: deadline)
            seen = generation
            do throws(AMQPError) {
                let value = try await body(channel, generation)
                guard let record else { return value }
                let isThere = connection.state.withLock { state in
                    guard state.isOpen(generation: generation) else { return false }
                    record(&state, value)
                    return true
                }
                if isThere { return value }
            } catch {
                if error.code == .channelClosedByBroker { connection.channelEnded(id, error) }
                guard error.code != .cancelled, error.code != .outcomeUnknown, await channel.isConnectionGone() else {
                    throw error
                }
            }
        }
    }
}

extension OutgoingMessage {
    /// The default exchange routes by the name of the queue, which a broker may have changed.
    fileprivate func routed(_ currentName: (String) -> String) -> OutgoingMessage {
        guard exchange.isEmpty else { return self }
        var copy = self
        copy.routingKey = currentName(routingKey)
        return copy
    }
}

extension AMQPError {
    /// Whether a message that failed so goes out again on the next connection.
    fileprivate func mayBeSentAgain(_ resends: Bool) -> Bool {
        switch code {
        case .invalidArgument, .cancelled, .channelClosedByBroker: false
        default: resends || !isOutcomeUnknown
        }
    }
}
