import NIOCore
import NIOPosix
import Synchronization
import Transport

/// A connection that is made again whenever it is lost, with everything that was declared and started on it.
///
/// ```swift
/// try await RecoveringConnection.withConnection(configuration) { connection in
///     let channel = try await connection.openChannel()
///     try await channel.declareQueue("orders")
///     for try await delivery in try await channel.consumer(queue: "orders") {
///         try await handle(delivery.body)
///         await delivery.acknowledge()
///     }
/// }
/// ```
///
/// It lives as long as the closure that got it. While it is away, calls wait for it (``RecoveryPolicy/callLimit``);
/// ``events`` tells what happens. Once it stands again, all of this is there before any call goes on:
///
/// - exchanges, queues and bindings that were declared through it and not deleted since, exclusive and auto-delete ones
///   too. A queue that the broker named gets a new name; calls go on taking the old one
///   (``currentName(ofQueue:)``);
/// - channels, in confirm mode, with their prefetch counts;
/// - consumers: their sequences go on. What was delivered before is delivered again, and can't be acknowledged any more.
///
/// It does not hide what can't be known: a publish whose confirm did not come before the connection was lost throws
/// ``AMQPError/Code/outcomeUnknown``, unless it was asked to be sent again. And it restores what a lost connection took,
/// not what a broker refused: a channel that the broker closed, or a consumer that it ended, stays so.
public final class RecoveringConnection: Sendable {
    typealias State = RecoveryState<AMQPConnection, AMQPChannel, ConsumerFeed>

    let configuration: ConnectionConfiguration
    let policy: RecoveryPolicy
    let eventLoop: any EventLoop
    let state = Mutex(State())
    let signal = ChangeSignal()
    let feed = EventFeed()

    init(_ configuration: ConnectionConfiguration, _ policy: RecoveryPolicy, _ eventLoop: any EventLoop) {
        self.configuration = configuration
        self.policy = policy
        self.eventLoop = eventLoop
    }

    /// Connects, runs `body` with the connection, and closes it again: in good order, or without a word where `body` threw.
    ///
    /// A cancelled task does not cut the connection off under `body`, so that it can settle what it has in hand; it only is
    /// not made again.
    ///
    /// - Parameters:
    ///   - configuration: where and how to connect, each time.
    ///   - policy: how to come back.
    ///   - eventLoop: where everything of the connection happens.
    /// - Throws: what `body` throws, and ``AMQPError`` where the first connection does not come about.
    public static func withConnection<Value>(
        _ configuration: ConnectionConfiguration,
        policy: RecoveryPolicy = RecoveryPolicy(),
        on eventLoop: any EventLoop = NIOSingletons.posixEventLoopGroup.next(),
        _ body: (RecoveringConnection) async throws -> Value
    ) async throws -> Value {
        let connection = RecoveringConnection(configuration, policy, eventLoop)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await connection.run() }
            let value: Value
            do {
                _ = try await connection.liveConnection(until: nil)
                value = try await body(connection)
            } catch {
                connection.end(AMQPError(.closed, reason: "the connection was dropped"))?.drop()
                group.cancelAll()
                throw error
            }
            await connection.end(AMQPError(.closed, reason: "the connection was closed"))?.close()
            group.cancelAll()
            return value
        }
    }

    /// What happens from now on; it ends with the connection. Each use is a sequence of its own, which keeps the newest 256
    /// events for a slow reader.
    public var events: AsyncStream<RecoveryEvent> { feed.listen() }

    /// How many connections have stood so far, the present one included.
    public var generation: Int { state.withLock { $0.generation } }

    /// Where it is connected to, or `nil` while it is away.
    public var endpoint: Endpoint? {
        state.withLock { state in
            if case .open(let connection) = state.phase { connection.endpoint } else { nil }
        }
    }

    /// The present name of a queue, by the one that it had when it was declared. They differ for a queue that the broker
    /// named, after the connection was replaced.
    public func currentName(ofQueue name: String) -> String {
        state.withLock { $0.topology.presentName(name) }
    }

    /// Opens a channel, in confirm mode. It is there again on every later connection, until it is closed.
    ///
    /// - Throws: ``AMQPError``: notSupported where all channels are in use, timedOut where the connection stays away,
    ///   cancelled, and why it has ended.
    public func openChannel() async throws(AMQPError) -> RecoveringChannel {
        let deadline = callDeadline()
        var seen = 0
        while true {
            let (connection, generation) = try await liveConnection(after: seen, until: deadline)
            seen = generation
            do throws(AMQPError) {
                let channel = try await connection.openChannel()
                try await channel.selectConfirms()
                let id = state.withLock { $0.isOpen(generation: generation) ? $0.add(channel) : nil }
                if let id { return RecoveringChannel(connection: self, id: id) }
            } catch {
                guard await connection.hasEnded(), error.code != .cancelled else { throw error }
            }
        }
    }

    // MARK: Waiting for a connection

    func callDeadline() -> NIODeadline { eventLoop.now + TimeAmount(policy.callLimit) }

    /// The connection, once it stands and is of a later generation than `seen`.
    func liveConnection(
        after seen: Int = 0,
        until deadline: NIODeadline?
    ) async throws(AMQPError) -> (AMQPConnection, generation: Int) {
        try await live(until: deadline) { state in
            guard case .open(let connection) = state.phase, state.generation > seen else { return nil }
            return .success((connection, state.generation))
        }
    }

    /// A channel of the connection, once that stands and is of a later generation than `seen`.
    func liveChannel(
        _ id: Int,
        after seen: Int,
        until deadline: NIODeadline
    ) async throws(AMQPError) -> (AMQPChannel, generation: Int) {
        try await live(until: deadline) { state in
            guard let record = state.channels[id] else {
                return .failure(AMQPError(.closed, reason: "the channel was closed"))
            }
            if let failure = record.failure { return .failure(failure) }
            guard case .open = state.phase, state.generation > seen else { return nil }
            return .success((record.live, state.generation))
        }
    }

    private func live<Value: Sendable>(
        until deadline: NIODeadline?,
        _ find: @Sendable (borrowing State) -> Result<Value, AMQPError>?
    ) async throws(AMQPError) -> Value {
        while true {
            let version = signal.version
            let found = state.withLock { state -> Result<Value, AMQPError>? in
                if case .ended(let error) = state.phase { return .failure(error) }
                return find(state)
            }
            if let found { return try found.get() }
            switch await signal.wait(after: version, until: deadline, on: eventLoop) {
            case .changed:
                continue
            case .timedOut:
                let reason = "the connection did not come back within \(policy.callLimit)"
                throw AMQPError(.timedOut, reason: reason)
            case .cancelled:
                throw AMQPError(.cancelled, reason: "the task was cancelled")
            }
        }
    }
}
