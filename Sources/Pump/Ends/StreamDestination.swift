import AMQP
import MessageFormat
import NIOCore
import RabbitStream

/// A stream that a session publishes to over the stream protocol, each message as an entry of its own.
///
/// Messages are encoded into the frames that carry them, and leave with a flush. Their publishing ids are the session's
/// sequence; there is no publisher's reference, so that nothing of a later session is taken for a repeat.
final class StreamDestination: SessionDestination, StreamReceiver {
    /// Above so many bytes that the socket has not taken, nothing is published.
    private static let unsentLimit = 4 << 20
    /// Above so many bytes that wait for a flush, frames are handed over.
    private static let frameBytes = 256 << 10

    var session: PumpSession?
    private(set) var failure: PumpError?
    private(set) var nextSequence: UInt64 = 1
    private let connection: StreamConnection
    private let stream: String
    private let writer: EntryWriter
    private var frames: PublishFrames?
    /// Memory for property lists that are made.
    private var list = ByteBuffer()
    private(set) var canPublish = true

    init(_ connection: StreamConnection, stream: String) {
        self.connection = connection
        self.stream = stream
        writer = EntryWriter(StreamLayout(brokerVersion: connection.serverVersion))
    }

    /// The publisher to publish as.
    func begin(publisher: UInt8) { frames = connection.publishFrames(publisher: publisher) }

    var wait: DestinationWait? { canPublish ? nil : .socket }
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
        let outcome = batch.withParts(at: index) { parts -> Result<PublishFrames.Outcome?, WireError> in
            do throws(WireError) {
                return .success(try append(parts, batch, index, route, properties))
            } catch {
                return .failure(error)
            }
        }
        switch outcome {
        case .success(.appended):
            nextSequence += 1
            if let frames, frames.byteCount >= Self.frameBytes { handOver() }
            return .sent(sequence: sequence)
        case .success(.tooLarge(let size, let maximum)):
            return .undeliverable(.messageTooLarge(size: size, maximum: maximum))
        case .success(nil):
            // It has not begun, or has ended: nothing was published before, and the session is told.
            nextSequence += 1
            return .sent(sequence: sequence)
        case .failure(let error):
            return .undeliverable(.malformed("\(error)"))
        }
    }

    /// Encodes a message into the frames, with the names that it came with unless others are set.
    private func append(
        _ parts: DeliveryBatch.Parts,
        _ batch: DeliveryBatch,
        _ index: Int,
        _ route: PublishRoute?,
        _ properties: PublishedProperties
    ) throws(WireError) -> PublishFrames.Outcome? {
        let length = batch.entries[index].bodyLength
        let result = try properties.withList(parts.properties, scratch: &list) { list in
            Self.withName(route?.exchangeName, or: parts.exchange) { exchange in
                Self.withName(route?.routingKeyName, or: parts.routingKey) { key in
                    encode(list, exchange, key, length, parts.body, batch.fragments(at: index))
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

    private static func withName<Result>(
        _ name: ArraySlice<UInt8>?,
        or own: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        guard let name else { return body(own) }
        return name.withUnsafeBytes(body)
    }

    /// Everything that is published goes into the stream.
    func probe(
        _ batch: DeliveryBatch,
        at index: Int,
        properties: PublishedProperties,
        to route: PublishRoute
    ) -> SendOutcome {
        publish(batch, at: index, to: route, properties: properties)
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
        canPublish = connection.canWrite && connection.unsentBytes <= Self.unsentLimit
    }

    private func fail(_ error: StreamEndError) {
        guard failure == nil else { return }
        failure = .stream(error)
        session?.fail(.stream(error))
    }

    // MARK: What the broker tells

    func confirmed(_ ids: PublishingIDs, publisher: UInt8) {
        session?.judged(
            ids.lazy.map { PumpStateMachine.Verdict(sequence: $0, isMultiple: false, isTaken: true) }
        )
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
