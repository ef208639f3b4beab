import DequeModule
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

    private let handler: ConnectionHandler
    private var machine = ChannelMachine<EventLoopPromise<Answer>>()
    private var isFlowing = true
    /// Answers to channel.flow that were written while the socket took no more.
    private var unreadAnswers = 0
    private static let unreadAnswerLimit = 100
    private var askedForConfirms = false
    private var waiting: [UInt64: EventLoopPromise<PublishResult>] = [:]
    private var waitingOrder: Deque<UInt64> = []
    /// Whether a return came while publishes were awaited, and no confirm since.
    private var hasReturn = false

    init(number: UInt16, handler: ConnectionHandler) {
        self.number = number
        self.handler = handler
    }

    public var eventLoop: any EventLoop { handler.eventLoop }
    /// Why the channel can't be used any more, or `nil`.
    public var failure: AMQPError? { handler.failure ?? machine.failure }
    /// Whether a publish would leave soon: the broker is in no alarm and the socket takes bytes.
    public var canPublish: Bool {
        handler.blockedReason == nil && isFlowing && handler.canWrite && failure == nil
    }
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
        let entry = batch.entries[index]
        let propertiesBound = properties.bound(for: entry.propertiesLength)
        let routing =
            (route.exchange?.count ?? entry.exchangeLength + 1)
            + (route.routingKey?.count ?? entry.routingKeyLength + 1)
        let isInline = entry.firstFragment < 0
        let maximumBody = frameMaximum - Frame.overhead
        let frames = isInline ? (entry.bodyLength + maximumBody - 1) / maximumBody : 0
        let bound =
            2 * Frame.overhead + 7 + routing + 12 + propertiesBound
            + (isInline ? entry.bodyLength + frames * Frame.overhead : 0)

        var failure: PublishOutcome?
        handler.append { out in
            out.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { target in
                guard let base = target.baseAddress else { return 0 }
                return batch.bytes.withUnsafeReadableBytes { bytes in
                    var writer = RawWriter(base)
                    writer.method(channel: number, length: 7 + routing, id: MethodID.basicPublish.rawValue)
                    writer.write(UInt16(0))
                    writer.copy(route.exchange, or: bytes, entry.start..<(entry.start + entry.exchangeLength + 1))
                    let key = entry.start + entry.exchangeLength + 1
                    writer.copy(route.routingKey, or: bytes, key..<(key + entry.routingKeyLength + 1))
                    writer.write(UInt8(mandatory ? 1 : 0))
                    writer.write(Frame.end)

                    let headerStart = writer.count
                    writer.frame(Frame.header, channel: number, length: 0)
                    writer.write(UInt16(60))
                    writer.write(UInt16(0))
                    writer.write(UInt64(entry.bodyLength))
                    let own = entry.propertiesStart..<(entry.propertiesStart + entry.propertiesLength)
                    do throws(WireError) {
                        try properties.write(UnsafeRawBufferPointer(rebasing: bytes[own]), to: &writer)
                    } catch {
                        failure = .malformed(error)
                        return 0
                    }
                    let headerSize = writer.count - headerStart - Frame.headerLength
                    guard headerSize + Frame.overhead <= frameMaximum else {
                        failure = .headerTooLarge(size: headerSize + Frame.overhead, maximum: frameMaximum)
                        return 0
                    }
                    base.storeBytes(of: UInt32(headerSize).bigEndian, toByteOffset: headerStart + 3, as: UInt32.self)
                    writer.write(Frame.end)

                    guard isInline else { return writer.count }
                    var position = entry.bodyStart
                    let end = position + entry.bodyLength
                    while position < end {
                        let part = min(maximumBody, end - position)
                        writer.frame(Frame.body, channel: number, length: part)
                        writer.copy(UnsafeRawBufferPointer(rebasing: bytes[position..<(position + part)]))
                        writer.write(Frame.end)
                        position += part
                    }
                    return writer.count
                }
            }
        }
        if let failure { return failure }
        if !isInline {
            for fragment in batch.fragments[entry.firstFragment..<(entry.firstFragment + entry.fragmentCount)] {
                write(fragment: fragment, maximum: maximumBody)
            }
        }
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

    /// Publishes a message of one's own.
    ///
    /// - Returns: the number of the publish on a channel in confirm mode.
    /// - Throws: ``AMQPError`` where a name or a property can't be put on the wire, or the channel is closed.
    @discardableResult
    public func publish(
        _ body: ByteBuffer,
        properties: BasicProperties,
        exchange: String,
        routingKey: String,
        mandatory: Bool = false
    ) throws(AMQPError) -> UInt64 {
        if let failure { throw failure }
        var refusal: WireError?
        handler.append { out in
            do throws(WireError) {
                try out.writeMessage(
                    body,
                    properties: properties,
                    publish: BasicPublish(exchange: exchange, routingKey: routingKey, mandatory: mandatory),
                    channel: number,
                    frameMaximum: frameMaximum
                )
            } catch {
                refusal = error
            }
        }
        if let refusal {
            throw AMQPError(.invalidArgument, reason: "\(refusal)", attempted: "publish to exchange '\(exchange)'")
        }
        return takeSequence()
    }

    /// Publishes messages that were written as frames of this channel before.
    func publish(encoded messages: ByteBuffer, count: Int) {
        guard machine.isOpen else { return }
        handler.append { out in out.writeImmutableBuffer(messages) }
        nextSequence += UInt64(count)
    }

    private func takeSequence() -> UInt64 {
        defer { nextSequence += 1 }
        return nextSequence
    }

    /// Publishes a message and tells what the broker said of it. The channel must be in confirm mode.
    func publishAwaitingConfirm(
        _ body: ByteBuffer,
        properties: BasicProperties,
        exchange: String,
        routingKey: String,
        mandatory: Bool
    ) -> EventLoopFuture<PublishResult> {
        let promise = eventLoop.makePromise(of: PublishResult.self)
        do throws(AMQPError) {
            if let failure { throw failure }
            guard askedForConfirms else {
                throw AMQPError(
                    .invalidArgument,
                    reason: "the channel is not in confirm mode: call selectConfirms() first"
                )
            }
            let sequence = try publish(
                body,
                properties: properties,
                exchange: exchange,
                routingKey: routingKey,
                mandatory: mandatory
            )
            waiting[sequence] = promise
            waitingOrder.append(sequence)
            flush()
        } catch {
            promise.fail(error)
        }
        return promise.futureResult
    }

    // MARK: Acknowledging

    /// Acknowledges a delivery, or all up to it that are not acknowledged yet. Sent at the next flush.
    public func acknowledge(_ deliveryTag: UInt64, multiple: Bool) {
        guard failure == nil else { return }
        handler.writeAcknowledge(channel: number, deliveryTag: deliveryTag, multiple: multiple)
    }

    /// Gives a delivery back to its queue, or has it dropped or dead-lettered. Sent at the next flush.
    public func reject(_ deliveryTag: UInt64, multiple: Bool = false, requeue: Bool) {
        guard failure == nil else { return }
        let nack = BasicNack(deliveryTag: deliveryTag, multiple: multiple, requeue: requeue)
        try? handler.write(checked: .basicNack(nack), channel: number)
    }

    /// Sends what was written.
    public func flush() { handler.flush() }

    /// Stops or resumes reading from the connection, all its channels included.
    public func setReading(_ reading: Bool) { handler.setReading(reading) }

    /// Gives a batch back whose memory may serve again.
    public func recycle(_ batch: DeliveryBatch) { handler.recycle(batch) }

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

    func addConsumer(_ tag: String) { handler.addConsumer(tag, channel: number) }

    // MARK: What arrives

    func received(_ method: Method) throws(ProtocolViolation) {
        switch try machine.received(method) {
        case .answer(let promise):
            if method.id == .confirmSelectOK { isConfirming = true }
            if method.id == .channelCloseOK { closed(AMQPError(.closed, reason: "the channel was closed")) }
            promise.succeed((method, nil))
        case .consumerCancelled(let tag):
            receiver?.consumerCancelled(tag: tag)
        case .flow(let active):
            isFlowing = active
            // The answers to a peer that reads none would pile up without end.
            unreadAnswers = handler.canWrite ? 0 : unreadAnswers + 1
            guard unreadAnswers <= Self.unreadAnswerLimit else { throw .unreadAnswers }
            try? handler.write(checked: .channelFlowOK(ChannelFlowOK(active: active)), channel: number)
            handler.flush()
            receiver?.publishabilityChanged()
        case .closedByBroker(let error, let promises):
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
            if !waitingOrder.isEmpty { hasReturn = true }
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

    func received(_ batch: DeliveryBatch) {
        receiver?.received(batch)
    }

    func received(_ confirms: [Confirm]) {
        receiver?.received(confirms)
        guard !waitingOrder.isEmpty else { return }
        for confirm in confirms { settle(confirm) }
    }

    private func settle(_ confirm: Confirm) {
        // A return precedes the confirm that covers it, and one publish is awaited at a time where returns matter.
        let wasReturned = hasReturn
        hasReturn = false
        let result: PublishResult = wasReturned ? .returned : confirm.isPositive ? .confirmed : .refused
        if confirm.isMultiple {
            while let first = waitingOrder.first, first <= confirm.sequence {
                waitingOrder.removeFirst()
                waiting.removeValue(forKey: first)?.succeed(result)
            }
        } else {
            waiting.removeValue(forKey: confirm.sequence)?.succeed(result)
            while let first = waitingOrder.first, waiting[first] == nil { waitingOrder.removeFirst() }
        }
    }

    func connectionFailed(_ error: AMQPError) {
        for promise in machine.fail(with: error) { promise.fail(error) }
        closed(error)
    }

    private func closed(_ error: AMQPError) {
        handler.closeLane(number)
        let unsettled = waiting.values
        waiting.removeAll()
        waitingOrder.removeAll()
        for promise in unsettled { promise.fail(error) }
        let last = receiver
        receiver = nil
        last?.closed(error)
    }
}
