import NIOCore

/// Deliveries and their acknowledgement. ``consumer(queue:tag:prefetch:exclusive:arguments:)`` is the ordinary way.
extension AMQPChannel {
    /// Limits the unacknowledged deliveries of consumers (basic.qos).
    ///
    /// - Parameters:
    ///   - count: 0 means no limit.
    ///   - wholeChannel: `false` for each consumer that is started from now on, `true` for all consumers of the channel
    ///     together, which RabbitMQ 4 deprecates and quorum queues refuse (540, which closes the connection).
    /// - Throws: ``AMQPError`` where the channel is closed.
    public func setPrefetch(_ count: UInt16, wholeChannel: Bool = false) async throws(AMQPError) {
        let qos = BasicQos(prefetchCount: count, global: wholeChannel)
        try await call(.basicQos(qos), .basicQosOK, "set the prefetch count to \(count)")
    }

    /// Starts a consumer whose deliveries go to `receiver`, on the event loop.
    ///
    /// - Parameters:
    ///   - queue: its name; empty for the queue that this channel declared last.
    ///   - tag: names the consumer on this channel; one is made up where it is empty.
    ///   - noAcknowledgement: whether the broker forgets each message as it sends it. No prefetch count bounds them then.
    ///   - exclusive: whether the queue may have no other consumer.
    ///   - arguments: such as `x-priority`, and `x-stream-offset` for a stream.
    ///   - makeReceiver: called on the event loop; `nil` leaves the channel's receiver as it is.
    /// - Returns: the consumer's tag.
    /// - Throws: ``AMQPError``: invalidArgument for a tag that the channel has already; channelClosedByBroker where the
    ///   queue is not there, may not be read, or is another's alone.
    @discardableResult
    public func consume(
        _ queue: String,
        tag: String,
        noAcknowledgement: Bool = false,
        exclusive: Bool = false,
        arguments: FieldTable = [:],
        receiver makeReceiver: (@Sendable (ChannelLane) -> any ChannelReceiver)? = nil
    ) async throws(AMQPError) -> String {
        let consume = BasicConsume(
            queue: queue,
            consumerTag: tag,
            noAck: noAcknowledgement,
            exclusive: exclusive,
            arguments: arguments
        )
        return try await run("consume from queue '\(queue)'") { lane in
            // The receiver is in place first: deliveries may come in the read that brings the answer.
            if let makeReceiver { lane.receiver = makeReceiver(lane) }
            return lane.consume(consume)
        }
    }

    /// Ends a consumer. Its unacknowledged deliveries stay so, and can be acknowledged.
    ///
    /// - Throws: ``AMQPError`` where the channel is closed.
    public func cancelConsumer(_ tag: String) async throws(AMQPError) {
        try await call(.basicCancel(BasicCancel(consumerTag: tag)), .basicCancelOK, "cancel consumer '\(tag)'")
    }

    /// Takes one message off a queue, or `nil` where none is ready.
    ///
    /// Each costs a round trip: a consumer is faster by far.
    ///
    /// - Parameter noAcknowledgement: whether the broker forgets the message as it sends it.
    /// - Throws: ``AMQPError``: replyCode 404 where there is no such queue, 405 for another connection's exclusive one; 540
    ///   for a stream.
    public func get(_ queue: String, noAcknowledgement: Bool = false) async throws(AMQPError) -> Delivery? {
        let get = BasicGet(queue: queue, noAck: noAcknowledgement)
        return try await run("get from queue '\(queue)'") { lane in
            lane.call(.basicGet(get), answer: .basicGetOK, alternative: .basicGetEmpty).map { answer in
                var delivery = answer.content
                if case .basicGetOK(let ok) = answer.method { delivery?.remainingMessages = Int(ok.messageCount) }
                return delivery
            }
        }
    }

    /// Acknowledges a delivery, or all up to it. One that was never delivered, or was acknowledged before, closes the
    /// channel (406).
    ///
    /// - Throws: ``AMQPError``: why the channel has ended. Nothing was sent then: the broker delivers the message again.
    public func acknowledge(_ deliveryTag: UInt64, multiple: Bool = false) async throws(AMQPError) {
        let ack = BasicAck(deliveryTag: deliveryTag, multiple: multiple)
        try await write(.basicAck(ack), "acknowledge delivery \(deliveryTag)")
    }

    /// Gives a delivery, or all up to it, back to the queue, or has it dropped or dead-lettered (basic.nack).
    ///
    /// - Throws: ``AMQPError``: why the channel has ended. Nothing was sent then: the broker delivers the message again.
    public func reject(_ deliveryTag: UInt64, multiple: Bool = false, requeue: Bool) async throws(AMQPError) {
        let nack = BasicNack(deliveryTag: deliveryTag, multiple: multiple, requeue: requeue)
        try await write(.basicNack(nack), "reject delivery \(deliveryTag)")
    }

    /// Gives all unacknowledged deliveries of the channel back to their queues, which may deliver them here again
    /// (basic.recover).
    ///
    /// - Parameter requeue: `true`; RabbitMQ has no other way.
    /// - Throws: ``AMQPError``: notSupported for `false`, which RabbitMQ would close the whole connection for.
    public func recover(requeue: Bool = true) async throws(AMQPError) {
        try checkRecover(requeue)
        try await call(.basicRecover(BasicRecover(requeue: true)), .basicRecoverOK, "recover deliveries")
    }

    /// Does what ``recover(requeue:)`` does without waiting for the broker (basic.recover-async, which AMQP 0-9-1
    /// deprecates).
    ///
    /// - Parameter requeue: `true`; RabbitMQ has no other way.
    /// - Throws: ``AMQPError``: notSupported for `false`, which RabbitMQ would close the whole connection for; and why the
    ///   channel has ended.
    public func recoverWithoutAnswer(requeue: Bool = true) async throws(AMQPError) {
        try checkRecover(requeue)
        try await write(.basicRecoverAsync(BasicRecoverAsync(requeue: true)), "recover deliveries")
    }

    private func checkRecover(_ requeue: Bool) throws(AMQPError) {
        guard !requeue else { return }
        throw notImplemented(
            "recover deliveries",
            "RabbitMQ has no basic.recover with requeue = false",
            hint: "recover with requeue, or reject the deliveries"
        )
    }

    /// Sends a method that has no answer, whether or not the task was cancelled.
    private func write(_ method: Method, _ attempted: String) async throws(AMQPError) {
        let lane = lane
        do {
            try await eventLoop.submit {
                if let failure = lane.value.failure { throw failure }
                lane.value.write(method)
                lane.value.flush()
            }.get()
        } catch {
            throw AMQPError.from(error, attempted: attempted, endpoint: endpoint)
        }
    }
}
