import ErrorCodes
import Foundation
import SeededRandomness

@testable import Schedule

/// Daemons with clocks of their own, two sites and the pair's record, in a random but repeatable order of events.
///
/// What it sees to: no operation is begun twice, and every occurrence ends as begun or as skipped and said.
final class ScheduleSimulation {
    struct Daemon {
        var machine: ScheduleStateMachine
        /// Grows when it is started again: what it had under way before is gone.
        var life = 0
        /// By how much its clock is wrong.
        var skew: TimeInterval = 0
        var isFrozenUntil = 0
        /// Whether it believes that it leads, and holds the locks.
        var leads = false
    }

    struct Operation {
        var id: String
        var site: String
        var daemon: Int
        var endsAt: Int
    }

    private var random: SeededGenerator
    private let entries: [ScheduleEntry]
    private let start: Date
    /// Seconds since the start, by the one true clock.
    private var now = 0
    private var queue: [(at: Int, daemon: Int, life: Int, event: () -> ScheduleEvent?)] = []
    private var daemons: [Daemon] = []
    private var copies: [ScheduleRecord] = [ScheduleRecord(), ScheduleRecord()]
    private var siteAwayUntil = [0, 0]
    /// Who holds the locks.
    private var holder: Int?
    private var active = "dc1"
    private var epoch = 1
    private var operation: Operation?
    private var ended: [String: ScheduleEnd] = [:]
    /// What became of occurrences, as either site had it at any time.
    private var said: [String: [ScheduleOutcome]] = [:]

    private(set) var begun: [String: Int] = [:]
    private(set) var violations: [String] = []
    private(set) var steps = 0

    static let trouble = 4 * 3_600
    /// It ends where nothing has been due for three minutes, nor is to be looked at: all that was written has arrived.
    static let quiet = 3_800

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        // A change of the clocks is in the middle.
        start = try RFC3339.date("2026-10-24T22:30:00Z")
        entries = [
            try .every("*/10 * * * *", "Europe/Berlin", promote: "dc1", grace: .seconds(120)),
            try .every("5,25,45 0-5 * * *", "Europe/Berlin", promote: "dc2", grace: .seconds(900)),
            try .at("2026-10-25T02:00:00+02:00", promote: "dc2"), try .at("2026-10-25T02:00:00+01:00", promote: "dc1"),
        ]
        for number in 0..<3 {
            daemons.append(Daemon(machine: ScheduleStateMachine(leader: "d\(number).0")))
            feed(number, .configured(entries))
        }
    }

    func run() throws {
        while now < Self.trouble + Self.quiet {
            now += 1
            if now < Self.trouble { makeTrouble() } else { calmDown() }
            endOperation()
            elect()
            deliver()
            if now % 3 == 0 {
                for number in daemons.indices where !isFrozen(number) { feed(number, .tick) }
            }
        }
        check()
    }

    private func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    private func delay(_ longest: Int) -> Int { now + Int.random(in: 0...longest, using: &random) }

    private func isFrozen(_ number: Int) -> Bool { daemons[number].isFrozenUntil > now }

    // MARK: Trouble

    private func makeTrouble() {
        if chance(300), let holder { daemons[holder].isFrozenUntil = delay(90) }
        if chance(400) {
            let number = Int.random(in: 0..<3, using: &random)
            kill(number)
        }
        if chance(500) { siteAwayUntil[Int.random(in: 0..<2, using: &random)] = delay(200) }
        if chance(1_200) {
            let number = Int.random(in: 0..<3, using: &random)
            let step: TimeInterval = chance(2) ? 3_600 : -3_600
            // What a clock that is fast sees first, it can't tell from what was due before: a right one does.
            if now > 900 { daemons[number].skew += step }
        }
        // A holder that is frozen for long, or unlucky, loses the locks without being told.
        if let current = holder, isFrozen(current) ? chance(20) : chance(900) { holder = nil }
    }

    private func calmDown() {
        for number in daemons.indices { daemons[number].skew = 0 }
    }

    private func kill(_ number: Int) {
        let life = daemons[number].life + 1
        let skew = daemons[number].skew
        daemons[number] = Daemon(machine: ScheduleStateMachine(leader: "d\(number).\(life)"), life: life, skew: skew)
        if holder == number { holder = nil }
        feed(number, .configured(entries))
    }

    private func elect() {
        for number in daemons.indices where daemons[number].leads && holder != number && !isFrozen(number) && chance(3)
        {
            daemons[number].leads = false
            situate(number)
        }
        if holder == nil, chance(5) {
            let number = Int.random(in: 0..<3, using: &random)
            guard !isFrozen(number) else { return }
            holder = number
            daemons[number].leads = true
            situate(number)
            load(number)
        }
        if let holder, daemons[holder].leads, now % 15 == 0, !isFrozen(holder) {
            situate(holder)
            load(holder)
        }
    }

    private func situate(_ number: Int) {
        var situation = ScheduleSituation()
        situation.leads = daemons[number].leads
        situation.active = active
        situation.epoch = epoch
        situation.operation = operation?.id
        situation.operationSite = operation?.site
        situation.ended = ended
        feed(number, .situation(situation))
    }

    private func load(_ number: Int) {
        let life = daemons[number].life
        queue.append(
            (
                delay(3), number, life,
                { [self] in
                    var found = ScheduleRecord()
                    let there = copies.indices.filter { siteAwayUntil[$0] <= now }
                    for site in there { found.merge(copies[site]) }
                    return there.isEmpty ? nil : .loaded(found, isComplete: there.count == 2)
                }
            )
        )
    }

    // MARK: Events

    private func deliver() {
        var later: [(at: Int, daemon: Int, life: Int, event: () -> ScheduleEvent?)] = []
        let due = queue
        queue = []
        for item in due {
            if item.at > now || isFrozen(item.daemon) && item.life == daemons[item.daemon].life {
                later.append(item)
            } else {
                // What was on its way to a broker arrives whoever sent it.
                let event = item.event()
                if item.life == daemons[item.daemon].life, let event { feed(item.daemon, event) }
            }
        }
        queue += later
    }

    private func feed(_ number: Int, _ event: ScheduleEvent) {
        steps += 1
        let moment = ScheduleMoment(
            time: .seconds(now),
            date: start + TimeInterval(now) + daemons[number].skew
        )
        for action in daemons[number].machine.handle(event, at: moment) { perform(action, number) }
    }

    private func perform(_ action: ScheduleAction, _ number: Int) {
        let life = daemons[number].life
        func later(_ longest: Int, _ event: @escaping () -> ScheduleEvent?) {
            queue.append((delay(longest), number, life, event))
        }
        switch action {
        case .write(let ticket, let record):
            // Read, written and read back at one site after the other; each takes its time.
            later(3) { [self] in
                write(ticket, record, number, site: 0, missing: [:])
                return nil
            }
        case .look(let ticket, _, _, _):
            let isRefused = chance(6)
            later(8) { .looked(ticket, isRefused ? [ScheduleReason(code: .gap, message: "", hint: "")] : []) }
        case .start(let ticket, let entry, let operation, let epoch):
            later(2) { [self] in begin(ticket, entry, operation, epoch, number) }
        case .answer, .tell: break
        }
    }

    private func write(
        _ ticket: ScheduleTicket,
        _ record: ScheduleRecord,
        _ number: Int,
        site: Int,
        missing: [String: String]
    ) {
        let life = daemons[number].life
        guard site < 2 else {
            queue.append((now, number, life, { .written(ticket, record, missing: missing) }))
            return
        }
        guard siteAwayUntil[site] <= now, holder == number || daemons[number].leads else {
            write(
                ticket,
                record,
                number,
                site: site + 1,
                missing: missing.merging(["dc\(site + 1)": "away"]) { one, _ in one }
            )
            return
        }
        var merged = record
        merged.merge(copies[site])
        queue.append(
            (
                delay(3), number, life,
                { [self] in
                    // Nothing is compared: a late one overwrites what came in between.
                    guard siteAwayUntil[site] <= now else {
                        write(
                            ticket,
                            merged,
                            number,
                            site: site + 1,
                            missing: missing.merging(["dc\(site + 1)": "away"]) { one, _ in one }
                        )
                        return nil
                    }
                    copies[site] = merged
                    for outcome in merged.outcomes { note(outcome) }
                    write(ticket, merged, number, site: site + 1, missing: missing)
                    return nil
                }
            )
        )
    }

    private func note(_ outcome: ScheduleOutcome) {
        if said[outcome.entry]?.last(where: { $0.due == outcome.due }) == outcome { return }
        said[outcome.entry, default: []].append(outcome)
    }

    // MARK: Promotions

    private func begin(
        _ ticket: ScheduleTicket,
        _ entry: ScheduleEntry,
        _ id: String,
        _ expected: Int,
        _ number: Int
    ) -> ScheduleEvent? {
        // The pair's own lock and record: who does not hold the locks begins nothing.
        guard holder == number, operation == nil, epoch == expected, active != entry.site else {
            return .notBegun(ticket, ScheduleReason(code: .locked, message: "", hint: ""))
        }
        begun[id, default: 0] += 1
        if begun[id] != 1 { violations.append("\(id) was begun \(begun[id] ?? 0) times") }
        operation = Operation(id: id, site: entry.site, daemon: number, endsAt: delay(60))
        queue.append(
            (
                now, number, daemons[number].life,
                { [self] in
                    situate(number); return nil
                }
            )
        )
        return .begun(ticket)
    }

    private func endOperation() {
        // Without anybody who leads, nothing goes on.
        guard let current = operation, current.endsAt <= now, let holder, !isFrozen(holder) else { return }
        operation = nil
        let end: ScheduleEnd
        switch Int.random(in: 0..<4, using: &random) {
        case 0: end = ScheduleEnd(.aborted)
        case 1 where holder == current.daemon:
            // Refused by its own checks: no record tells of it.
            feed(holder, .ended(operation: current.id, ScheduleEnd(.failed)))
            return
        default:
            end = ScheduleEnd(.done)
            active = current.site
            epoch += 1
        }
        ended[current.id] = end
        feed(holder, .ended(operation: current.id, end))
        situate(holder)
    }

    // MARK: What is to hold at the end

    private func check() {
        var record = ScheduleRecord()
        for copy in copies { record.merge(copy) }
        let isEqual = copies[0].isSame(as: copies[1])
        if !isEqual { violations.append("the sites differ after an hour of quiet") }
        for entry in entries {
            // Whoever led first saw it soon after the start.
            var due = entry.next(after: entry.isRepeated ? start + 120 : nil)
            let end = start + TimeInterval(now) - 930
            while let instant = due, instant < end {
                let outcomes = (said[entry.id] ?? []).filter { ($0.first ?? $0.due) <= instant && instant <= $0.due }
                if outcomes.isEmpty { violations.append("nothing is said of \(entry.id) at \(RFC3339.text(instant))") }
                let own = outcomes.filter { $0.due == instant }
                if let last = own.last, last.state == .started {
                    violations.append("\(entry.id) at \(RFC3339.text(instant)) is left as begun")
                }
                let operation = entry.operation(at: instant)
                if begun[operation] != nil, let end = ended[operation], own.last?.state != end.state {
                    violations.append(
                        "\(operation) ended as \(end.state), and is said to be \(own.last?.state.rawValue ?? "nothing")"
                    )
                }
                if begun[operation] != nil, own.last?.state == .skipped {
                    violations.append("\(operation) was begun, and is said to be skipped")
                }
                due = entry.next(after: instant)
            }
        }
    }
}
