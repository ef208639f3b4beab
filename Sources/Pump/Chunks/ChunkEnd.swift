import NIOCore
import RabbitStream
import Waiting

/// A stream that chunks are copied from or to, over the stream protocol.
package struct ChunkEnd: Sendable {
    /// How to connect; asked again for each attempt, so that a changed password is picked up.
    package var connection: @Sendable () throws -> StreamConnectionConfiguration
    package var stream: String
    /// Makes sure that the stream is there, before each session.
    package var prepare: @Sendable (StreamConnection) async throws -> Void

    package init(
        connection: @escaping @Sendable () throws -> StreamConnectionConfiguration,
        stream: String,
        prepare: @escaping @Sendable (StreamConnection) async throws -> Void = { _ in }
    ) {
        self.connection = connection
        self.stream = stream
        self.prepare = prepare
    }

    /// Connects, without making sure that the stream is there.
    func connect(
        on eventLoop: any EventLoop,
        receiver: @escaping @Sendable (StreamConnection) -> any StreamReceiver
    ) async throws(StreamError) -> StreamConnection {
        let configuration: StreamConnectionConfiguration
        do {
            configuration = try connection()
        } catch {
            throw StreamError(.cancelled, reason: "\(error)")
        }
        return try await StreamConnection.connect(configuration, on: eventLoop, receiver: receiver)
    }

    /// Reads from an offset on, on a connection of its own, until a receiver has an outcome.
    ///
    /// - Parameters:
    ///   - credit: chunks that the broker may send at first.
    ///   - done: what the receiver resumes.
    func read<Outcome: Sendable>(
        from offset: OffsetSpecification,
        credit: UInt16,
        until done: Waiter<Result<Outcome, StreamError>?>,
        on eventLoop: any EventLoop,
        receiver: @escaping @Sendable (StreamConnection) -> any StreamReceiver
    ) async throws(StreamError) -> Outcome {
        let connection = try await connect(on: eventLoop, receiver: receiver)
        do throws(StreamError) {
            _ = try await connection.subscribe(stream, from: offset, credit: credit)
        } catch {
            await connection.close()
            throw error
        }
        let result = await done.wait(orIfCancelled: nil)
        await connection.close()
        switch result {
        case .success(let outcome): return outcome
        case .failure(let error): throw error
        case nil: throw StreamError(.cancelled, reason: "reading was cancelled")
        }
    }
}

/// How much is copied at a time.
package struct ChunkLimits: Sendable, Hashable {
    /// The bytes of one sub-batch. All daemons that ever copy a stream have to cut alike: then whatever a daemon that was
    /// thought dead still sends has the boundaries, and so the publishing ids, of what another one sends.
    static let cut = 512 << 10

    /// Bytes that were published and are not confirmed, at most; a larger chunk goes alone.
    package var inFlightBytes: Int
    /// Bounds of how many chunks the source may send ahead.
    package var credit: ClosedRange<Int>
    /// Messages copied per second, at most; `nil` for no limit.
    package var rate: Int?
    /// Bytes copied per second, at most; `nil` for no limit.
    package var byteRate: Int?
    /// Without a confirm for this long while something is in flight, the session is given up and restarted.
    package var stallTimeout: Duration
    /// How long a stop waits for confirms.
    package var drainTimeout: Duration

    var isRated: Bool { rate != nil || byteRate != nil }

    package init(
        inFlightBytes: Int = 24 << 20,
        credit: ClosedRange<Int> = 16...4096,
        rate: Int? = nil,
        byteRate: Int? = nil,
        stallTimeout: Duration = .seconds(30),
        drainTimeout: Duration = .seconds(3)
    ) {
        self.inFlightBytes = inFlightBytes
        self.credit = credit
        self.rate = rate
        self.byteRate = byteRate
        self.stallTimeout = stallTimeout
        self.drainTimeout = drainTimeout
    }
}
