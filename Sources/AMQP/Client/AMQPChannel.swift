import NIOCore
import Transport

/// A channel of an AMQP connection, for topology and for ordinary traffic.
///
/// For many messages a second, ``PipelinedPublisher`` publishes and ``onEventLoop(_:)`` gives the channel as its event loop
/// sees it.
///
/// What a broker refuses (``AMQPError/replyCode`` 403, 404, 405, 406) closes the channel: that and every later call throw
/// why, its consumers end with it, and other channels of the connection go on.
///
/// What waits for the broker's answer ends at once where its task is cancelled, with ``AMQPError/Code/cancelled``. The
/// broker may have done it or do it yet: a message that ``get(_:noAcknowledgement:)`` asked for stays unacknowledged until
/// the channel closes.
public final class AMQPChannel: Sendable {
    /// Where everything of the channel happens: the event loop of its connection.
    public let eventLoop: any EventLoop
    let lane: NIOLoopBound<ChannelLane>
    let endpoint: Endpoint?

    init(lane: NIOLoopBound<ChannelLane>, endpoint: Endpoint?) {
        self.lane = lane
        self.endpoint = endpoint
        eventLoop = lane.eventLoop
    }

    /// Runs `body` on the event loop with the channel as the loop sees it.
    ///
    /// - Throws: what `body` throws.
    public func onEventLoop<Value: Sendable>(
        _ body: @escaping @Sendable (ChannelLane) throws -> Value
    ) async throws -> Value {
        let lane = lane
        return try await eventLoop.submit { try body(lane.value) }.get()
    }

    /// The channel as its event loop sees it. Must be called on the event loop.
    public var loopView: ChannelLane { lane.value }

    // MARK: Exchanges

    /// Declares an exchange; one that is there and is the same is left as it is.
    ///
    /// - Parameters:
    ///   - name: up to 255 bytes; names that begin with `amq.` are the broker's own.
    ///   - type: `direct`, `fanout`, `topic`, `headers`, or what a plugin adds.
    ///   - passive: only check that it exists, whatever it is like.
    ///   - durable: whether it outlives the broker.
    ///   - autoDelete: whether it goes away when the last queue or exchange that was bound to it is unbound.
    ///   - isInternal: whether nothing can be published to it, so that it serves exchanges that it is bound to.
    ///   - arguments: such as `alternate-exchange`.
    /// - Throws: ``AMQPError``: replyCode 404 for a passive one that is not there, 406 for one that is there and differs,
    ///   403 without the right to; each closes the channel.
    public func declareExchange(
        _ name: String,
        type: String = "direct",
        passive: Bool = false,
        durable: Bool = true,
        autoDelete: Bool = false,
        isInternal: Bool = false,
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        let declare = ExchangeDeclare(
            exchange: name,
            type: type,
            passive: passive,
            durable: durable,
            autoDelete: autoDelete,
            internal: isInternal,
            arguments: arguments
        )
        try await call(.exchangeDeclare(declare), .exchangeDeclareOK, "declare exchange '\(name)'")
    }

    /// Deletes an exchange with its bindings; one that does not exist is no error.
    ///
    /// - Parameter ifUnused: refuse, with replyCode 406, where something is bound to it.
    /// - Throws: ``AMQPError``, which closes the channel.
    public func deleteExchange(_ name: String, ifUnused: Bool = false) async throws(AMQPError) {
        let delete = ExchangeDelete(exchange: name, ifUnused: ifUnused)
        try await call(.exchangeDelete(delete), .exchangeDeleteOK, "delete exchange '\(name)'")
    }

    /// Binds an exchange to another: what `source` gets and the key matches goes to `destination` too.
    ///
    /// An addition of RabbitMQ. A binding that is there already is left as it is.
    ///
    /// - Throws: ``AMQPError``: replyCode 404 where one of them is not there; it closes the channel.
    public func bindExchange(
        _ destination: String,
        to source: String,
        routingKey: String = "",
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        let bind = ExchangeBind(destination: destination, source: source, routingKey: routingKey, arguments: arguments)
        try await call(.exchangeBind(bind), .exchangeBindOK, "bind exchange '\(destination)' to '\(source)'")
    }

    /// Takes a binding away that has this key and these arguments; one that does not exist is no error.
    ///
    /// - Throws: ``AMQPError``, which closes the channel.
    public func unbindExchange(
        _ destination: String,
        from source: String,
        routingKey: String = "",
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        let unbind = ExchangeUnbind(
            destination: destination,
            source: source,
            routingKey: routingKey,
            arguments: arguments
        )
        try await call(.exchangeUnbind(unbind), .exchangeUnbindOK, "unbind exchange '\(destination)' from '\(source)'")
    }

    // MARK: Queues

    /// Declares a queue; one that is there and is the same is left as it is.
    ///
    /// - Parameters:
    ///   - name: up to 255 bytes; with an empty one the broker makes a name up.
    ///   - passive: only check that it exists, whatever it is like.
    ///   - durable: whether it outlives the broker.
    ///   - exclusive: whether only this connection may use it, and it goes away with it.
    ///   - autoDelete: whether it goes away when its last consumer ends.
    ///   - arguments: such as `x-queue-type` (`classic`, `quorum`, `stream`), `x-message-ttl`, `x-dead-letter-exchange`.
    /// - Throws: ``AMQPError``: replyCode 404 for a passive one that is not there, 405 for another connection's exclusive
    ///   one, 406 for one that is there and differs, 403 without the right to; each closes the channel.
    /// - Returns: its name, the number of messages that are ready, and its consumers. The numbers of a quorum queue may
    ///   be 0 because its leader did not answer within 250 ms.
    @discardableResult
    public func declareQueue(
        _ name: String,
        passive: Bool = false,
        durable: Bool = true,
        exclusive: Bool = false,
        autoDelete: Bool = false,
        arguments: FieldTable = [:]
    ) async throws(AMQPError) -> (name: String, messages: Int, consumers: Int) {
        let declare = QueueDeclare(
            queue: name,
            passive: passive,
            durable: durable,
            exclusive: exclusive,
            autoDelete: autoDelete,
            arguments: arguments
        )
        let attempted = passive ? "look at queue '\(name)'" : "declare queue '\(name)'"
        let method = try await answer(.queueDeclare(declare), .queueDeclareOK, attempted)
        guard case .queueDeclareOK(let ok) = method else { return (name, 0, 0) }
        return (ok.queue, Int(ok.messageCount), Int(ok.consumerCount))
    }

    /// Binds a queue to an exchange: what the exchange gets and the key, or the arguments of a headers exchange, matches
    /// goes to the queue. A binding that is there already is left as it is.
    ///
    /// - Throws: ``AMQPError``: replyCode 404 where one of them is not there; it closes the channel.
    public func bindQueue(
        _ queue: String,
        to exchange: String,
        routingKey: String = "",
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        let bind = QueueBind(queue: queue, exchange: exchange, routingKey: routingKey, arguments: arguments)
        try await call(.queueBind(bind), .queueBindOK, "bind queue '\(queue)' to exchange '\(exchange)'")
    }

    /// Takes a binding away that has this key and these arguments; one that does not exist is no error.
    ///
    /// - Throws: ``AMQPError``, which closes the channel.
    public func unbindQueue(
        _ queue: String,
        from exchange: String,
        routingKey: String = "",
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        let unbind = QueueUnbind(queue: queue, exchange: exchange, routingKey: routingKey, arguments: arguments)
        try await call(.queueUnbind(unbind), .queueUnbindOK, "unbind queue '\(queue)' from exchange '\(exchange)'")
    }

    /// Deletes a queue with its messages; one that does not exist is no error.
    ///
    /// - Parameters:
    ///   - ifUnused: refuse, with replyCode 406, where it has consumers.
    ///   - ifEmpty: refuse, with replyCode 406, where it has messages that are ready.
    /// - Returns: how many messages that were ready went with it.
    /// - Throws: ``AMQPError``, which closes the channel.
    @discardableResult
    public func deleteQueue(
        _ name: String,
        ifUnused: Bool = false,
        ifEmpty: Bool = false
    ) async throws(AMQPError) -> Int {
        let delete = QueueDelete(queue: name, ifUnused: ifUnused, ifEmpty: ifEmpty)
        let method = try await answer(.queueDelete(delete), .queueDeleteOK, "delete queue '\(name)'")
        guard case .queueDeleteOK(let ok) = method else { return 0 }
        return Int(ok.messageCount)
    }

    /// Drops the messages of a queue that are ready; those that were delivered and are not acknowledged stay.
    ///
    /// - Returns: how many there were.
    /// - Throws: ``AMQPError``: replyCode 404 where there is no such queue, 540 for a stream; either closes the channel.
    @discardableResult
    public func purgeQueue(_ name: String) async throws(AMQPError) -> Int {
        let method = try await answer(.queuePurge(QueuePurge(queue: name)), .queuePurgeOK, "purge queue '\(name)'")
        guard case .queuePurgeOK(let ok) = method else { return 0 }
        return Int(ok.messageCount)
    }

    // MARK: The channel itself

    /// Asks the broker to stop or to go on with deliveries (channel.flow).
    ///
    /// RabbitMQ does not stop: use a prefetch count, or end the consumer. So only `true`, which changes nothing, succeeds.
    ///
    /// - Throws: ``AMQPError``: notSupported for `false`, which RabbitMQ would close the whole connection for.
    public func setFlow(active: Bool) async throws(AMQPError) {
        guard active else {
            throw notImplemented(
                "stop deliveries by channel.flow",
                "RabbitMQ has no channel.flow with active = false",
                hint: "limit deliveries with a prefetch count, or end the consumer"
            )
        }
        try await call(.channelFlow(ChannelFlow(active: true)), .channelFlowOK, "ask for deliveries to go on")
    }

    /// Closes the channel. Unacknowledged deliveries go back to their queues.
    ///
    /// - Throws: ``AMQPError`` where it is closed already, with the reason.
    public func close() async throws(AMQPError) {
        let close = ChannelClose(replyCode: 200, replyText: "goodbye")
        try await call(.channelClose(close), .channelCloseOK, "close the channel")
    }
}
