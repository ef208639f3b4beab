import NIOCore
import NIOPosix
import Pump
import RabbitStream
import Waiting

extension ChunkTimes {
    private static let credit: UInt16 = 32
    /// Without a chunk for so long, reading is given up.
    private static let patience = TimeAmount.seconds(30)

    /// Reads when the messages of a stream were written, up to where it ends now.
    package static func read(_ stream: String, of site: Site) async throws(TopologyError) -> ChunkTimes {
        do {
            let eventLoop = NIOSingletons.posixEventLoopGroup.next()
            let configuration: @Sendable () throws -> StreamConnectionConfiguration = {
                try site.streamConnection(name: "ropeway times of \(stream)")
            }
            let probe = StreamEndProbe(of: stream, on: eventLoop, connection: configuration)
            let end = try await probe.look()
            await probe.close()
            guard case .at(let end) = end else { return ChunkTimes() }
            return try await read(stream, until: end, try configuration(), eventLoop)
        } catch {
            throw TopologyError(error, onStreamsOf: site, object: stream)
        }
    }

    private static func read(
        _ stream: String,
        until end: UInt64,
        _ configuration: StreamConnectionConfiguration,
        _ eventLoop: any EventLoop
    ) async throws -> ChunkTimes {
        let done = Waiter<Result<ChunkTimes, StreamError>>()
        let progress = Locked<UInt64>(0)
        let connection = try await StreamConnection.connect(configuration, on: eventLoop) { connection in
            ChunkTimesReceiver(connection, until: end, done, progress)
        }
        let watch = eventLoop.scheduleRepeatedTask(initialDelay: patience, delay: patience) { _ in
            let seen = progress.withLock { seen in
                defer { seen = 0 }
                return seen
            }
            guard seen == 0 else { return }
            done.resume(returning: .failure(StreamError(.timedOut, reason: "the stream '\(stream)' delivers nothing")))
        }
        defer { watch.cancel() }
        do {
            _ = try await connection.subscribe(stream, from: .first, credit: credit)
            let cancelled = StreamError(.cancelled, reason: "the task was cancelled")
            let times = try await done.wait(orIfCancelled: .failure(cancelled)).get()
            await connection.close()
            return times
        } catch {
            await connection.close()
            throw error
        }
    }
}

/// Notes the times of chunks as they come. Confined to the event loop of its connection.
private final class ChunkTimesReceiver: StreamReceiver {
    private let connection: StreamConnection
    private let end: UInt64
    private let done: Waiter<Result<ChunkTimes, StreamError>>
    private let progress: Locked<UInt64>
    private var times = ChunkTimes()
    private var taken: UInt16 = 0
    private var subscription: UInt8 = 0

    init(
        _ connection: StreamConnection,
        until end: UInt64,
        _ done: Waiter<Result<ChunkTimes, StreamError>>,
        _ progress: Locked<UInt64>
    ) {
        self.connection = connection
        self.end = end
        self.done = done
        self.progress = progress
    }

    func received(_ chunk: Chunk, subscription: UInt8) {
        self.subscription = subscription
        taken += 1
        progress.withLock { $0 += 1 }
        if chunk.firstOffset < end {
            times.note(offset: Int64(clamping: chunk.firstOffset), time: chunk.timestamp)
        }
        if chunk.nextOffset >= end { done.resume(returning: .success(times)) }
    }

    func readCompleted() {
        guard taken > 0 else { return }
        connection.credit(taken, subscription: subscription)
        taken = 0
    }

    func metadataChanged(_ change: StreamChange) {
        done.resume(returning: .failure(StreamError(.refused, responseCode: change.code, reason: "\(change.code)")))
    }

    func closed(_ error: StreamError) { done.resume(returning: .failure(error)) }
}
