import Foundation

@testable import Schedule

/// What two sites have of a schedule, and what the pair's record tells: what daemons share.
final class Brokers {
    var copies: [String: ScheduleRecord] = [:]
    var away: Set<String> = []
    var active = "dc1"
    var epoch = 1
    var ended: [String: ScheduleEnd] = [:]
    /// Operations that were begun, in their order.
    var begun: [String] = []

    static let sites = ["dc1", "dc2"]

    var merged: ScheduleRecord {
        var merged = ScheduleRecord()
        for copy in copies.values { merged.merge(copy) }
        return merged
    }
}

/// A daemon with a clock that the test moves, whose actions are done at once.
struct ScheduleBench {
    var machine: ScheduleStateMachine
    let brokers: Brokers
    var time = Duration.zero
    var date: Date
    /// Why a promotion would be refused now.
    var refusals: [ScheduleReason] = []
    /// How promotions end; `nil` leaves them running.
    var promotionEnd: ScheduleEnd? = ScheduleEnd(.done)
    /// Whether it dies as soon as marks are written, before a promotion is begun.
    var diesBeforeStart = false
    var isDead = false
    private var leads = false
    private var waits: ScheduleReason?
    private var operation: String?

    /// All that was looked at, begun and said, in short.
    private(set) var log: [String] = []
    private(set) var answers: [ScheduleAnswer] = []

    init(_ start: String, entries: [ScheduleEntry] = [], leader: String = "a", brokers: Brokers = Brokers()) throws {
        machine = ScheduleStateMachine(leader: leader)
        date = try RFC3339.date(start)
        self.brokers = brokers
        feed(.configured(entries))
    }

    mutating func lead() {
        leads = true
        situate()
        load()
    }

    mutating func follow() {
        leads = false
        situate()
    }

    mutating func wait(for reason: ScheduleReason?) {
        waits = reason
        situate()
    }

    mutating func configure(_ entries: [ScheduleEntry]) { feed(.configured(entries)) }

    /// Moves both clocks on, and looks every so often.
    mutating func run(until end: String, every step: TimeInterval = 60) throws {
        let end = try RFC3339.date(end)
        while date < end {
            let step = min(step, end.timeIntervalSince(date))
            date += step
            time += .milliseconds(Int64(step * 1_000))
            feed(.tick)
        }
    }

    /// Puts the wall clock forward or back.
    mutating func step(_ seconds: TimeInterval) {
        date += seconds
        feed(.tick)
    }

    mutating func take() -> [String] {
        defer { self.log = [] }
        return self.log
    }

    mutating func send(_ event: ScheduleEvent) { feed(event) }

    private mutating func situate() {
        var situation = ScheduleSituation()
        situation.leads = leads
        situation.waits = waits
        situation.active = brokers.active
        situation.epoch = brokers.epoch
        situation.operation = operation
        situation.ended = brokers.ended
        feed(.situation(situation))
    }

    private mutating func load() {
        let isComplete = brokers.away.isEmpty
        var found = ScheduleRecord()
        for (site, copy) in brokers.copies where !brokers.away.contains(site) { found.merge(copy) }
        feed(.loaded(found, isComplete: isComplete))
    }

    private mutating func feed(_ event: ScheduleEvent) {
        guard !isDead else { return }
        for action in machine.handle(event, at: ScheduleMoment(time: time, date: date)) { perform(action) }
    }

    private mutating func perform(_ action: ScheduleAction) {
        guard !isDead else { return }
        switch action {
        case .write(let ticket, let record):
            var merged = record
            var missing: [String: String] = [:]
            for site in Brokers.sites {
                guard !brokers.away.contains(site) else {
                    missing[site] = "it does not answer"
                    continue
                }
                if let there = brokers.copies[site] { merged.merge(there) }
                brokers.copies[site] = throughJSON(merged)
            }
            feed(.written(ticket, merged, missing: missing))
        case .look(let ticket, let entry, let due, let lead):
            let what = lead.map { "\($0) s ahead" } ?? "at its time"
            log.append("look at \(entry.site) of \(RFC3339.text(due)) \(what)")
            feed(.looked(ticket, refusals))
        case .start(let ticket, let entry, let operation, let epoch):
            if diesBeforeStart {
                isDead = true
                return
            }
            precondition(epoch == brokers.epoch)
            brokers.begun.append(operation)
            log.append("start \(entry.site) at \(RFC3339.text(date))")
            self.operation = operation
            feed(.begun(ticket))
            situate()
            guard let end = promotionEnd else { return }
            endOperation(end, entry.site)
        case .answer(_, let answer): answers.append(answer)
        case .tell(let notice): tell(notice)
        }
    }

    mutating func endOperation(_ end: ScheduleEnd, _ site: String) {
        guard let operation else { return }
        self.operation = nil
        if end.state == .done {
            brokers.active = site
            brokers.epoch += 1
        }
        brokers.ended[operation] = end
        feed(.ended(operation: operation, end))
        situate()
    }

    private mutating func tell(_ notice: ScheduleNotice) {
        switch notice {
        case .lookAheadFailed(_, let look): log.append("warning \(look.lead) s ahead: \(look.reasons[0].code)")
        case .lookAheadPassed, .started: break
        case .ended(let outcome):
            let times = outcome.times > 1 ? " \(outcome.times) times" : ""
            log.append(
                "\(outcome.state.rawValue) \(RFC3339.text(outcome.due))\(times)"
                    + (outcome.reasons.first.map { ": \($0.code)" } ?? "")
            )
        }
    }

    /// As a broker gives it back.
    private func throughJSON(_ record: ScheduleRecord) -> ScheduleRecord? {
        guard let data = try? ScheduleCoding.encoder.encode(record),
            let read = try? ScheduleCoding.decoder.decode(ScheduleRecord.self, from: data), read.isSame(as: record)
        else { preconditionFailure("a record is not what it was after it was written: \(record)") }
        return read
    }
}

extension ScheduleEntry {
    static func every(
        _ expression: String,
        _ zone: String,
        promote site: String = "dc2",
        grace: Duration = defaultGrace
    ) throws -> ScheduleEntry {
        let recurrence = Recurrence(try CronExpression(expression), zone: try NamedZone(zone))
        return ScheduleEntry(configured: site, timing: .every(recurrence), grace: grace)
    }

    static func at(_ text: String, promote site: String = "dc2", expectedEpoch: Int? = nil) throws -> ScheduleEntry {
        ScheduleEntry(configured: site, timing: .at(try RFC3339.date(text), text: text), expectedEpoch: expectedEpoch)
    }

    static func asked(_ id: String, at text: String, promote site: String = "dc2") throws -> ScheduleEntry {
        ScheduleEntry(
            id: id,
            site: site,
            timing: .at(try RFC3339.date(text), text: text),
            who: "ann",
            when: Date(timeIntervalSince1970: 1_785_000_000),
            why: "because"
        )
    }
}
