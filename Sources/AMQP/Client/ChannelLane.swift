import NIOCore

/// A channel as its event loop sees it: the fast path for deliveries, publishes, confirms and acknowledgements.
///
/// It is confined to the event loop of its connection. Nothing here hops, locks, or allocates for a message.
/// ``AMQPChannel`` is the same channel for asynchronous code.
public final class ChannelLane {
    typealias Answer = (method: Method, content: Delivery?)

    /// The channel's number on its connection.
    public let number: UInt16
    /// Who receives what arrives. It is kept alive until the channel closes.
    public var receiver: (any ChannelReceiver)?
    /// The number that the next publish in confirm mode gets.
    public private(set) var nextSequence: UInt64 = 1
    /// Whether the broker confirms publishes on this channel.
    public private(set) var isConfirming = false

    let handler: ConnectionHandler
    private var machine = ChannelMachine<EventLoopPromise<Answer>>()
    /// Answers to channel.flow that were written while the socket took no more.
    private var unreadAnswers = 0
    private static let unreadAnswerLimit = 100
    private(set) var askedForConfirms = false
    var awaited = AwaitedPublishes<EventLoopPromise<PublishResult>>()
    private var lastTag: UInt64 = 0

    init(number: UInt16, handler: ConnectionHandler) {
        self.number = number
        self.handler = handler
    }

    /// The event loop of the connection.
    public var eventLoop: any EventLoop { handler.eventLoop }
    /// Why the channel can't be used any more, or `nil`.
    public var failure: AMQPError? { handler.failure ?? machine.failure }
    /// Whether it is the connection that has ended, rather than the channel alone.
    var isConnectionGone: Bool { handler.failure != nil }
    /// Whether a publish would leave soon: the broker is in no alarm and the socket takes bytes.
    public var canPublish: Bool {
        handler.blockedReason == nil && isFlowing && handler.canWrite && failure == nil
    }
    /// Whether the broker lets this channel publish (channel.flow).
    public private(set) var isFlowing = true
    /// Why the broker blocks publishers, or `nil`.
    public var blockedReason: String? { handler.blockedReason }
    /// The largest frame of the connection, in bytes.
    public var frameMaximum: Int { Int(handler.negotiated.frameMaximum) }
    /// Bytes that were written and not flushed.
    public var pendingBytes: Int { handler.pendingBytes }

    // MARK: Publishing

    /// Publishes a delivery again, its body byte for byte.
    ///
    /// - Parameters:
    ///   - route: where to.
    ///   - properties: which properties it gets.
    ///   - mandatory: whether the broker is to return the message if no queue takes it.
    public func publish(
        _ batch: DeliveryBatch,
        at index: Int,
        to route: PublishRoute,
        properties: PublishedProperties = .asDelivered,
        mandatory: Bool
    ) -> PublishOutcome {
        // A frame on a closed channel would end the whole connection. The receiver knows that it is closed, and nothing
        // will confirm this number.
        guard machine.isOpen else { return .published(sequence: takeSequence()) }
        let frames = DeliveryFrames(
            batch: batch,
            index: index,
            route: route,
            properties: properties,
            isMandatory: mandatory,
            channel: number,
            frameMaximum: frameMaximum
        )
        var failure: PublishOutcome?
        handler.append { out in failure = frames.write(to: &out) }
        if let failure { return failure }
        for fragment in frames.fragments { write(fragment: fragment, maximum: frames.maximumBody) }
        return .published(sequence: takeSequence())
    }

    private func write(fragment: ByteBuffer, maximum: Int) {
        var rest = fragment
        while let part = rest.readSlice(length: min(maximum, rest.readableBytes)), part.readableBytes > 0 {
            handler.append { out in
                out.writeMultipleIntegers(Frame.body, number, UInt32(part.readableBytes))
            }
            handler.append(fragment: part)
            handler.append { out in out.writeInteger(Frame.end) }
        }
    }

    /// Publishes messages that were written as frames of this channel before.
    func publish(encoded messages: ByteBuffer, count: Int) {
        guard machine.isOpen else { return }
        handler.append { out in out.writeImmutableBuffer(messages) }
        nextSequence += UInt64(count)
    }

    func takeSequence() -> UInt64 {
        defer { nextSequence += 1 }
        return nextSequence
    }

    // MARK: Acknowledging

    /// Acknowledges a delivery, or all up to it that are not acknowledged yet. Sent at the next flush; nothing is sent on
    /// a channel that has ended.
    public func acknowledge(_ deliveryTag: UInt64, multiple: Bool) {
        guard failure == nil else { return }
        handler.append { $0.writeAcknowledge(channel: number, deliveryTag: deliveryTag, multiple: multiple) }
    }

    /// Gives a delivery back to its queue, or has it dropped or dead-lettered. Sent at the next flush; nothing is sent on
    /// a channel that has ended.
    public func reject(_ deliveryTag: UInt64, multiple: Bool = false, requeue: Bool) {
        let nack = BasicNack(deliveryTag: deliveryTag, multiple: multiple, requeue: requeue)
        write(.basicNack(nack))
    }

    /// Writes a method that has no answer and always fits, unless the channel has ended. Sent at the next flush.
    func write(_ method: Method) {
        guard failure == nil else { return }
        try? handler.write(checked: method, channel: number)
    }

    /// Sends what was written.
    public func flush() { handler.flush() }

    /// Stops or resumes reading from the connection, all its channels included.
    public func setReading(_ reading: Bool) { handler.setReading(reading) }

    /// Gives a batch back whose memory may serve again.
    public func recycle(_ batch: DeliveryBatch) { handler.channels.recycle(batch) }

    // MARK: Calls

    func call(
        _ method: Method,
        answer: MethodID,
        alternative: MethodID? = nil
    ) -> EventLoopFuture<Answer> {
        let promise = eventLoop.makePromise(of: Answer.self)
        if let failure {
            promise.fail(failure)
            return promise.futureResult
        }
        do throws(WireError) {
            try handler.write(checked: method, channel: number)
        } catch {
            promise.fail(AMQPError(.invalidArgument, reason: "\(error)"))
            return promise.futureResult
        }
        do throws(AMQPError) {
            try machine.call(.init(answer: answer, alternative: alternative, token: promise))
            handler.log.called(method, channel: number)
        } catch {
            promise.fail(error)
        }
        if method.id == .confirmSelect, !askedForConfirms {
            // The broker counts from here, not from the first publish on the channel.
            askedForConfirms = true
            nextSequence = 1
        }
        handler.flush()
        return promise.futureResult
    }

    /// Ends a consumer (basic.cancel). What was delivered before has been handed on when the answer is there.
    public func cancelConsumer(_ tag: String) -> EventLoopFuture<Void> {
        call(.basicCancel(BasicCancel(consumerTag: tag)), answer: .basicCancelOK).map { _ in }
    }

    /// Declares a durable fanout exchange that is there already, which changes nothing: it fails, and closes the channel,
    /// where the exchange is another by now (406).
    package func redeclareFanout(_ exchange: String) -> EventLoopFuture<Void> {
        call(
            .exchangeDeclare(ExchangeDeclare(exchange: exchange, type: "fanout", durable: true)),
            answer: .exchangeDeclareOK
        ).map { _ in }
    }

    /// A consumer tag that no consumer of this channel had before.
    func freshTag() -> String {
        lastTag += 1
        return "consumer-\(number)-\(lastTag)"
    }

    /// Closes the channel without awaiting the answer.
    func close() {
        let close = ChannelClose(replyCode: 200, replyText: "goodbye")
        call(.channelClose(close), answer: .channelCloseOK).whenFailure { _ in }
    }

    // MARK: What arrives

    func received(_ method: Method) throws(ProtocolViolation) {
        switch try machine.received(method) {
        case .answer(let promise):
            if method.id == .confirmSelectOK { isConfirming = true }
            if case .basicCancelOK(let ok) = method {
                handler.channels.removeConsumer(ok.consumerTag, channel: number)
                receiver?.consumerEnded(tag: ok.consumerTag)
            }
            if method.id == .channelCloseOK { closed(AMQPError(.closed, reason: "the channel was closed")) }
            promise.succeed((method, nil))
        case .consumerCancelled(let tag):
            receiver?.consumerCancelled(tag: tag)
            handler.channels.removeConsumer(tag, channel: number)
        case .flow(let active):
            isFlowing = active
            // The answers to a peer that reads none would pile up without end.
            unreadAnswers = handler.canWrite ? 0 : unreadAnswers + 1
            guard unreadAnswers <= Self.unreadAnswerLimit else { throw .unreadAnswers }
            try? handler.write(checked: .channelFlowOK(ChannelFlowOK(active: active)), channel: number)
            handler.flush()
            receiver?.publishabilityChanged()
        case .closedByBroker(let error, let promises):
            handler.log.refused(error, channel: number)
            try? handler.write(checked: .channelCloseOK(ChannelCloseOK()), channel: number)
            handler.flush()
            for promise in promises { promise.fail(error) }
            closed(error)
        case .closesCrossed(let error, let promises):
            try? handler.write(checked: .channelCloseOK(ChannelCloseOK()), channel: number)
            handler.flush()
            for promise in promises { promise.fail(error) }
        case .ignore:
            break
        }
    }

    func received(_ method: Method, _ content: DeliveryBatch) throws(ProtocolViolation) {
        switch method {
        case .basicReturn(let value):
            awaited.returned(ReturnLikeness(value, content))
            receiver?.returned(
                ReturnedMessage(replyCode: value.replyCode, replyText: value.replyText, content: content)
            )
        default:
            guard case .answer(let promise) = try machine.received(method) else { return }
            do {
                promise.succeed((method, try Delivery(content, at: 0)))
            } catch {
                promise.fail(AMQPError(.protocolViolation, reason: "a message that can't be decoded: \(error)"))
            }
        }
    }

    func received(_ confirms: [Confirm]) {
        receiver?.received(confirms)
        guard !awaited.isEmpty else { return }
        for confirm in confirms {
            for (promise, result) in awaited.settle(confirm) { promise.succeed(result) }
        }
    }

    func connectionFailed(_ error: AMQPError) {
        for promise in machine.fail(with: error) { promise.fail(error.withUnknownOutcome) }
        closed(error)
    }

    private func closed(_ error: AMQPError) {
        handler.channels.close(number)
        for promise in awaited.removeAll() { promise.fail(error.withUnknownOutcome) }
        let last = receiver
        receiver = nil
        last?.closed(error)
    }
}
