import NIOCore
import RabbitStream
import Waiting

/// Looks at where a stream ends, again and again, on a connection of its own.
///
/// What is delivered of a stream is committed: what had been confirmed when it was asked is before the end that is told.
package actor StreamEndProbe {
    /// Where a stream ends.
    package enum End: Sendable, Hashable {
        /// Behind its newest message, which is the one before this offset.
        case at(UInt64)
        /// It is empty, as the broker says.
        case empty
        /// It delivered nothing: it is empty, or slow.
        case nothing
    }

    /// How long a stream that has messages may take to deliver one.
    private static let patience = TimeAmount.seconds(2)
    /// What the broker calls the place of its newest chunk.
    private static let committed = "committed_chunk_id"

    private let stream: String
    private let configuration: @Sendable () throws -> StreamConnectionConfiguration
    private let eventLoop: any EventLoop
    private let waiting = Locked<Waiter<UInt64?>?>(nil)
    private var connection: StreamConnection?
    /// What a look found, and the newest chunk before it: where there is no newer one, it is still so.
    private var last: (chunk: Int64, end: UInt64)?

    package init(
        of stream: String,
        on eventLoop: any EventLoop,
        connection configuration: @escaping @Sendable () throws -> StreamConnectionConfiguration
    ) {
        self.stream = stream
        self.eventLoop = eventLoop
        self.configuration = configuration
    }

    /// Where the stream ends now. One look at a time.
    package func look() async throws -> End {
        do {
            let connection = try await opened()
            let chunk = try await newestChunk(connection)
            if let chunk, let last, last.chunk == chunk { return .at(last.end) }
            last = nil
            if let chunk, chunk < 0 { return .empty }
            guard let end = try await end(connection) else { return .nothing }
            if let chunk { last = (chunk, end) }
            return .at(end)
        } catch {
            await close()
            throw error
        }
    }

    package func close() async {
        let ended = connection
        connection = nil
        last = nil
        await ended?.close()
    }

    private func opened() async throws -> StreamConnection {
        if let connection { return connection }
        let waiting = waiting
        let made = try await StreamConnection.connect(try configuration(), on: eventLoop) { _ in
            NewestChunkReceiver(waiting)
        }
        connection = made
        return made
    }

    /// `nil` where the broker has no word for it, as before 3.11; -1 where it has no chunk.
    private func newestChunk(_ connection: StreamConnection) async throws(StreamError) -> Int64? {
        guard await connection.supports(.streamStats) else { return nil }
        do throws(StreamError) {
            return try await connection.streamStatistics(stream)[Self.committed]
        } catch {
            guard error.code == .refused || error.code == .notSupported else { throw error }
            return nil
        }
    }

    private func end(_ connection: StreamConnection) async throws(StreamError) -> UInt64? {
        let first = Waiter<UInt64?>()
        waiting.withLock { $0 = first }
        let subscription = try await connection.subscribe(stream, from: .last, credit: 1)
        let timeout = eventLoop.scheduleTask(in: Self.patience) { _ = first.resume(returning: nil) }
        let end = await first.wait(orIfCancelled: nil)
        timeout.cancel()
        waiting.withLock { $0 = nil }
        try await connection.unsubscribe(subscription)
        return end
    }
}

/// Takes the one chunk of each look.
private final class NewestChunkReceiver: StreamReceiver {
    private let waiting: Locked<Waiter<UInt64?>?>

    init(_ waiting: Locked<Waiter<UInt64?>?>) { self.waiting = waiting }

    func received(_ chunk: Chunk, subscription: UInt8) { resume(chunk.nextOffset) }
    func metadataChanged(_ change: StreamChange) { resume(nil) }
    func closed(_ error: StreamError) { resume(nil) }

    private func resume(_ end: UInt64?) {
        let waiter = waiting.withLock { $0 }
        waiter?.resume(returning: end)
    }
}
