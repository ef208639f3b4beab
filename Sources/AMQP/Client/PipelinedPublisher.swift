import NIOCore

/// Publishes many messages with a bounded number of unconfirmed ones.
///
/// ```swift
/// let publisher = try await PipelinedPublisher.open(on: channel, window: 2000)
/// for order in orders {
///     try await publisher.publish(order, exchange: "orders", routingKey: "new")
/// }
/// let counts = try await publisher.drain()
/// ```
///
/// Messages go out in the order in which ``publish(_:properties:exchange:routingKey:mandatory:)`` was called, in as few
/// writes as the socket makes of them. The channel is the publisher's own: nothing else is to publish on it.
public final class PipelinedPublisher: Sendable {
    private let state: PublisherState
    private let receiver: NIOLoopBound<PublisherReceiver>
    private let number: UInt16
    private let frameMaximum: Int

    private init(state: PublisherState, receiver: NIOLoopBound<PublisherReceiver>, number: UInt16, frameMaximum: Int) {
        self.state = state
        self.receiver = receiver
        self.number = number
        self.frameMaximum = frameMaximum
    }

    /// Puts a channel that has no receiver into confirm mode and publishes on it.
    ///
    /// - Parameter window: how many messages may be unconfirmed, from 1 up. About the rate times the round trip keeps
    ///   the link busy: 20 000/s at 50 ms want 1000.
    /// - Throws: ``AMQPError``: invalidArgument for a window below 1, or a channel that has a receiver.
    public static func open(on channel: AMQPChannel, window: Int = 2000) async throws(AMQPError) -> PipelinedPublisher {
        guard window > 0 else {
            throw AMQPError(.invalidArgument, reason: "a window of \(window) messages; give 1 or more")
        }
        try await channel.selectConfirms()
        let state = PublisherState(window: window)
        let publisher: PipelinedPublisher?
        do {
            publisher = try await channel.onEventLoop { lane in
                guard lane.receiver == nil else { return nil }
                let receiver = PublisherReceiver(lane: lane, state: state)
                lane.receiver = receiver
                return PipelinedPublisher(
                    state: state,
                    receiver: NIOLoopBound(receiver, eventLoop: lane.eventLoop),
                    number: lane.number,
                    frameMaximum: lane.frameMaximum
                )
            }
        } catch {
            throw AMQPError.from(error, attempted: "publish", endpoint: nil)
        }
        guard let publisher else {
            throw AMQPError(.invalidArgument, reason: "the channel has a receiver already; open another channel")
        }
        return publisher
    }

    /// What became of the messages so far.
    public var counts: PublishCounts { state.counts }

    /// Publishes a message. Waits while the window is full, or while the broker or the socket takes no more; returns
    /// when the message is on its way, before its confirm.
    ///
    /// - Throws: ``AMQPError``: invalidArgument where a name or a property can't be put on the wire, cancelled while it
    ///   waits, and why the channel closed.
    public func publish(
        _ body: ByteBuffer,
        properties: BasicProperties = BasicProperties(),
        exchange: String,
        routingKey: String,
        mandatory: Bool = false
    ) async throws(AMQPError) {
        while true {
            let outcome = try state.add { (buffer, head) throws(WireError) in
                if head?.serves(exchange, routingKey, mandatory, properties) != true {
                    let publish = BasicPublish(exchange: exchange, routingKey: routingKey, mandatory: mandatory)
                    head = try MessageHead(publish, properties, channel: number, frameMaximum: frameMaximum)
                }
                head?.write(bodySize: body.readableBytes, to: &buffer)
                buffer.writeBody(body, channel: number, frameMaximum: frameMaximum)
            }
            switch outcome {
            case .added:
                return
            case .addedFirst:
                let receiver = receiver
                receiver.eventLoop.execute { receiver.value.send() }
                return
            case .full:
                try await state.waitForRoom()
            }
        }
    }

    /// Waits until the broker has spoken of every message.
    ///
    /// - Returns: the counts since the publisher was opened; none is unconfirmed.
    /// - Throws: ``AMQPError``: why the channel closed, or cancelled.
    public func drain() async throws(AMQPError) -> PublishCounts {
        try await state.waitUntilSettled()
        return state.counts
    }
}
