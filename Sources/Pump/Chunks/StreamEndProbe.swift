import NIOCore
import RabbitStream
import Waiting

/// Looks at where a stream ends, or begins, again and again, on a connection of its own.
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

    /// A chunk at one end of a stream.
    package struct Edge: Sendable, Hashable {
        /// The offset of its first message, and of what comes after its last.
        package var first: UInt64
        package var next: UInt64
        /// When the broker wrote it: milliseconds since 1970.
        package var time: Int64
    }

    /// How long a stream that has messages may take to deliver one.
    private static let patience = TimeAmount.seconds(2)
    /// What the broker calls the place of its newest chunk.
    private static let committed = "committed_chunk_id"

    private let stream: String
    private let configuration: @Sendable () throws -> StreamConnectionConfiguration
    private let eventLoop: any EventLoop
    private let waiting = Locked<Waiter<Edge?>?>(nil)
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
            guard let end = try await edge(.last, connection)?.next else { return .nothing }
            if let chunk { last = (chunk, end) }
            return .at(end)
        } catch {
            await close()
            throw error
        }
    }

    /// Where the stream begins now; `nil` where it delivers nothing. One look at a time.
    package func beginning() async throws -> Edge? {
        do {
            return try await edge(.first, try await opened())
        } catch {
            await close()
            throw error
        }
    }

    /// The offset of the oldest message that a stream has, on a connection that is closed afterwards; `nil` where it delivers
    /// nothing. It is read as any consumer reads, since RabbitMQ 3.10 has no other way.
    static func firstOffset(
        of stream: String,
        on eventLoop: any EventLoop,
        connection: @escaping @Sendable () throws -> StreamConnectionConfiguration
    ) async throws -> UInt64? {
        let probe = StreamEndProbe(of: stream, on: eventLoop, connection: connection)
        let first = try await probe.beginning()?.first
        await probe.close()
        return first
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
            EdgeReceiver(waiting)
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

    private func edge(
        _ place: OffsetSpecification,
        _ connection: StreamConnection
    ) async throws(StreamError) -> Edge? {
        let first = Waiter<Edge?>()
        waiting.withLock { $0 = first }
        let subscription = try await connection.subscribe(stream, from: place, credit: 1)
        let timeout = eventLoop.scheduleTask(in: Self.patience) { _ = first.resume(returning: nil) }
        let edge = await first.wait(orIfCancelled: nil)
        timeout.cancel()
        waiting.withLock { $0 = nil }
        try await connection.unsubscribe(subscription)
        return edge
    }
}

/// Takes the one chunk of each look.
private final class EdgeReceiver: StreamReceiver {
    typealias Edge = StreamEndProbe.Edge

    private let waiting: Locked<Waiter<Edge?>?>

    init(_ waiting: Locked<Waiter<Edge?>?>) { self.waiting = waiting }

    func received(_ chunk: Chunk, subscription: UInt8) {
        resume(Edge(first: chunk.firstOffset, next: chunk.nextOffset, time: chunk.timestamp))
    }

    func metadataChanged(_ change: StreamChange) { resume(nil) }
    func closed(_ error: StreamError) { resume(nil) }

    private func resume(_ edge: Edge?) {
        let waiter = waiting.withLock { $0 }
        waiter?.resume(returning: edge)
    }
}
