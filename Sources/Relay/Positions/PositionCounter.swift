import AMQP
import Consumption
import NIOCore
import Pump
import Routing
import Waiting

/// Gives the messages of one session of a relay their positions, and counts to which queues they were routed.
///
/// Confined to the event loop. Nothing but a look-up and an addition is done for a message; what was counted is told to
/// ``RoutePositions`` at most every ``interval``.
struct PositionCounter {
    /// How often what was counted is told, in milliseconds.
    private static let interval: Int64 = 100
    /// What a store keeps of a message besides its body and properties, at most: the envelope, the key and its own index.
    private static let overhead: UInt64 = 400

    private let positions: RoutePositions
    private let steadyNow: () -> SteadyTime
    private var bindings: RoutePositions.Bindings?
    /// The number of the log's class table, of which this session's counts are.
    private var generation: Int
    private var counts: [UInt64] = []
    private var registered = 0
    private var newestTimestamp: Int64?
    private var untimed: UInt64 = 0
    private var prioritised: UInt64 = 0
    private var enteredSince: SteadyTime?
    private var carried = VolumeLog.Volume()

    /// The position of the last message.
    private var last: Int64
    private var nextSlot: UInt64 = 0
    private var toldAt: Int64 = 0
    /// The first slot that was not told of.
    private var toldSlot: UInt64 = 0
    /// Up to which slot messages lie before a position.
    private var marks: [(slot: UInt64, position: Position)] = []

    init(_ positions: RoutePositions, steadyNow: @escaping () -> SteadyTime) {
        self.positions = positions
        self.steadyNow = steadyNow
        let state = positions.state.withLock { state in
            state.generation += 1
            return state
        }
        last = state.floor
        bindings = state.bindings
        generation = state.generation
        untimed = state.untimed
        prioritised = state.prioritised
        carried = state.carried
        newestTimestamp = state.newestTimestamp
    }

    /// The position of a message, and counts it.
    ///
    /// - Parameter now: milliseconds since 1970.
    mutating func position(
        of message: PumpMessage,
        slot: UInt64,
        properties raw: UnsafeRawBufferPointer,
        layout: PropertyLayout,
        now: Int64
    ) -> Int64 {
        last = max(last, now)
        // One that is published again was counted where it stood at first.
        guard slot >= nextSlot else { return last }
        nextSlot = slot + 1
        let position = last
        count(message, slot, raw, layout)
        if now - toldAt >= Self.interval { tell(now) }
        return position
    }

    private mutating func count(
        _ message: PumpMessage,
        _ slot: UInt64,
        _ raw: UnsafeRawBufferPointer,
        _ layout: PropertyLayout
    ) {
        carried.messages += 1
        carried.bytes += UInt64(message.bodyLength + raw.count) + Self.overhead
        if layout.timestamp.isEmpty {
            untimed += 1
        } else {
            let seconds = Int64(clamping: raw.loadBigEndian(at: layout.timestamp.lowerBound, as: UInt64.self))
            newestTimestamp = max(newestTimestamp ?? seconds, seconds)
        }
        if layout.has(BasicProperties.Flag.priority) { prioritised += 1 }
        guard !message.isRedelivered, bindings != nil else { return }
        let number = message.batch.withRoutingKey(at: message.index) { bindings?.table.classify($0, raw, layout) ?? 0 }
        while counts.count <= number { counts.append(0) }
        counts[number] += 1
    }

    /// A message that Ropeway put into the capture has come out of it.
    mutating func sawCanary(publishedAt instant: SteadyTime, slot: UInt64, isRedelivered: Bool, now: Int64) {
        last = max(last, now)
        guard slot >= nextSlot else { return }
        nextSlot = slot + 1
        // What comes from here on entered the capture later.
        tell(now)
        positions.state.withLock { state in
            state.canaries += 1
        }
        if !isRedelivered { enteredSince = max(enteredSince ?? instant, instant) }
        useNextBindings()
        tell(now)
    }

    /// Everything before a canary is in the store, and it went through itself.
    func canaryArrived(sentAt instant: SteadyTime) {
        let now = steadyNow()
        positions.state.withLock { $0.canaryFlight.arrived(sentAt: instant, at: now) }
    }

    /// All slots below are in the store.
    mutating func settled(upTo slot: UInt64) {
        if slot > toldSlot {
            let now = last
            if now - toldAt >= Self.interval { tell(now) } else { keepTotals() }
        }
        var position: Position?
        while let first = marks.first, first.slot <= slot {
            position = first.position
            marks.removeFirst()
        }
        guard let position else { return }
        let now = steadyNow()
        positions.state.withLock { $0.log.confirmed(upTo: position, at: now) }
    }

    /// What is settled does not come again: the next session has to know of it, should this one tell of it no more.
    private func keepTotals() {
        positions.state.withLock { keepTotals(in: &$0) }
    }

    private func keepTotals(in state: inout RoutePositions.State) {
        state.floor = max(state.floor, last)
        state.carried = carried
        state.untimed = untimed
        state.prioritised = prioritised
        state.newestTimestamp = newestTimestamp
    }

    /// Puts a mark between what was handed out and what will be.
    private mutating func tell(_ now: Int64) {
        toldAt = now
        toldSlot = nextSlot
        last += 1
        let position = Position(last)
        if marks.last?.slot == nextSlot { marks.removeLast() }
        marks.append((nextSlot, position))
        let tick = PositionTick(
            position: position,
            at: steadyNow(),
            generation: generation,
            counts: counts,
            enteredSince: enteredSince,
            newestTimestamp: newestTimestamp,
            untimed: untimed,
            prioritised: prioritised
        )
        let classes = bindings?.table.classCount ?? 0
        let table = classes > registered ? classTable() : nil
        registered = max(registered, classes)
        positions.state.withLock { state in
            keepTotals(in: &state)
            state.told = tick.at
            state.volume.note(position, carried: carried)
            if let table { state.log.use(table, withdrawn: [], since: position) }
            state.log.tick(tick)
        }
    }

    /// Counts by the bindings that were read last, once what comes out of the capture entered it after that.
    private mutating func useNextBindings() {
        let enteredSince = enteredSince
        let next = positions.state.withLock { state -> (RoutePositions.Bindings, Int)? in
            guard let next = state.next, let enteredSince, enteredSince >= next.readAt else { return nil }
            state.next = nil
            state.bindings = next
            state.stoodUntil = next.readAt
            state.generation += 1
            // What had been handed out when the bindings were last known to stand entered the capture before.
            let since = next.stoodUntil.flatMap { state.log.position(at: $0) } ?? state.log.start ?? Position(0)
            state.log.use(
                ClassTable(generation: state.generation, queues: []),
                withdrawn: next.withdrawn,
                since: since
            )
            return (next, state.generation)
        }
        guard let (bindings, generation) = next else { return }
        self.bindings = bindings
        self.generation = generation
        counts = []
        registered = 0
    }

    private func classTable() -> ClassTable? {
        guard let table = bindings?.table else { return nil }
        return ClassTable(generation: generation, queues: (0..<table.classCount).map { table.queues(of: $0) })
    }
}

extension SteadyTime {
    /// By the clock of event loops.
    package init(_ time: NIODeadline) { self.init(Int64(time.uptimeNanoseconds / 1_000_000)) }

    /// Now.
    package static func now() -> SteadyTime { SteadyTime(NIODeadline.now()) }
}
