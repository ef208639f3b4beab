import Logging
import NIOCore
import NIOPosix
import RabbitStream
import Transport
import Waiting

/// Copies a stream into another one chunk by chunk, over the stream protocol, every message exactly once and in order, for
/// as long as ``run()`` runs.
///
/// Nothing is kept here. The destination's stream knows where to go on (``ChunkCopyStateMachine``), and the source's knows
/// that it is the one that was copied: an offset is stored in it before anything is published, and is gone where the stream
/// was deleted and declared again (``CopyNotes``). Then a new reference goes on from its start, since its offsets start
/// again at 0 and the destination would drop them all; so it does where the source lost its newest messages.
package actor ChunkPump {
    package nonisolated let name: String
    /// Where everything of the pump happens.
    package nonisolated let eventLoop: any EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private nonisolated let executor: any SerialExecutor

    let source: ChunkEnd
    let destination: ChunkEnd
    let references: ChunkReferences
    /// What the same copy was known by before, the newest first.
    let earlier: [ChunkReferences]
    let start: OffsetSpecification
    /// Whether all that the source ever had is wanted.
    let isWhole: Bool
    /// Whether the source's consumers are to find their places in the destination (``OffsetLookup``).
    let notesPlaces: Bool
    let limits: ChunkLimits
    let logger: Logger
    private let backoff: BackoffPolicy
    /// Told of what its owner has to tell of.
    private let tell: @Sendable (ChunkCopyIncident) async -> Void

    var phase = PumpPhase.idle {
        didSet { if phase == .running, oldValue != .running { runs += 1 } }
    }
    /// What the sessions before did.
    var past = PumpCounters()
    var session: ChunkSession?
    /// The offset of the source before which the destination has all; `nil` where nothing is known of it.
    var copied: UInt64?
    private var error: ChunkCopyError?
    private var troubledSince: Int64?
    private var sessions = 0
    private var runs = 0
    var destinationVersion: String?
    var sourceVersion: String?
    private var endings = SessionEndLog()
    private let gate: PauseGate
    package var isPaused: Bool { gate.isPaused }
    /// Which of the references is in use, once it is known.
    var generation: Int?
    /// The reference in use. Each has its own note in the source: whoever goes on under an older one, since nothing was
    /// confirmed under this one yet, has to find that the source is not the stream of that.
    var reference: String { references[generation ?? 0] }
    /// What the source left out before this offset was looked into, and told of.
    var passed: UInt64 = 0
    /// What the last session began with.
    var roundTrip: TimeAmount?
    /// Gets the first chunk's offset while a session waits for it.
    var firstChunk: Waiter<UInt64?>?

    /// - Parameters:
    ///   - reference: the publisher's in the destination and the consumer's in the source: what the copy is known by to
    ///     both. Another one begins again.
    ///   - earlier: what the same copy was known by before, and is closed by now (``ReferenceSeal``), the newest first: it
    ///     goes on where the newest of them ended that copied anything of this source.
    ///   - start: where to begin in a source of which nothing was copied yet.
    ///   - isWhole: whether all that the source ever had is wanted: what is gone before it is first copied is told of.
    ///   - notesPlaces: whether the source's consumers are to find their places in the destination.
    ///   - tell: awaited before anything behind an incident is published: who goes on then finds no trace of it.
    package init(
        name: String,
        source: ChunkEnd,
        destination: ChunkEnd,
        reference: String,
        earlier: [String] = [],
        start: OffsetSpecification = .first,
        isWhole: Bool = false,
        notesPlaces: Bool = false,
        limits: ChunkLimits = ChunkLimits(),
        backoff: BackoffPolicy = BackoffPolicy(),
        isPaused: Bool = false,
        eventLoop: any EventLoop = NIOSingletons.posixEventLoopGroup.next(),
        logger: Logger,
        tell: @escaping @Sendable (ChunkCopyIncident) async -> Void = { _ in }
    ) {
        self.name = name
        self.source = source
        self.destination = destination
        self.references = ChunkReferences(reference)
        self.earlier = earlier.map { ChunkReferences($0) }
        self.start = start
        self.isWhole = isWhole
        self.notesPlaces = notesPlaces
        self.limits = limits
        self.backoff = backoff
        gate = PauseGate(isPaused: isPaused)
        self.eventLoop = eventLoop
        executor = eventLoop.executor
        self.logger = logger
        self.tell = tell
    }

    /// Runs until the task is cancelled. Failures are waited out.
    package func run() async -> MessagePump.Ending {
        var backoff = Backoff(policy: backoff)
        defer { phase = .idle }
        while !Task.isCancelled {
            if isPaused {
                phase = .paused
                await gate.wait()
                continue
            }
            let before = past.confirmed
            guard case .failed(let failure) = await runSession() else { continue }
            noteTrouble(failure)
            if case .sourceRecreated(let copied) = failure, let generation {
                // Its offsets start again at 0. Nothing of it was copied under the next reference.
                await note(.sourceRecreated(copied: copied))
                if !Task.isCancelled { self.generation = generation + 1 }
                continue
            }
            if case .sourceShortened(let copied, let end) = failure, let generation {
                // What comes now takes the offsets of what it lost, which the destination would drop.
                await note(.sourceShortened(from: end, to: copied))
                if !Task.isCancelled { self.generation = generation + 1 }
                continue
            }
            if past.confirmed > before, !failure.recursWhateverMoved { backoff.reset() }
            let delay = backoff.next()
            endings.note(failure, of: name, retryingAfter: delay, logger)
            try? await Task.sleep(for: delay)
        }
        return .stopped
    }

    private func noteTrouble(_ failure: ChunkCopyError) {
        error = failure
        troubledSince = troubledSince ?? WallClock.milliseconds()
    }

    /// Tells its owner of something that is missing from the copy.
    func note(_ incident: ChunkCopyIncident) async {
        logger.warning("messages are missing from the copy", metadata: ["pump": "\(name)", "reason": "\(incident)"])
        await tell(incident)
    }

    // MARK: Pausing

    /// Ends the current session once what is in flight is confirmed, and holds up the next one.
    package func pause() {
        gate.pause()
        stopSession()
    }

    package func resume() { gate.resume() }

    /// Has the session end once what is in flight is confirmed, or after a while.
    func stopSession() {
        firstChunk?.resume(returning: nil)
        guard let session else { return }
        session.stop()
        eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.drainTimeout)) { session.endNow() }
    }

    // MARK: Status

    /// What the pump is doing; messages are counted, not chunks.
    package func status() -> PumpStatus {
        var status = PumpStatus(
            phase: phase,
            counters: past,
            inFlight: 0,
            unsettled: 0,
            error: error.map { .copying($0) },
            troubledSince: troubledSince,
            sessions: sessions,
            runs: runs,
            leftUnsettled: 0,
            destinationVersion: destinationVersion,
            sourceVersion: sourceVersion
        )
        // While it runs, nothing but what is to be copied may be missing.
        if phase == .running { status.usesStreamProtocol = true }
        guard let machine = session?.machine else { return status }
        status.counters = past + machine.counters
        status.inFlight = machine.ledger.records
        status.unsettled = machine.ledger.records
        status.blockers = machine.blockers(now: eventLoop.now)
        if machine.counters.confirmed > 0 { (status.error, status.troubledSince) = (nil, nil) }
        return status
    }

    /// The offset of the source before which the destination has all; `nil` where it is not known.
    package var position: UInt64? { session?.machine.copied ?? copied }

    /// How far it has got, in offsets of the source.
    package var progress: ChunkProgress {
        guard let machine = session?.machine else { return ChunkProgress(copied: copied, taken: copied) }
        return ChunkProgress(copied: machine.copied ?? copied, taken: machine.next ?? machine.copied ?? copied)
    }

    /// Adds what a session did to the past.
    func retire(_ session: ChunkSession) {
        self.session = nil
        past = past + session.machine.counters
        copied = session.machine.copied ?? copied
        if session.machine.counters.confirmed > 0 { (error, troubledSince) = (nil, nil) }
    }

    func beginSession() {
        phase = .connecting
        sessions += 1
    }
}
