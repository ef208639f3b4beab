import AMQP
import Logging
import NIOCore
import NIOPosix
import Transport

/// Moves messages from a source to a destination without losing one, for as long as ``run()`` runs.
///
/// It connects the destination first, then the source, both on one event loop, which is where the pump itself lives; when
/// either is lost it starts again after a growing, random delay. A message is acknowledged to the source only when the
/// destination has confirmed it.
package actor MessagePump {
    /// How ``run()`` ended.
    package enum Ending: Sendable, Hashable {
        /// The transform met the end of what was to be moved.
        case finished
        /// The task was cancelled. What was not settled comes again.
        case stopped
    }

    package nonisolated let name: String
    /// Where everything of the pump happens.
    package nonisolated let eventLoop: any EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private nonisolated let executor: any SerialExecutor

    let origin: PumpOrigin
    let target: PumpTarget
    let quarantine: PumpQuarantine?
    let limits: PumpLimits
    let acknowledgement: AcknowledgementMode
    let logger: Logger
    let makeTransform: @Sendable (any EventLoop) throws -> any MessageTransform
    private let backoff: BackoffPolicy

    var memory = PumpMemory()
    private var endings = SessionEndLog()
    /// The session that runs.
    var session: PumpSession?
    /// What the source is told only once it is written down.
    let hold: AcknowledgementHold?
    private let gate: PauseGate
    package var isPaused: Bool { gate.isPaused }

    /// - Parameters:
    ///   - acknowledgement: without confirms, `mandatory` and the quarantine of returned messages have no effect.
    ///   - isPaused: whether it waits for ``resume()`` before its first session.
    ///   - makeTransform: called on the event loop for each session.
    package init(
        name: String,
        from origin: PumpOrigin,
        to target: PumpTarget,
        quarantine: PumpQuarantine? = nil,
        limits: PumpLimits = PumpLimits(),
        acknowledgement: AcknowledgementMode = .onConfirm,
        backoff: BackoffPolicy = BackoffPolicy(),
        isPaused: Bool = false,
        eventLoop: any EventLoop = NIOSingletons.posixEventLoopGroup.next(),
        logger: Logger,
        makeTransform: @escaping @Sendable (any EventLoop) throws -> any MessageTransform = { _ in VerbatimTransform() }
    ) {
        self.name = name
        self.origin = origin
        if case .queue(let source) = origin, source.record != nil { hold = AcknowledgementHold() } else { hold = nil }
        self.target = target
        self.quarantine = quarantine
        self.limits = limits
        self.acknowledgement = acknowledgement
        self.backoff = backoff
        gate = PauseGate(isPaused: isPaused)
        self.eventLoop = eventLoop
        executor = eventLoop.executor
        self.logger = logger
        self.makeTransform = makeTransform
    }

    /// Between a queue and an exchange.
    package init(
        name: String,
        source: PumpSource,
        destination: PumpDestination,
        quarantine: PumpQuarantine? = nil,
        limits: PumpLimits = PumpLimits(),
        acknowledgement: AcknowledgementMode = .onConfirm,
        backoff: BackoffPolicy = BackoffPolicy(),
        isPaused: Bool = false,
        eventLoop: any EventLoop = NIOSingletons.posixEventLoopGroup.next(),
        logger: Logger,
        makeTransform: @escaping @Sendable (any EventLoop) throws -> any MessageTransform = { _ in VerbatimTransform() }
    ) {
        self.init(
            name: name,
            from: .queue(source),
            to: .exchange(destination),
            quarantine: quarantine,
            limits: limits,
            acknowledgement: acknowledgement,
            backoff: backoff,
            isPaused: isPaused,
            eventLoop: eventLoop,
            logger: logger,
            makeTransform: makeTransform
        )
    }

    /// Runs until the transform met the end, or the task is cancelled. Failures are waited out.
    package func run() async -> Ending {
        var backoff = Backoff(policy: backoff)
        memory.isFinishing = false
        defer { if memory.phase != .finished { memory.phase = .idle } }
        while !Task.isCancelled {
            if isPaused {
                memory.phase = .paused
                await gate.wait()
                continue
            }
            let before = memory.past.moved
            switch await runSession() {
            case .finished:
                memory.phase = .finished
                return .finished
            case .stopped(let drained):
                guard memory.isFinishing else { continue }
                return drained ? .finished : .stopped
            case .failed(let error):
                let didWork = memory.past.moved > before
                if didWork, !error.recursWhateverMoved { backoff.reset() }
                let delay = backoff.next()
                endings.note(error, of: name, retryingAfter: delay, logger)
                if memory.isFinishing { return .stopped }
                try? await Task.sleep(for: delay)
            }
        }
        return .stopped
    }

    /// Has ``run()`` end after the session that runs, once all that the source has delivered in it is settled: it ends
    /// as finished then, and as stopped where that failed. What comes to the source later stays there.
    package func finish() {
        memory.isFinishing = true
        session?.stop(isEmptying: true)
    }

    // MARK: Pausing

    /// Ends the current session once what is in flight is confirmed, and holds up the next one.
    package func pause() {
        gate.pause()
        stopSession()
    }

    package func resume() { gate.resume() }

    /// Has the session end once what is in flight is settled, or after a while.
    func stopSession() {
        session?.stop()
        session?.end(within: TimeAmount(limits.drainTimeout))
    }

    // MARK: Status

    /// What the pump is doing.
    package func status() -> PumpStatus {
        var status = PumpStatus(
            phase: memory.phase,
            counters: memory.past,
            inFlight: 0,
            unsettled: 0,
            error: memory.error,
            troubledSince: memory.troubledSince,
            sessions: memory.sessions,
            runs: memory.runs,
            ranUntil: memory.ranUntil,
            leftUnsettled: memory.leftUnsettled,
            storeFault: memory.storeFault,
            destinationVersion: memory.destinationVersion,
            sourceVersion: memory.sourceVersion
        )
        if let session {
            status.add(session.snapshot)
            status.usesStreamProtocol = session.destination is StreamDestination
        }
        status.acknowledged = hold?.told
        status.remaining = memory.end.map { $0 - min($0, status.counters.settled) }
        return status
    }
}
