@testable import Consumption

/// A relay: takes messages out of the capture, gives them positions, has them confirmed, keeps the log.
struct RelayModel {
    enum Item {
        case message(Int, redelivered: Bool)
        case canary(sent: Int64, session: Int)
    }

    struct Flight {
        var item: Item
        var position: Int64
        var confirmedAt: Int
    }

    static let prefetch = 200

    let history: History
    let fault: PlantedFault?
    var log = PositionLog(limits: PositionLog.Limits(ticks: 96, dense: 30_000))
    var capture: [Item] = []
    var flights: [Flight] = []
    var counts: [UInt64] = [0, 0]
    var session = 1
    var stalledUntil = 0
    /// What the wall clock is ahead of the simulation.
    var wall: Int64 = 1_700_000_000_000
    var floor: Int64 = 0
    /// What this process's steady clock is ahead of the simulation.
    var steadyOffset: Int64 = 0
    var enteredSince: SteadyTime?
    var newestTimestamp: Int64?
    var untimed: UInt64 = 0
    var prioritised: UInt64 = 0
    var generation = 1
    /// Whether class 1 leads to the queue, and is known to.
    var isBound = true
    var isKnownBound = true
    var lastLook: Int64 = 0

    init(history: History, fault: PlantedFault?) {
        self.history = history
        self.fault = fault
        useTable(withdrawn: [], since: 0)
    }

    func steady(_ now: Int) -> SteadyTime { SteadyTime(Int64(now) * 1000 + steadyOffset) }

    mutating func useTable(withdrawn: Set<String>?, since: Int64) {
        let table = ClassTable(generation: generation, queues: [["q"], isKnownBound ? ["q"] : [], [], []])
        log.use(table, withdrawn: withdrawn, since: Position(since))
        counts = [0, 0]
    }

    mutating func look() {
        if isBound != isKnownBound {
            generation += 1
            isKnownBound = isBound
            useTable(withdrawn: isBound ? [] : ["q"], since: lastLook)
        }
        lastLook = max(floor, wall)
    }

    /// A second of its work.
    mutating func run(now: Int, messages: inout [QueueModel.Message], random: inout Generator) {
        wall += 1000
        guard now >= stalledUntil else { return tick(now) }
        if now % 2 == 0 { capture.append(.canary(sent: steady(now).milliseconds, session: session)) }
        var taken = 0
        while taken < min(history.relayRate, capture.count), flights.count < Self.prefetch {
            receive(capture[taken], now: now, messages: &messages, random: &random)
            taken += 1
        }
        capture.removeFirst(taken)
        let confirmed = flights.prefix { $0.confirmedAt <= now }.count
        flights.removeFirst(confirmed)
        let frontier = flights.first?.position ?? max(floor, wall)
        log.confirmed(upTo: Position(frontier), at: steady(now))
        if flights.isEmpty { floor = max(floor, frontier) }
        if now % history.looksEvery == 0 { look() }
        tick(now)
    }

    private mutating func receive(
        _ item: Item,
        now: Int,
        messages: inout [QueueModel.Message],
        random: inout Generator
    ) {
        let position = max(floor, wall)
        switch item {
        case .canary(let sent, let session):
            if session == self.session { enteredSince = SteadyTime(sent) }
        case .message(let message, let redelivered):
            messages[message].position = position
            newestTimestamp = messages[message].timestamp.map { max($0, newestTimestamp ?? $0) } ?? newestTimestamp
            if messages[message].timestamp == nil, fault != .untimed { untimed += 1 }
            if messages[message].isHigh, fault != .messagePriorities { prioritised += 1 }
            if !redelivered, messages[message].kind < 2 {
                counts[messages[message].kind] += 1
            }
        }
        flights.append(Flight(item: item, position: position, confirmedAt: now + random.upTo(history.confirmDelay)))
    }

    private mutating func tick(_ now: Int) {
        let position = max(floor, wall) + 1
        floor = position
        log.tick(
            PositionTick(
                position: Position(position),
                at: steady(now),
                generation: generation,
                counts: counts,
                enteredSince: fault == .order ? steady(now) : enteredSince,
                newestTimestamp: newestTimestamp,
                untimed: untimed,
                prioritised: prioritised
            )
        )
    }

    /// The connection to the source is lost, and what was in flight comes again; the broker may forget that it gave it,
    /// and the last acknowledgements may not have reached it.
    mutating func loseSource(forgets: Bool, messages: [QueueModel.Message]) {
        let again: [Item] = flights.compactMap { flight in
            if case .message(let message, _) = flight.item { .message(message, redelivered: !forgets) } else { nil }
        }
        flights = []
        capture.insert(contentsOf: again, at: 0)
        session += 1
    }

    /// The process ends and another continues with what it kept.
    mutating func restartProcess(
        now: Int,
        downFor seconds: Int,
        random: inout Generator,
        messages: [QueueModel.Message]
    ) {
        loseSource(forgets: false, messages: messages)
        stalledUntil = now + seconds
        steadyOffset = Int64(random.upTo(1_000_000)) - Int64(now) * 1000
        log.resume(at: steady(now))
        counts = [0, 0]
        enteredSince = nil
        untimed = 0
        prioritised = 0
        newestTimestamp = nil
        generation = 1
        isKnownBound = isBound
        useTable(withdrawn: nil, since: lastLook)
    }
}
