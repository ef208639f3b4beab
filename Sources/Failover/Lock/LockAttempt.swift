import AMQP
import Leadership
import Management
import NIOCore
import Relay
import RopewayConfiguration
import Synchronization

/// One wait for a site's lock, until its deadline.
struct LockAttempt: Sendable {
    let site: Site
    let pair: String
    let holder: LockHolder
    let deadline: ContinuousClock.Instant
    let renewal: LockRenewal
    let eventLoop: any EventLoop

    /// A holder removes surplus tokens as they come; the prefetch count only has to let it see them.
    private static let prefetch: UInt16 = 100
    /// How often a waiting consumer looks whether there is a token at all, and who has it.
    static let watchInterval = Duration.seconds(2)
    /// Between two tries, where a node was lost.
    private static let pause = Duration.milliseconds(300)
    /// For asking who holds the lock, after the deadline.
    static let holderTimeout = Duration.seconds(2)
    /// For the lock's policy. Without an answer the lock is waited for all the same, and its holder writes the policy.
    private static let policyTimeout = Duration.seconds(2)

    var queue: String { SiteLock.queue(of: pair) }

    /// Waits for the lock.
    func run() async throws(LockError) -> HeldLock {
        while true {
            do throws(LockError) {
                return try await tryOnce()
            } catch {
                guard error.mayPass, .now + Self.pause < deadline else { throw error }
                do { try await Task.sleep(for: Self.pause) } catch { throw failure(.cancelled) }
            }
        }
    }

    private func tryOnce() async throws(LockError) -> HeldLock {
        let connection = try await connect("lock", .consuming)
        let outcome = await withTaskCancellationHandler {
            await acquire(on: connection)
        } onCancel: {
            connection.drop()
        }
        switch outcome {
        case .success(let lock):
            return lock
        case .failure(let error):
            connection.drop()
            if Task.isCancelled { throw failure(.cancelled) }
            guard case .heldByAnother = error.kind else { throw error }
            throw await heldByAnother()
        }
    }

    // MARK: Acquiring

    private func acquire(on connection: AMQPConnection) async -> Result<HeldLock, LockError> {
        let phase = Mutex(Phase.setting)
        let expiry = expire(connection) { phase.withLock { $0.expire() } }
        defer { expiry.cancel() }
        do throws(LockError) {
            try await keepPolicy(connection)
            let channel = try await self.call { () throws(AMQPError) in try await connection.openChannel() }
            let known = try await self.call { () throws(AMQPError) in
                try await channel.declareQueue(queue, arguments: Self.queueArguments)
            }
            // Before this one consumes, a consumer means that somebody holds a token or is about to publish one. Numbers
            // that are 0 because the queue's leader was slow lead to a second token, which its holder removes.
            if known.messages == 0, known.consumers == 0 { try await publishToken() }
            phase.withLock { $0.wait() }
            return .success(try await consume(on: channel, connection))
        } catch {
            guard case .unreachable = error.kind else { return .failure(error) }
            return .failure(timeout(in: phase.withLock { $0 }) ?? error)
        }
    }

    private func consume(on channel: AMQPChannel, _ connection: AMQPConnection) async throws(LockError) -> HeldLock {
        let acquired = eventLoop.makePromise(of: UInt64.self)
        let lost = eventLoop.makePromise(of: String.self)
        let (generations, held) = AsyncStream.makeStream(of: UInt64.self, bufferingPolicy: .bufferingNewest(1))
        let tag = OwnConsumers.newTag(for: holder)
        lost.futureResult.whenComplete { _ in OwnConsumers.end(tag) }
        let renewal = renewal
        do throws(LockError) {
            try await call { () throws(AMQPError) in
                try await channel.setPrefetch(Self.prefetch)
                try await channel.consume(queue, tag: tag) { lane in
                    LockReceiver(lane, renewal: renewal, acquired: acquired, lost: lost, held: held)
                }
            }
        } catch {
            // The receiver may not have come into being, and nobody else completes these.
            acquired.fail(error)
            lost.succeed(error.reason)
            throw error
        }
        let watch = Task { await watchQueue(consumer: tag) }
        defer { watch.cancel() }
        let first: UInt64
        do {
            first = try await acquired.futureResult.get()
        } catch let error as AMQPError {
            throw failure(error)
        } catch {
            throw failure(.broken("\(error)"))
        }
        watch.cancel()
        return HeldLock(
            site: site.name,
            pair: pair,
            generation: try await claim(first, generations),
            holder: holder,
            connection: connection,
            lost: lost.futureResult,
            policy: policy(connection, within: Self.policyTimeout)
        )
    }

    /// Makes the generation the lowest that may write at the site, which is part of taking the lock: its earlier holder,
    /// which may not have noticed yet, can't write from then on.
    ///
    /// Where something was written under a higher one, as after the queue was created again or old definitions were imported,
    /// the token is replaced by one above it: with it nothing could be written for good.
    private func claim(_ first: UInt64, _ generations: AsyncStream<UInt64>) async throws(LockError) -> UInt64 {
        let store = RecordStore(api: site.admin.limited(to: deadline - .now), site: site.name, pair: pair)
        var generation = first
        let highest = try await writing { () throws(RecordError) in try await store.highestGeneration() }
        if generation <= highest {
            try await publishToken(base: highest, because: "its token is older than what was written under it")
            for await raised in generations where raised > highest {
                generation = raised
                break
            }
            guard generation > highest else {
                throw failure(.broken("it was lost while a token above generation \(highest) was published"))
            }
        }
        let claimed = generation
        try await writing { () throws(RecordError) in try await store.claim(generation: claimed) }
        return claimed
    }

    private func writing<Value>(_ body: () async throws(RecordError) -> Value) async throws(LockError) -> Value {
        do throws(RecordError) {
            return try await body()
        } catch {
            let reason = "the generation of the lock could not be written: \(error.summary)"
            throw failure(.unreachable(AMQPError(.timedOut, reason: reason, hint: error.hint)))
        }
    }

    // MARK: The policy

    private func policy(_ connection: AMQPConnection, within time: Duration) -> LockPolicy {
        LockPolicy(
            site: site.limited(to: time),
            queue: queue,
            version: connection.serverVersion.flatMap { BrokerVersion($0) }
        )
    }

    /// Writes the policy of the queue before there is one, and refuses a lock whose token an operator policy would drop.
    private func keepPolicy(_ connection: AMQPConnection) async throws(LockError) {
        do throws(TopologyError) {
            try await policy(connection, within: min(Self.policyTimeout, deadline - .now)).keep()
        } catch {
            guard error.code == .policyConflict else { return }
            throw failure(.broken(error.description))
        }
    }

    /// A durable queue that survives the loss of a minority of the nodes, and never drops its token: without a limit
    /// of deliveries, RabbitMQ 4 does so at the 21st holder.
    private static let queueArguments: FieldTable = [
        "x-queue-type": "quorum",
        "x-single-active-consumer": true,
        "x-delivery-limit": .int64(SiteLock.deliveryLimit),
    ]

    // MARK: Connections and time

    func connect(_ role: String, _ purpose: Site.Purpose) async throws(LockError) -> AMQPConnection {
        var configuration: ConnectionConfiguration
        do throws(SecretError) {
            configuration = try site.connection(name: "ropeway \(pair) \(role)", for: purpose)
        } catch {
            // The queue has nothing to do with it, so it is told as what it comes to: nobody can log in.
            let refused = AMQPError(.authenticationFailed, reason: error.message, hint: error.hint)
            throw failure(.unreachable(refused))
        }
        configuration.heartbeat = .seconds(5)
        if purpose == .consuming { configuration.clientProperties = holder.clientProperties(pair: pair) }
        do throws(AMQPError) {
            return try await AMQPConnection.connect(configuration, on: eventLoop, until: deadline)
        } catch {
            throw failure(Task.isCancelled ? .cancelled : .unreachable(error))
        }
    }

    /// Drops the connection at the deadline, which ends whatever waits for it.
    func expire(_ connection: AMQPConnection, _ note: @escaping @Sendable () -> Void) -> Scheduled<Void> {
        eventLoop.scheduleTask(in: max(.zero, TimeAmount(deadline - .now))) {
            note()
            connection.drop()
        }
    }

    func call<Value: Sendable>(
        _ body: () async throws(AMQPError) -> Value
    ) async throws(LockError) -> Value {
        do throws(AMQPError) {
            return try await body()
        } catch {
            throw failure(error)
        }
    }

    /// What a connection that ended at the deadline means; `nil` if it ended before.
    private func timeout(in phase: Phase) -> LockError? {
        switch phase {
        case .setting, .waiting:
            nil
        case .expiredWaiting:
            failure(.heldByAnother(nil))
        case .expiredSetting:
            failure(.unreachable(AMQPError(.timedOut, reason: "the broker did not answer in time")))
        }
    }

    func failure(_ error: AMQPError) -> LockError {
        switch error.code {
        case .channelClosedByBroker, .cancelledByBroker, .invalidArgument, .notSupported:
            failure(.broken(error.description))
        default:
            failure(.unreachable(error))
        }
    }

    func failure(_ kind: LockError.Kind) -> LockError {
        LockError(kind, site: site.name, queue: queue)
    }

    private enum Phase {
        case setting
        case waiting
        case expiredSetting
        case expiredWaiting

        mutating func wait() {
            if self == .setting { self = .waiting }
        }

        mutating func expire() {
            self = self == .waiting ? .expiredWaiting : .expiredSetting
        }
    }
}
