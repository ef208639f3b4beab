import NIOCore

/// Publishing, one message at a time. ``PipelinedPublisher`` is for many.
extension AMQPChannel {
    /// Asks the broker to confirm publishes on this channel from now on (confirm.select). A transactional channel can't.
    ///
    /// - Throws: ``AMQPError`` where the broker refuses, which closes the channel, or the channel is closed.
    public func selectConfirms() async throws(AMQPError) {
        try await call(.confirmSelect(ConfirmSelect()), .confirmSelectOK, "ask for confirms")
    }

    /// Publishes a message and waits for the broker's word. The channel must be in confirm mode.
    ///
    /// Many tasks may publish at once, and the broker confirms their messages together. It waits as long as the broker is
    /// in a resource alarm (``AMQPConnection/publishingStatus()``).
    ///
    /// - Parameters:
    ///   - properties: `deliveryMode` 2 has it survive a restart of the broker in a durable queue.
    ///   - exchange: empty for the default exchange, which routes to the queue whose name is the routing key.
    ///   - mandatory: whether it comes back where no queue takes it; else it is confirmed, and gone.
    /// - Returns: what became of it.
    /// - Throws: ``AMQPError``: invalidArgument where the channel is not in confirm mode, or a name or a property can't be
    ///   put on the wire. Any other error is why the channel has ended, and where ``AMQPError/isOutcomeUnknown`` is set the
    ///   message had been sent: it may or may not be in its queues.
    public func publish(
        _ body: ByteBuffer,
        properties: BasicProperties = BasicProperties(),
        exchange: String,
        routingKey: String,
        mandatory: Bool = false
    ) async throws(AMQPError) -> PublishResult {
        try await run("publish to exchange '\(exchange)'") { lane in
            lane.publishAwaitingConfirm(
                body,
                properties: properties,
                exchange: exchange,
                routingKey: routingKey,
                mandatory: mandatory
            )
        }
    }

    /// Publishes a message and asks for no word of it. It may be lost without anybody being told.
    ///
    /// Returns when the socket has room for more, so that memory stays bounded.
    ///
    /// - Parameter mandatory: whether it goes to ``ChannelReceiver/returned(_:)`` of the channel's receiver where no queue
    ///   takes it.
    /// - Throws: ``AMQPError`` where a name or a property can't be put on the wire, or the channel is closed.
    public func publishWithoutConfirm(
        _ body: ByteBuffer,
        properties: BasicProperties = BasicProperties(),
        exchange: String,
        routingKey: String,
        mandatory: Bool = false
    ) async throws(AMQPError) {
        try await run("publish to exchange '\(exchange)'") { lane in
            lane.publishWithoutConfirm(
                body,
                properties: properties,
                exchange: exchange,
                routingKey: routingKey,
                mandatory: mandatory
            )
        }
    }

    /// Publishes messages all at once and waits until the broker has spoken of each. The channel must be in confirm mode.
    ///
    /// They go out in their order and take about as much memory again as they have, until the socket has taken them.
    ///
    /// - Returns: what became of each, in their order. One that failed has why, as
    ///   ``publish(_:properties:exchange:routingKey:mandatory:)`` throws it: some may be confirmed and others not.
    public func publish(_ messages: [OutgoingMessage]) async -> [Result<PublishResult, AMQPError>] {
        guard !messages.isEmpty else { return [] }
        let endpoint = endpoint
        do throws(AMQPError) {
            return try await run("publish \(messages.count) messages") { lane in
                let outcomes = messages.map { message in
                    lane.publishAwaitingConfirm(
                        message.body,
                        properties: message.properties,
                        exchange: message.exchange,
                        routingKey: message.routingKey,
                        mandatory: message.isMandatory,
                        flushes: false
                    )
                }
                lane.flush()
                return EventLoopFuture.whenAllComplete(outcomes, on: lane.eventLoop).map { results in
                    zip(messages, results).map { message, result in
                        result.mapError {
                            AMQPError.from(
                                $0,
                                attempted: "publish to exchange '\(message.exchange)'",
                                endpoint: endpoint
                            )
                        }
                    }
                }
            }
        } catch {
            // Only the wait has ended, so that they may have been sent.
            return messages.map { _ in .failure(error.withUnknownOutcome) }
        }
    }
}
