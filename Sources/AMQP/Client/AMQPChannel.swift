import NIOCore
import Transport

/// A channel of an AMQP connection, for topology and for ordinary traffic.
///
/// For many messages a second, ``onEventLoop(_:)`` gives the channel as its event loop sees it.
///
/// What waits for the broker's answer ends at once where its task is cancelled, with ``AMQPError/Code/cancelled``. The
/// broker may have done it or do it yet: a message that ``get(_:noAcknowledgement:)`` asked for stays unacknowledged until
/// the channel closes.
public final class AMQPChannel: Sendable {
    public let eventLoop: any EventLoop
    private let lane: NIOLoopBound<ChannelLane>
    let endpoint: Endpoint?

    init(lane: NIOLoopBound<ChannelLane>, endpoint: Endpoint?) {
        self.lane = lane
        self.endpoint = endpoint
        eventLoop = lane.eventLoop
    }

    /// Runs `body` on the event loop with the channel as the loop sees it.
    public func onEventLoop<Value: Sendable>(
        _ body: @escaping @Sendable (ChannelLane) throws -> Value
    ) async throws -> Value {
        let lane = lane
        return try await eventLoop.submit { try body(lane.value) }.get()
    }

    /// The channel as its event loop sees it. Must be called on the event loop.
    public var loopView: ChannelLane { lane.value }

    // MARK: Exchanges

    /// Declares an exchange; with `passive`, checks that it exists.
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

    /// Deletes an exchange; one that does not exist is no error.
    public func deleteExchange(_ name: String, ifUnused: Bool = false) async throws(AMQPError) {
        let delete = ExchangeDelete(exchange: name, ifUnused: ifUnused)
        try await call(.exchangeDelete(delete), .exchangeDeleteOK, "delete exchange '\(name)'")
    }

    /// Binds an exchange to another: what `source` gets and the key matches goes to `destination` too.
    public func bindExchange(
        _ destination: String,
        to source: String,
        routingKey: String = "",
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        let bind = ExchangeBind(destination: destination, source: source, routingKey: routingKey, arguments: arguments)
        try await call(.exchangeBind(bind), .exchangeBindOK, "bind exchange '\(destination)' to '\(source)'")
    }

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

    /// Declares a queue; with `passive`, checks that it exists.
    ///
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

    public func bindQueue(
        _ queue: String,
        to exchange: String,
        routingKey: String = "",
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        let bind = QueueBind(queue: queue, exchange: exchange, routingKey: routingKey, arguments: arguments)
        try await call(.queueBind(bind), .queueBindOK, "bind queue '\(queue)' to exchange '\(exchange)'")
    }

    public func unbindQueue(
        _ queue: String,
        from exchange: String,
        routingKey: String = "",
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        let unbind = QueueUnbind(queue: queue, exchange: exchange, routingKey: routingKey, arguments: arguments)
        try await call(.queueUnbind(unbind), .queueUnbindOK, "unbind queue '\(queue)' from exchange '\(exchange)'")
    }

    /// Deletes a queue; one that does not exist is no error.
    public func deleteQueue(_ name: String, ifUnused: Bool = false, ifEmpty: Bool = false) async throws(AMQPError) {
        let delete = QueueDelete(queue: name, ifUnused: ifUnused, ifEmpty: ifEmpty)
        try await call(.queueDelete(delete), .queueDeleteOK, "delete queue '\(name)'")
    }

    /// Drops the messages of a queue that are ready.
    public func purgeQueue(_ name: String) async throws(AMQPError) {
        try await call(.queuePurge(QueuePurge(queue: name)), .queuePurgeOK, "purge queue '\(name)'")
    }

    // MARK: Consuming

    /// Limits the unacknowledged deliveries of each consumer that is started from now on; 0 means no limit.
    public func setPrefetch(_ count: UInt16) async throws(AMQPError) {
        try await call(.basicQos(BasicQos(prefetchCount: count)), .basicQosOK, "set the prefetch count to \(count)")
    }

    /// Starts a consumer whose deliveries go to `receiver`, on the event loop.
    ///
    /// - Parameter makeReceiver: called on the event loop; `nil` leaves the channel's receiver as it is.
    public func consume(
        _ queue: String,
        tag: String,
        noAcknowledgement: Bool = false,
        exclusive: Bool = false,
        arguments: FieldTable = [:],
        receiver makeReceiver: (@Sendable (ChannelLane) -> any ChannelReceiver)? = nil
    ) async throws(AMQPError) {
        let consume = BasicConsume(
            queue: queue,
            consumerTag: tag,
            noAck: noAcknowledgement,
            exclusive: exclusive,
            arguments: arguments
        )
        let lane = lane
        do {
            _ = try await eventLoop.answer {
                let lane = lane.value
                // The receiver is in place first: deliveries may come in the read that brings the answer.
                if let makeReceiver { lane.receiver = makeReceiver(lane) }
                lane.addConsumer(tag)
                return lane.call(.basicConsume(consume), answer: .basicConsumeOK).map { _ in }
            }
        } catch {
            throw AMQPError.from(error, attempted: "consume from queue '\(queue)'", endpoint: endpoint)
        }
    }

    /// Ends a consumer. Its unacknowledged deliveries stay so.
    public func cancelConsumer(_ tag: String) async throws(AMQPError) {
        try await call(.basicCancel(BasicCancel(consumerTag: tag)), .basicCancelOK, "cancel consumer '\(tag)'")
    }

    /// Takes one message off a queue, or `nil` where none is ready.
    public func get(_ queue: String, noAcknowledgement: Bool = false) async throws(AMQPError) -> Delivery? {
        let get = BasicGet(queue: queue, noAck: noAcknowledgement)
        let lane = lane
        do {
            return try await eventLoop.answer {
                lane.value.call(.basicGet(get), answer: .basicGetOK, alternative: .basicGetEmpty)
                    .map { $0.content }
            }
        } catch {
            throw AMQPError.from(error, attempted: "get from queue '\(queue)'", endpoint: endpoint)
        }
    }

    /// Acknowledges a delivery, or all up to it.
    public func acknowledge(_ deliveryTag: UInt64, multiple: Bool = false) async {
        let lane = lane
        try? await eventLoop.submit {
            lane.value.acknowledge(deliveryTag, multiple: multiple)
            lane.value.flush()
        }.get()
    }

    /// Gives a delivery back to its queue, or has it dropped or dead-lettered.
    public func reject(_ deliveryTag: UInt64, multiple: Bool = false, requeue: Bool) async {
        let lane = lane
        try? await eventLoop.submit {
            lane.value.reject(deliveryTag, multiple: multiple, requeue: requeue)
            lane.value.flush()
        }.get()
    }

    // MARK: Publishing

    /// Asks the broker to confirm publishes on this channel from now on.
    public func selectConfirms() async throws(AMQPError) {
        try await call(.confirmSelect(ConfirmSelect()), .confirmSelectOK, "ask for confirms")
    }

    /// Publishes a message and waits for the broker's word. The channel must be in confirm mode.
    ///
    /// With `mandatory`, await one publish before the next: a return carries no number.
    public func publish(
        _ body: ByteBuffer,
        properties: BasicProperties = BasicProperties(),
        exchange: String,
        routingKey: String,
        mandatory: Bool = false
    ) async throws(AMQPError) -> PublishResult {
        let lane = lane
        do {
            return try await eventLoop.answer {
                lane.value.publishAwaitingConfirm(
                    body,
                    properties: properties,
                    exchange: exchange,
                    routingKey: routingKey,
                    mandatory: mandatory
                )
            }
        } catch {
            throw AMQPError.from(error, attempted: "publish to exchange '\(exchange)'", endpoint: endpoint)
        }
    }

    /// Closes the channel. Unacknowledged deliveries go back to their queues.
    public func close() async throws(AMQPError) {
        let close = ChannelClose(replyCode: 200, replyText: "goodbye")
        try await call(.channelClose(close), .channelCloseOK, "close the channel")
    }

    // MARK: Calls

    func call(_ method: Method, _ answer: MethodID, _ attempted: String) async throws(AMQPError) {
        _ = try await self.answer(method, answer, attempted)
    }

    private func answer(
        _ method: Method,
        _ answer: MethodID,
        _ attempted: String
    ) async throws(AMQPError) -> Method {
        let lane = lane
        do {
            return try await eventLoop.answer {
                lane.value.call(method, answer: answer).map { $0.method }
            }
        } catch {
            throw AMQPError.from(error, attempted: attempted, endpoint: endpoint)
        }
    }
}

/// One message that a broker delivered, decoded.
public struct Delivery: Sendable {
    /// What to acknowledge it with, on the channel that delivered it.
    public let deliveryTag: UInt64
    public let isRedelivered: Bool
    public let exchange: String
    public let routingKey: String
    public let properties: BasicProperties
    public let body: ByteBuffer

    /// Decodes one message of a batch.
    public init(_ batch: DeliveryBatch, at index: Int) throws(WireError) {
        deliveryTag = batch.entries[index].deliveryTag
        isRedelivered = batch.entries[index].isRedelivered
        exchange = batch.exchange(at: index)
        routingKey = batch.routingKey(at: index)
        properties = try batch.properties(at: index)
        body = batch.body(at: index)
    }
}
