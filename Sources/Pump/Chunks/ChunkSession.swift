import NIOCore
import RabbitStream

/// One run of a chunk pump over one source and one destination, on one event loop: it does what its state machine says.
///
/// Losing either side ends the session. The destination's stream knows where the next one goes on.
final class ChunkSession {
    typealias End = ChunkCopyStateMachine.End

    let eventLoop: any EventLoop
    private let source: StreamConnection
    private let destination: StreamConnection
    private let publisher: UInt8
    private(set) var machine: ChunkCopyStateMachine
    /// The subscription, once it is known.
    private var subscription: UInt8?
    private let endPromise: EventLoopPromise<End>
    /// Told of offsets that the source left out, which are to be passed once they were looked into.
    private let tellOfHole: (Range<UInt64>) -> Void
    private var hasClosed = false

    /// Only a rate holds credit back that nothing but time gives free.
    private var tickInterval: TimeAmount { machine.limits.isRated ? .milliseconds(50) : .seconds(1) }

    init(
        from source: StreamConnection,
        to destination: StreamConnection,
        publisher: UInt8,
        _ machine: ChunkCopyStateMachine,
        eventLoop: any EventLoop,
        tellOfHole: @escaping (Range<UInt64>) -> Void
    ) {
        self.source = source
        self.destination = destination
        self.publisher = publisher
        self.machine = machine
        self.eventLoop = eventLoop
        self.tellOfHole = tellOfHole
        endPromise = eventLoop.makePromise()
    }

    var end: EventLoopFuture<End> { endPromise.futureResult }

    // MARK: What the ends tell

    func received(_ chunk: Chunk, subscription: UInt8) {
        self.subscription = subscription
        let isPassing = machine.hole == nil
        publish(machine.received(chunk, now: eventLoop.now))
        if isPassing, let hole = machine.hole { tellOfHole(hole) }
        closeIfEnded()
    }

    /// What the source left out was looked into.
    func passHole() {
        guard !hasClosed else { return }
        publish(machine.passHole(now: eventLoop.now))
        if let hole = machine.hole { tellOfHole(hole) }
        readCompleted()
        closeIfEnded()
    }

    private func publish(_ entries: [PublishEntry]) {
        guard !entries.isEmpty else { return }
        do throws(StreamError) {
            try destination.publish(entries, publisher: publisher)
        } catch {
            machine.fail(.destination(error))
        }
    }

    /// All chunks of one read have been delivered.
    func readCompleted() {
        guard !hasClosed else { return }
        machine.noteFlush()
        destination.flush()
        grant()
    }

    func confirmed(_ ids: PublishingIDs) {
        machine.confirmed(ids, now: eventLoop.now)
        grant()
        closeIfEnded()
    }

    func refused(_ refusals: [PublishRefusal]) {
        machine.refused(refusals)
        closeIfEnded()
    }

    func fail(_ error: ChunkCopyError) {
        machine.fail(error)
        closeIfEnded()
    }

    // MARK: What its pump wants

    func stop() {
        machine.stop()
        closeIfEnded()
    }

    func endNow() {
        machine.endNow()
        closeIfEnded()
    }

    func measured(roundTrip: TimeAmount) { machine.measured(roundTrip: roundTrip) }

    /// Looks after the session until it ends: for stalls, and for credit that a rate held back.
    func tickRepeatedly() {
        guard !hasClosed else { return }
        machine.watch(now: eventLoop.now)
        grant()
        closeIfEnded()
        eventLoop.assumeIsolated().scheduleTask(in: tickInterval) { self.tickRepeatedly() }
    }

    // MARK: Doing

    private func grant() {
        guard let subscription, !hasClosed else { return }
        let credit = machine.takeCredit(now: eventLoop.now)
        guard credit > 0 else { return }
        source.credit(UInt16(clamping: credit), subscription: subscription)
        source.flush()
    }

    private func closeIfEnded() {
        guard let end = machine.end, !hasClosed else { return }
        hasClosed = true
        endPromise.succeed(end)
    }
}
