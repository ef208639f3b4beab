import ErrorCodes
import Leadership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A machine and two sites that do at once what it wants, as long as they are let.
struct MachineHarness {
    var machine: LeaderStateMachine
    var time = Duration.zero
    /// Each site's record, and the generation of its lock.
    var records: [String: PairRecord] = [:]
    var generations: [String: UInt64] = ["dc1": 0, "dc2": 0]
    /// Sites that do not tell their records.
    var silent: Set<String> = []
    /// Sites whose lock another process holds.
    var taken: Set<String> = []
    /// Steps that are left unfinished, and such as fail.
    var held: Set<String> = []
    var failing: Set<String> = []
    /// Whether writes are left unanswered.
    var holdsWrites = false
    /// Locks that are waited for, by site, while they are not given.
    var holdsLocks = false
    private(set) var wantedLocks: [String: Ticket] = [:]
    /// Whether readings are.
    var holdsReadings = false
    /// What was wanted, in order.
    private(set) var actions: [LeaderAction] = []

    init(leads: Bool = true) {
        machine = LeaderStateMachine(
            .init(pair: "pair", first: "dc1", second: "dc2", configuredActive: "dc1", leads: leads)
        )
    }

    var steps: [String] {
        actions.compactMap { if case .perform(let order, _, _) = $0 { order.step.code } else { nil } }
    }

    var ends: [OperationEnd] { actions.compactMap { if case .ended(let end) = $0 { end } else { nil } } }

    var answers: [String: OrderAnswer] {
        var answers: [String: OrderAnswer] = [:]
        for case .answer(let request, let answer) in actions { answers[request] = answer }
        return answers
    }

    var relays: [RelayOrder] {
        actions.compactMap { if case .startRoutes(let order, _) = $0 { order } else { nil } }
    }

    /// The ticket of the step that was begun last.
    var lastStep: Ticket? {
        for case .perform(_, _, let ticket) in actions.reversed() { return ticket }
        return nil
    }

    /// The ticket of the write that was wanted last.
    var lastWrite: (ticket: Ticket, record: PairRecord, lock: LockHandle)? {
        for case .writeRecord(let record, let lock, let ticket) in actions.reversed() { return (ticket, record, lock) }
        return nil
    }

    /// Tells the machine something, and all that follows from it.
    mutating func feed(_ event: LeaderEvent) {
        var events = [event]
        while !events.isEmpty {
            let date = Date(timeIntervalSince1970: 1_800_000_000 + time / .seconds(1))
            let wanted = machine.handle(events.removeFirst(), at: Moment(time: time, date: date))
            actions += wanted
            for action in wanted { if let event = carryOut(action) { events.append(event) } }
        }
    }

    /// Lets time pass, in tenths of a second.
    mutating func run(for duration: Duration) {
        let end = time + duration
        while time < end {
            time += .milliseconds(100)
            feed(.tick)
        }
    }

    private mutating func carryOut(_ action: LeaderAction) -> LeaderEvent? {
        switch action {
        case .readRecord(let site, let ticket):
            if holdsReadings { return nil }
            if silent.contains(site) {
                return .recordRead(
                    site: site,
                    ticket,
                    .unreachable(RecordFault(site: site, summary: "no answer", hint: ""))
                )
            }
            return .recordRead(site: site, ticket, records[site].map { .record($0) } ?? .none)
        case .takeLock(let site, let ticket, _):
            if holdsLocks {
                wantedLocks[site] = ticket
                return nil
            }
            if taken.contains(site) {
                return .lockRefused(site: site, ticket, LockRefusal(.heldByAnother, summary: "held", hint: ""))
            }
            generations[site, default: 0] += 1
            return .lockTaken(LockHandle(site: site, generation: generations[site] ?? 0, ticket: ticket))
        case .releaseLock(let handle): return .lockReleased(handle)
        case .writeRecord(let record, let lock, let ticket):
            if holdsWrites { return nil }
            return .recordWritten(ticket, put(record, under: lock))
        case .stopRoutes(let ticket): return .routesStopped(ticket)
        case .perform(let order, _, let ticket):
            if held.contains(order.step.code) { return nil }
            if failing.contains(order.step.code) {
                return .stepFailed(ticket, StepFailure(code: .stepFailed, message: "it broke", hint: ""))
            }
            return .stepEnded(ticket, .done)
        case .startRoutes, .cancelStep, .answer, .ended, .applySettings, .stopped: return nil
        }
    }

    /// Puts a record at a site as the driver would.
    mutating func put(_ record: PairRecord, under lock: LockHandle) -> PairRecord {
        var written = record
        written.generation = lock.generation
        records[lock.site] = written
        return written
    }
}
