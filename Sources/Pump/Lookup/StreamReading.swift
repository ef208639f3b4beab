import AMQP
import MessageFormat
import NIOCore
import RabbitStream
import Waiting

/// Reads a stream over the stream protocol, as messages of AMQP 0-9-1.
package enum StreamReading {
    /// Without a chunk for so long, it is given up.
    fileprivate static let patience = TimeAmount.seconds(10)
    fileprivate static let look = TimeAmount.milliseconds(2500)
    /// Chunks that the broker may send ahead: at first, and between which bounds, by how far it is and how large they are.
    fileprivate static let firstCredit: UInt16 = 4
    fileprivate static let credit = 4...1024
    /// Bytes of chunks that may be on their way.
    fileprivate static let chunkBytes = 8 << 20
    fileprivate static let batchMessages = 512
    fileprivate static let batchBytes = 256 << 10

    /// Reads from an offset on until whoever looks has an outcome.
    ///
    /// - Parameter makeReader: called on the event loop; what it returns looks at batch after batch there. The tag of a message
    ///   is its offset.
    /// - Throws: ``StreamError``, also where nothing comes for 10 s.
    package static func read<Outcome: Sendable>(
        _ end: ChunkEnd,
        from offset: OffsetSpecification,
        on eventLoop: any EventLoop,
        _ makeReader: @escaping @Sendable () -> (DeliveryBatch) -> Outcome?
    ) async throws(StreamError) -> Outcome {
        let done = Waiter<Result<Outcome, StreamError>?>()
        let stream = end.stream
        var first: UInt64 = 0
        if case .offset(let offset) = offset { first = offset }
        return try await end.read(from: offset, credit: firstCredit, until: done, on: eventLoop) {
            [first] connection in BatchReceiver(connection, stream: stream, first: first, makeReader(), done)
        }
    }
}

/// Takes chunks until there is an outcome.
private final class BatchReceiver<Outcome: Sendable>: StreamReceiver {
    private let connection: StreamConnection
    private let stream: String
    private let records: RecordWalk
    private let look: (DeliveryBatch) -> Outcome?
    private let done: Waiter<Result<Outcome, StreamError>?>
    private var pool = BatchPool()
    private var window: CreditWindow
    /// When it connected; the first chunk is asked for at once.
    private let began: NIODeadline
    private var hasReceived = false
    private var lastReceived: NIODeadline
    private var timeout: Scheduled<Void>?
    private var isDone = false

    init(
        _ connection: StreamConnection,
        stream: String,
        first: UInt64,
        _ look: @escaping (DeliveryBatch) -> Outcome?,
        _ done: Waiter<Result<Outcome, StreamError>?>
    ) {
        self.connection = connection
        self.stream = stream
        self.look = look
        self.done = done
        records = RecordWalk(stream: stream, layout: StreamLayout(brokerVersion: connection.serverVersion))
        records.first = first
        began = connection.eventLoop.now
        lastReceived = began
        window = CreditWindow(StreamReading.credit, outstanding: Int(StreamReading.firstCredit), now: began)
        watch()
    }

    func received(_ chunk: Chunk, subscription: UInt8) {
        guard !isDone else { return }
        let now = connection.eventLoop.now
        lastReceived = now
        if !hasReceived { window.measured(roundTrip: now - began) }
        hasReceived = true
        window.received(bytes: chunk.data.readableBytes, now: now)
        _ = records.append(chunk)
        while !isDone {
            let batch = pool.take()
            defer { pool.give(batch) }
            do throws(StreamEndError) {
                try records.fill(batch, messages: StreamReading.batchMessages, bytes: StreamReading.batchBytes)
            } catch {
                return end(.failure(StreamError(.corruptedChunk, reason: "\(error)")))
            }
            guard !batch.isEmpty else { break }
            if let outcome = look(batch) { return end(.success(outcome)) }
        }
        let credit = window.grant(room: StreamReading.chunkBytes)
        if credit > 0 { connection.credit(UInt16(clamping: credit), subscription: subscription) }
    }

    func metadataChanged(_ change: StreamChange) {
        end(.failure(StreamError(.closed, reason: "the stream '\(stream)' was deleted, or has lost its leader")))
    }

    func closed(_ error: StreamError) { end(.failure(error)) }

    /// Looks now and then whether anything came.
    private func watch() {
        timeout = connection.eventLoop.assumeIsolated().scheduleTask(in: StreamReading.look) {
            guard self.connection.eventLoop.now - self.lastReceived >= StreamReading.patience else {
                return self.watch()
            }
            self.end(.failure(StreamError(.timedOut, reason: "the stream '\(self.stream)' delivered nothing for 10 s")))
        }
    }

    private func end(_ result: Result<Outcome, StreamError>) {
        guard !isDone else { return }
        isDone = true
        timeout?.cancel()
        _ = done.resume(returning: result)
    }
}

extension DeliveryBatch {
    /// The offset of a message, where the batch comes from a stream by its chunks.
    package func streamOffset(at index: Int) -> Int64? {
        hasOffsets ? Int64(clamping: entries[index].deliveryTag) : nil
    }
}
