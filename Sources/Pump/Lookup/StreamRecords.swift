import NIOCore
import RabbitStream
import Waiting

/// The records of a part of a stream: where each is, and what tells it from others.
struct StreamRecords: Sendable {
    /// Without a chunk for so long, the stream has nothing more.
    private static let patience = TimeAmount.seconds(10)
    private static let credit: UInt16 = 10

    private(set) var offsets: [UInt64] = []
    /// Hashes of their bytes, with a seed of this process.
    private(set) var digests: [Int] = []
    /// Whether all of the part is here.
    private(set) var isComplete = false

    /// Reads what a stream has from an offset on, up to another.
    ///
    /// - Parameter most: after so many records reading ends, with what there is.
    static func read(
        _ end: ChunkEnd,
        _ part: Range<UInt64>,
        most: Int,
        on eventLoop: any EventLoop
    ) async throws(StreamError) -> StreamRecords {
        guard !part.isEmpty else {
            var none = StreamRecords()
            none.isComplete = true
            return none
        }
        let done = Waiter<Result<StreamRecords, StreamError>?>()
        return try await end.read(from: .offset(part.lowerBound), credit: credit, until: done, on: eventLoop) {
            connection in RecordReceiver(connection, part, most: most, done)
        }
    }

    fileprivate mutating func add(_ chunk: Chunk, of part: Range<UInt64>) throws {
        var offset = chunk.firstOffset
        func digest(_ message: ByteBuffer) -> Int {
            var hasher = Hasher()
            message.withUnsafeReadableBytes { hasher.combine(bytes: $0) }
            return hasher.finalize()
        }
        func add(_ message: ByteBuffer) {
            if part.contains(offset) {
                offsets.append(offset)
                digests.append(digest(message))
            }
            offset += 1
        }
        var entries = chunk.entries
        while let entry = try entries.next() {
            switch entry {
            case .message(let message): add(message)
            case .subBatch(let batch):
                var messages = try batch.messages()
                while let message = try messages.next() { add(message) }
            }
        }
        isComplete = chunk.nextOffset >= part.upperBound
    }

    /// Takes chunks until all of the part is there.
    private final class RecordReceiver: StreamReceiver {
        private let connection: StreamConnection
        private let part: Range<UInt64>
        private let most: Int
        private let done: Waiter<Result<StreamRecords, StreamError>?>
        private var records = StreamRecords()
        private var timeout: Scheduled<Void>?

        init(
            _ connection: StreamConnection,
            _ part: Range<UInt64>,
            most: Int,
            _ done: Waiter<Result<StreamRecords, StreamError>?>
        ) {
            self.connection = connection
            self.part = part
            self.most = most
            self.done = done
            restartTimeout()
        }

        func received(_ chunk: Chunk, subscription: UInt8) {
            restartTimeout()
            do {
                try records.add(chunk, of: part)
            } catch {
                return end(.failure(StreamError(.cancelled, reason: "a chunk can't be read: \(error)")))
            }
            if records.isComplete || records.offsets.count > most { return end(.success(records)) }
            connection.credit(1, subscription: subscription)
        }

        func metadataChanged(_ change: StreamChange) {
            end(.failure(StreamError(.cancelled, reason: "the stream was deleted, or has lost its leader")))
        }

        func closed(_ error: StreamError) { end(.failure(error)) }

        private func restartTimeout() {
            timeout?.cancel()
            let (records, done) = (records, done)
            timeout = connection.eventLoop.scheduleTask(in: StreamRecords.patience) {
                _ = done.resume(returning: .success(records))
            }
        }

        private func end(_ result: Result<StreamRecords, StreamError>) {
            timeout?.cancel()
            _ = done.resume(returning: result)
        }
    }
}
