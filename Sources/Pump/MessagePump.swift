import AMQP
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Transport

/// Moves messages from a source to a destination without losing one, for as long as ``run()`` runs.
///
/// It connects the destination first, then the source, both on one event loop; when either is lost it begins anew after
/// a growing, random delay. A message is acknowledged to the source only when the destination has confirmed it.
public final class MessagePump: Sendable {
    /// How ``run()`` ended.
    public enum Ending: Sendable, Hashable {
        /// The transform met the end of what was to be moved.
        case finished
        /// The task was cancelled. What was not settled comes again.
        case stopped
    }

    private struct State {
        var memory = PumpMemory()
        var session: NIOLoopBound<PumpSession>?
    }

    public let name: String
    public let eventLoop: any EventLoop
    let source: PumpSource
    private let destination: PumpDestination
    private let quarantine: PumpQuarantine?
    let limits: PumpLimits
    private let acknowledgement: AcknowledgementMode
    private let backoff: BackoffPolicy
    private let logger: Logger
    private let makeTransform: @Sendable (any EventLoop) throws -> any MessageTransform
    private let state = NIOLockedValueBox(State())
    private let gate = PauseGate()

    /// - Parameters:
    ///   - acknowledgement: without confirms, `mandatory` and the quarantine of returned messages have no effect.
    ///   - makeTransform: called on the event loop for each session.
    public init(
        name: String,
        source: PumpSource,
        destination: PumpDestination,
        quarantine: PumpQuarantine? = nil,
        limits: PumpLimits = PumpLimits(),
        acknowledgement: AcknowledgementMode = .onConfirm,
        backoff: BackoffPolicy = BackoffPolicy(),
        eventLoop: any EventLoop = NIOSingletons.posixEventLoopGroup.next(),
        logger: Logger,
        makeTransform: @escaping @Sendable (any EventLoop) throws -> any MessageTransform = { _ in VerbatimTransform() }
    ) {
        self.name = name
        self.source = source
        self.destination = destination
        self.quarantine = quarantine
        self.limits = limits
        self.acknowledgement = acknowledgement
        self.backoff = backoff
        self.eventLoop = eventLoop
        self.logger = logger
        self.makeTransform = makeTransform
    }

    /// Runs until the transform met the end, or the task is cancelled. Failures are waited out.
    public func run() async -> Ending {
        var backoff = Backoff(policy: backoff)
        state.withLockedValue { $0.memory.isFinishing = false }
        defer { state.withLockedValue { if $0.memory.phase != .finished { $0.memory.phase = .idle } } }
        while !Task.isCancelled {
            if gate.isClosed {
                state.withLockedValue { $0.memory.phase = .paused }
                await gate.pass()
                continue
            }
            let before = state.withLockedValue { $0.memory.past.moved }
            switch await runSession() {
            case .finished:
                state.withLockedValue { $0.memory.phase = .finished }
                return .finished
            case .stopped(let drained):
                guard state.withLockedValue({ $0.memory.isFinishing }) else { continue }
                return drained ? .finished : .stopped
            case .failed(let error):
                let didWork = state.withLockedValue { $0.memory.past.moved > before }
                if didWork, !error.needsOperator { backoff.reset() }
                let delay = backoff.next()
                logger.warning(
                    "pump interrupted",
                    metadata: ["pump": "\(name)", "error": "\(error)", "retry-in": "\(delay)"]
                )
                if state.withLockedValue({ $0.memory.isFinishing }) { return .stopped }
                try? await Task.sleep(for: delay)
            }
        }
        return .stopped
    }

    /// Has ``run()`` end after the session that runs, once all that the source has delivered in it is settled: it ends
    /// as finished then, and as stopped where that failed. What comes to the source later stays there.
    public func finish() {
        let session = state.withLockedValue { state in
            state.memory.isFinishing = true
            return state.session
        }
        guard let session else { return }
        eventLoop.execute { session.value.stop(isEmptying: true) }
    }

    /// Ends the current session once what is in flight is confirmed, and holds up the next one.
    public func pause() {
        gate.close()
        stopSession()
    }

    public func resume() { gate.open() }

    public var isPaused: Bool { gate.isClosed }

    /// What the pump is doing, read on its event loop.
    public func status() async -> PumpStatus {
        // Sessions come and go on the event loop, so that past and present fit together there.
        let (state, live) = await snapshot()
        var status = PumpStatus(
            phase: state.memory.phase,
            counters: state.memory.past,
            inFlight: 0,
            unsettled: 0,
            error: state.memory.error,
            troubledSince: state.memory.troubledSince,
            sessions: state.memory.sessions,
            destinationVersion: state.memory.destinationVersion,
            sourceVersion: state.memory.sourceVersion
        )
        if let live { status.add(live) }
        status.remaining = state.memory.end.map { $0 - min($0, status.counters.settled) }
        return status
    }

    private func snapshot() async -> (State, SessionSnapshot?) {
        let box = state
        let both = try? await eventLoop.submit { () -> (State, SessionSnapshot?) in
            let state = box.withLockedValue { $0 }
            return (state, state.session.map { SessionSnapshot($0.value) })
        }.get()
        return both ?? (box.withLockedValue { $0 }, nil)
    }

    // MARK: Sessions

    private func runSession() async -> PumpSession.End {
        state.withLockedValue {
            $0.memory.phase = .connecting
            $0.memory.sessions += 1
        }
        let connections = SessionConnections()
        return await withTaskCancellationHandler {
            await runSession(connections)
        } onCancel: {
            connections.cancel()
        }
    }

    private func runSession(_ connections: SessionConnections) async -> PumpSession.End {
        var to: AMQPConnection?
        var from: AMQPConnection?
        let end: PumpSession.End
        do throws(PumpError) {
            let (destinationConnection, lane) = try await openDestination(connections)
            to = destinationConnection
            let sourceConnection = try await openSource(
                connections,
                frameMaximum: destinationConnection.negotiated.frameMaximum
            )
            from = sourceConnection
            end = try await move(from: sourceConnection, to: lane, connections)
        } catch {
            note(error)
            end = .failed(error)
        }
        state.withLockedValue { $0.memory.phase = .waiting }
        // The source in good order wherever it can be: acknowledgements on their way arrive, and what nobody settled
        // goes back to its queue at once.
        switch end {
        case .failed(.source):
            from?.drop()
            to?.drop()
        case .failed, .stopped(drained: false):
            to?.drop()
            await from?.close()
        case .finished, .stopped(drained: true):
            await from?.close()
            await to?.close()
        }
        return Task.isCancelled ? (end.isFinished ? .finished : .stopped(drained: false)) : end
    }

    private func openDestination(
        _ connections: SessionConnections
    ) async throws(PumpError) -> (AMQPConnection, AMQPChannel) {
        var opened: AMQPConnection?
        do {
            let connection = try await AMQPConnection.connect(destination.connection(), on: eventLoop)
            opened = connection
            connections.add(connection)
            try await destination.prepare(connection)
            let channel = try await connection.openChannel()
            if acknowledgement == .onConfirm { try await channel.selectConfirms() }
            state.withLockedValue { $0.memory.destinationVersion = connection.serverVersion }
            return (connection, channel)
        } catch {
            opened?.drop()
            throw Self.wrap(error, .destination)
        }
    }

    private func openSource(
        _ connections: SessionConnections,
        frameMaximum: UInt32
    ) async throws(PumpError) -> AMQPConnection {
        var opened: AMQPConnection?
        do {
            var configuration = try source.connection()
            // A header that came in one frame must fit into one frame at the destination.
            configuration.frameMaximum = min(configuration.frameMaximum, frameMaximum)
            let connection = try await AMQPConnection.connect(configuration, on: eventLoop)
            opened = connection
            connections.add(connection)
            try await source.prepare(connection)
            if !state.withLockedValue({ $0.memory.isEndKnown }) {
                let end = try await source.end(connection)
                state.withLockedValue {
                    $0.memory.end = end
                    $0.memory.isEndKnown = true
                }
            }
            state.withLockedValue { $0.memory.sourceVersion = connection.serverVersion }
            return connection
        } catch {
            opened?.drop()
            throw Self.wrap(error, .source)
        }
    }

    private static func wrap(_ error: any Error, _ side: PumpSide) -> PumpError {
        func lost(_ error: AMQPError) -> PumpError { side == .source ? .source(error) : .destination(error) }
        if let error = error as? PumpError { return error }
        if let error = error as? AMQPError { return lost(error) }
        if error is CancellationError { return lost(AMQPError(.cancelled, reason: "the task was cancelled")) }
        if let error = error as? any PreparationFailure {
            return .preparation(side, code: error.word, message: error.message, hint: error.hint)
        }
        return .topology("\(error)")
    }

    private func move(
        from connection: AMQPConnection,
        to destination: AMQPChannel,
        _ connections: SessionConnections
    ) async throws(PumpError) -> PumpSession.End {
        var limits = limits
        let before = state.withLockedValue { $0.memory }
        if before.isolatesSuspect {
            limits.inFlight = 1
            limits.prefetch = 1
        }
        let settings = PumpSettings(
            route: self.destination.route,
            isMandatory: self.destination.isMandatory && acknowledgement == .onConfirm,
            returns: self.destination.returns,
            limits: limits,
            acknowledgement: acknowledgement,
            finishAfter: before.end.map { $0 - min($0, before.past.settled) },
            consumerTag: source.consumerTag,
            maximumBody: before.maximumBody,
            startsCarefully: before.error?.isAboutTaking ?? false,
            // Longer and longer: what is given back each time counts against a delivery limit of the source.
            refusalTimeout: limits.stallTimeout * (1 << min(before.refusedSessions, 5)),
            isolationSpan: before.isolatesSuspect ? max(self.limits.inFlight, Int(self.limits.prefetch)) : nil
        )
        if settings.finishAfter == 0 { return .finished }
        let running = RunningSession(eventLoop: eventLoop)
        do {
            let channel = try await connection.openChannel()
            if acknowledgement != .noAcknowledgement { try await channel.setPrefetch(limits.prefetch) }
            let arguments = try await source.consumerArguments()
            let makeTransform = makeTransform
            let quarantine = quarantine
            let eventLoop = eventLoop
            let session = try await channel.onEventLoop { lane in
                let vault = try quarantine.map { try QueueQuarantine($0, eventLoop: eventLoop) }
                let session = PumpSession(
                    source: lane,
                    destination: destination.loopView,
                    settings: settings,
                    transform: try makeTransform(eventLoop),
                    quarantine: vault
                )
                lane.receiver = PumpSession.SourceReceiver(session)
                session.end.assumeIsolated().whenComplete { _ in vault?.close() }
                return NIOLoopBound(session, eventLoop: eventLoop)
            }
            state.withLockedValue {
                $0.session = session
                $0.memory.phase = .running
            }
            running.start(session, drainTimeout: limits.drainTimeout)
            do {
                try await channel.consume(
                    source.queue,
                    tag: source.consumerTag,
                    noAcknowledgement: acknowledgement == .noAcknowledgement,
                    arguments: arguments
                )
            } catch {
                await running.fail(.source(error))
                await retire(session, .failed(.source(error)))
                throw error
            }
            connections.handOver()
            if gate.isClosed { stopSession() }
            // It is cancelled and awaited when this scope ends.
            async let _: Void = watchSource(session, running, on: connection)
            let end = await running.end()
            await retire(session, end)
            return end
        } catch {
            throw Self.wrap(error, .source)
        }
    }

    /// Adds what a session did to the past, and notes what it ended with.
    private func retire(_ session: NIOLoopBound<PumpSession>, _ end: PumpSession.End) async {
        let box = state
        let counters = try? await eventLoop.submit {
            let counters = session.value.counters
            box.withLockedValue { state in
                state.memory.add(counters)
                state.memory.noteObstruction(since: session.value.obstructedSince)
                state.session = nil
            }
            return counters
        }.get()
        state.withLockedValue { $0.memory.note(end, quarantined: counters?.quarantined ?? 0, route: destination.route) }
    }

    private func stopSession() {
        guard let session = state.withLockedValue({ $0.session }) else { return }
        let timeout = TimeAmount(limits.drainTimeout)
        eventLoop.execute {
            session.value.stop()
            session.value.abort(after: timeout)
        }
    }

    private func note(_ error: PumpError) {
        state.withLockedValue { $0.memory.note(error, route: destination.route) }
    }

    /// The source has nothing that it could deliver.
    func forgiveStarvation() {
        state.withLockedValue { $0.memory.forgiveStarvation() }
    }
}

extension PumpSession.End {
    fileprivate var isFinished: Bool {
        if case .finished = self { return true }
        return false
    }
}
