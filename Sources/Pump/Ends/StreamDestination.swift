import AMQP
import MessageFormat
import NIOCore
import RabbitStream

/// A stream that a session publishes to over the stream protocol, each message as an entry of its own.
///
/// Messages are encoded into the frames that carry them, and leave with a flush. Their publishing ids are the session's
/// sequence; there is no publisher's reference, so that nothing of a later session is taken for a repeat. What is confirmed is
/// told to the session at once, or with a ``ConfirmGate`` once that lets it through.
final class StreamDestination: SessionDestination, StreamReceiver {
    /// Above so many bytes that the socket has not taken, nothing is published.
    private static let unsentLimit = 4 << 20
    /// After how long without a confirm it is taken for one that nobody reads.
    private static let patience = TimeAmount.seconds(3)
    /// Above so many bytes that wait for a flush, frames are handed over.
    private static let frameBytes = 256 << 10

    var session: PumpSession? {
        didSet {
            if session == nil { gate?.end() } else { gate?.watch() }
        }
    }
    private(set) var failure: PumpError?
    private(set) var nextSequence: UInt64 = 1
    /// Published, and not judged yet.
    private var unjudged = 0 {
        didSet { if oldValue == 0 { lastConfirm = eventLoop.now } }
    }
    /// When something was last confirmed, or was first to be.
    private(set) var lastConfirm: NIODeadline
    /// A message that no frame has room for: nothing is published behind it, and the session ends once all before it is
    /// judged.
    private var tooLarge: StreamEndError?
    private let connection: StreamConnection
    private let stream: String
    private let writer: EntryWriter
    private var frames: PublishFrames?
    /// Memory for property lists that are made.
    private var list = ByteBuffer()
    private(set) var canPublish = true
    private let gate: ConfirmGate?
    /// What messages say that they were published to, unless it is set for each: with a gate the exchange that they would
    /// pass over AMQP.
    private let exchange: ArraySlice<UInt8>?

    init(_ connection: StreamConnection, stream: String, gate: ConfirmGate? = nil) {
        self.connection = connection
        self.stream = stream
        self.gate = gate
        lastConfirm = connection.eventLoop.now
        exchange = gate.map { ArraySlice($0.exchange.utf8) }
        writer = EntryWriter(StreamLayout(brokerVersion: connection.serverVersion))
    }

    /// The publisher to publish as.
    func begin(publisher: UInt8) {
        frames = connection.publishFrames(publisher: publisher)
        guard let gate else { return }
        gate.destination = self
        gate.begin()
        if let failure = gate.failure { gateFailed(failure) }
    }

    var wait: DestinationWait? {
        if let reason = gate?.alarm { return .alarm(reason) }
        // A socket takes some megabytes that nobody reads.
        let isSilent = gate != nil && unjudged > 0 && eventLoop.now - lastConfirm >= Self.patience
        return canPublish && !isSilent ? nil : .socket
    }

    /// Whether something was published that is not judged.
    var awaitsConfirms: Bool { unjudged > 0 }

    /// Nothing comes back from a stream.
    var replacesRoutingKey: Bool { false }
    func blamesMessage(_ error: AMQPError) -> Bool { false }

    func publish(
        _ batch: DeliveryBatch,
        at index: Int,
        to route: PublishRoute?,
        properties: PublishedProperties
    ) -> SendOutcome {
        let sequence = nextSequence
        // It has not begun, or has ended, unless something else is found.
        var outcome: Result<PublishFrames.Outcome?, WireError> = .success(nil)
        batch.withParts(at: index) { parts in
            do throws(WireError) {
                outcome = .success(try append(parts, batch, index, route, properties))
            } catch {
                outcome = .failure(error)
            }
        }
        switch outcome {
        case .success(.appended):
            nextSequence += 1
            unjudged += 1
            if let frames, frames.byteCount >= Self.frameBytes { handOver() }
            return .sent(sequence: sequence)
        case .success(.tooLarge(let size, let maximum)):
            if gate != nil {
                return leave(sequence, StreamEndError.tooLarge(stream: stream, size: size, maximum: maximum))
            }
            return .undeliverable(.messageTooLarge(size: size, maximum: maximum))
        case .success(nil):
            // It has not begun, or has ended: nothing was published before, and the session is told.
            nextSequence += 1
            unjudged += 1
            return .sent(sequence: sequence)
        case .failure(let error):
            return .undeliverable(.malformed("\(error)"))
        }
    }

    /// Leaves a message to a later session, which publishes it over AMQP.
    private func leave(_ sequence: UInt64, _ error: StreamEndError) -> SendOutcome {
        tooLarge = error
        canPublish = false
        nextSequence += 1
        if unjudged == 0 { eventLoop.assumeIsolated().execute { self.failIfAllJudged() } }
        return .sent(sequence: sequence)
    }

    private func failIfAllJudged() {
        if let tooLarge, unjudged == 0 { fail(tooLarge) }
    }

    private var eventLoop: any EventLoop { connection.eventLoop }

    /// Encodes a message into the frames, with the key that it came with unless another is set.
    private func append(
        _ parts: DeliveryBatch.Parts,
        _ batch: DeliveryBatch,
        _ index: Int,
        _ route: PublishRoute?,
        _ properties: PublishedProperties
    ) throws(WireError) -> PublishFrames.Outcome? {
        let length = batch.entries[index].bodyLength
        var result: Result<PublishFrames.Outcome?, WireError> = .success(nil)
        try properties.withList(parts.properties, scratch: &list) { list in
            Self.withName(route?.exchangeName ?? exchange, or: parts.exchange) { exchange in
                Self.withName(route?.routingKeyName, or: parts.routingKey) { key in
                    result = encode(list, exchange, key, length, parts.body, batch.fragments(at: index))
                }
            }
        }
        return try result.get()
    }

    private func encode(
        _ list: UnsafeRawBufferPointer,
        _ exchange: UnsafeRawBufferPointer,
        _ key: UnsafeRawBufferPointer,
        _ length: Int,
        _ body: UnsafeRawBufferPointer,
        _ fragments: ArraySlice<ByteBuffer>
    ) -> Result<PublishFrames.Outcome?, WireError> {
        do throws(WireError) {
            return .success(
                try frames?.append(nextSequence) { buffer throws(WireError) in
                    try writer.write(list, exchange: exchange, routingKey: key, bodyLength: length, to: &buffer)
                    buffer.writeBytes(body)
                    for fragment in fragments { buffer.writeImmutableBuffer(fragment) }
                }
            )
        } catch {
            return .failure(error)
        }
    }

    private static func withName(
        _ name: ArraySlice<UInt8>?,
        or own: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        guard let name else { return body(own) }
        name.withUnsafeBytes(body)
    }

    /// Everything that is published goes into the stream, unless AMQP is at hand.
    func probe(
        _ batch: DeliveryBatch,
        at index: Int,
        properties: PublishedProperties,
        to route: PublishRoute
    ) -> SendOutcome {
        guard let gate else { return publish(batch, at: index, to: route, properties: properties) }
        let sequence = nextSequence
        guard gate.probe(batch, at: index, properties: properties, to: route, as: sequence) else {
            return .undeliverable(.malformed("a probe"))
        }
        nextSequence += 1
        unjudged += 1
        return .sent(sequence: sequence)
    }

    /// A probe was confirmed over AMQP, or refused there. It has passed once the stream's leader has answered too.
    func probeArrived(_ sequence: UInt64, isTaken: Bool) {
        guard isTaken else { return tell(sequence, isTaken: false) }
        connection.askLeader(of: stream, reference: "ropeway").assumeIsolated().whenComplete { result in
            switch result {
            case .success: self.tell(sequence, isTaken: true)
            case .failure(let error):
                let error = error as? StreamError ?? StreamError(.connectionLost, reason: "\(error)")
                self.fail(StreamEndError(error, of: .destination, stream: self.stream))
            }
        }
    }

    private func tell(_ sequence: UInt64, isTaken: Bool) {
        unjudged -= 1
        session?.judged(
            CollectionOfOne(PumpStateMachine.Verdict(sequence: sequence, isMultiple: false, isTaken: isTaken))
        )
        failIfAllJudged()
    }

    func flush() {
        handOver()
        connection.flush()
        noteWritability()
    }

    private func handOver() {
        guard var taken = frames, failure == nil else { return }
        // Not two of them at a time: the memory would be copied.
        frames = nil
        do throws(StreamError) {
            try connection.publish(&taken)
        } catch {
            fail(.lost(.destination, error))
        }
        frames = taken
        noteWritability()
    }

    private func noteWritability() {
        canPublish =
            tooLarge == nil && gate?.alarm == nil && gate?.answers != false && connection.canWrite
            && connection.unsentBytes <= Self.unsentLimit
    }

    private func fail(_ error: StreamEndError) { end(.stream(error)) }

    /// What is confirmed can't be let through any more.
    func gateFailed(_ error: PumpError) { end(error) }

    private func end(_ error: PumpError) {
        guard failure == nil else { return }
        failure = error
        canPublish = false
        session?.fail(error)
    }

    // MARK: What the broker tells

    func confirmed(_ ids: PublishingIDs, publisher: UInt8) {
        guard let gate else { return judged(ids) }
        lastConfirm = eventLoop.now
        gate.hold(ids)
    }

    /// The session counts these as taken.
    func judged(_ ids: some Collection<UInt64>) {
        unjudged -= ids.count
        session?.judged(
            ids.lazy.map { PumpStateMachine.Verdict(sequence: $0, isMultiple: false, isTaken: true) }
        )
        failIfAllJudged()
    }

    func readCompleted() {
        guard let gate else { return }
        // No confirm pushes out what waits for more while the gate is asked.
        handOver()
        connection.flush()
        gate.ask()
    }

    func refused(_ refusals: [PublishRefusal], publisher: UInt8) {
        guard let code = refusals.first?.code else { return }
        switch code {
        case .streamDoesNotExist, .streamNotAvailable, .publisherDoesNotExist:
            fail(.unavailable(.destination, stream: stream, code))
        default: fail(.refused(stream: stream, code))
        }
    }

    func writabilityChanged() {
        noteWritability()
        session?.publishabilityChanged()
    }

    func metadataChanged(_ change: StreamChange) {
        fail(.unavailable(.destination, stream: stream, change.code))
    }

    func closed(_ error: StreamError) { fail(.lost(.destination, error)) }
}
