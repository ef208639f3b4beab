import ErrorCodes
import Foundation

/// Decides when a planned promotion is looked at, begun or skipped, and what is written down about it.
///
/// A value: events come in, actions go out. It reads no clock, opens no socket and draws no random number. Three rules keep
/// every occurrence from being begun twice, whoever leads:
/// - Only who leads, and has read both sites' copies since it does, begins anything. What was missed is said also where
///   one site does not tell.
/// - An occurrence is marked as begun at both sites, under their locks, and the marks are read back, before the promotion
///   is begun. Whoever sees a mark does not begin it.
/// - The promotion is begun under an id that follows from the occurrence, in the epoch in which it was marked, so that the
///   pair's record tells what came of a mark whose process is gone.
package struct ScheduleStateMachine: Sendable {
    /// An occurrence that is being begun, or runs.
    struct Run: Sendable {
        enum Phase: Sendable, Hashable {
            /// The promotion is planned, to see whether it would be refused.
            case looking(ScheduleTicket)
            /// The mark is to get to both sites.
            case marking
            case starting(ScheduleTicket)
            case running
        }

        var entry: ScheduleEntry
        var due: Date
        var phase: Phase
        var epoch: Int
        /// When it was marked, and begun.
        var since = Duration.zero

        var operation: String { entry.operation(at: due) }
    }

    struct PendingLook: Sendable {
        var ticket: ScheduleTicket
        var entry: ScheduleEntry
        var due: Date
        var lead: Int
    }

    /// A request whose change has to be written before it is answered.
    struct PendingRequest: Sendable {
        var request: String
        var id: String
        /// Writes from this one on have it.
        var ticket: ScheduleTicket?
        var asked: Duration
    }

    /// A mark that took longer to write than this is not acted on: the process may have been frozen, and another may have
    /// said that nothing came of the mark.
    static let markPatience = Duration.seconds(20)
    /// The time until a site that could not be written is tried again.
    static let writeRest = Duration.seconds(3)
    /// How long an operation that was begun may be unknown to the pair's record and to this process.
    static let operationPatience = Duration.seconds(30)
    /// No clock that is right shows a time before this was written.
    static let earliest = Date(timeIntervalSince1970: 1_780_000_000)
    /// How long a request waits for a site to be written.
    static let requestPatience = Duration.seconds(10)

    /// This process, as it marks occurrences.
    let leader: String

    /// What is known of the copies, with what is to be written.
    package internal(set) var record = ScheduleRecord()
    /// The entries of the configuration.
    package internal(set) var configured: [ScheduleEntry] = []
    package internal(set) var situation = ScheduleSituation()
    var isConfigured = false
    /// Whether a copy was read since this process leads.
    var isLoaded = false
    /// Whether both were.
    var isComplete = false
    var run: Run?
    var look: PendingLook?
    var requests: [PendingRequest] = []

    /// The write that is under way.
    var pendingWrite: ScheduleTicket?
    /// Whether something is to be written that no write under way has.
    var isDirty = false
    var writeAgain = Duration.zero

    var now = ScheduleMoment(time: .zero, date: .distantPast)
    var issued: UInt64 = 0
    var actions: [ScheduleAction] = []
    var known: [String: KnownNext] = [:]

    /// The first occurrence after an instant, so that it is not looked for again and again.
    struct KnownNext: Sendable {
        var after: Date?
        var entry: ScheduleEntry
        var next: Date?
    }

    package init(leader: String) { self.leader = leader }

    /// All entries that may have occurrences to come.
    package var entries: [ScheduleEntry] { configured + record.waiting }

    /// An entry that may have occurrences to come.
    func entry(_ id: String) -> ScheduleEntry? {
        configured.first { $0.id == id } ?? record.entry(id).flatMap { record.isOver($0) ? nil : $0 }
    }

    /// The entry whose occurrence is under way.
    package var running: String? { run?.entry.id }

    // MARK: Events

    /// Takes an event and says what is to be done.
    package mutating func handle(_ event: ScheduleEvent, at moment: ScheduleMoment) -> [ScheduleAction] {
        // As exact as what is written down, so that both compare.
        now = ScheduleMoment(time: moment.time, date: moment.date.inMilliseconds)
        take(event)
        // What follows from what is known is decided until nothing more does.
        while proceed() {}
        defer { actions = [] }
        return actions
    }

    private mutating func take(_ event: ScheduleEvent) {
        switch event {
        case .tick: break
        case .configured(let entries):
            configured = entries
            isConfigured = true
        case .situation(let situation): take(situation)
        case .loaded(let found, let isComplete):
            record.merge(found)
            guard situation.leads else { return }
            // A site that has less gets it with the next write, which compares first.
            isDirty = isDirty || !isLoaded || !found.isSame(as: record)
            isLoaded = true
            self.isComplete = self.isComplete || isComplete
        case .written(let ticket, let found, let missing): written(ticket, found, missing)
        case .looked(let ticket, let reasons): looked(ticket, reasons)
        case .begun(let ticket):
            guard case .starting(ticket) = run?.phase else { return }
            run?.phase = .running
        case .notBegun(let ticket, let reason):
            guard let run, case .starting(ticket) = run.phase else { return }
            end(run, .notRun, [reason])
        case .ended(let operation, let end): ended(operation, end)
        case .add(let request, let entry): add(request, entry)
        case .cancel(let request, let id, let cancellation): cancel(request, id, cancellation)
        }
    }

    private mutating func take(_ new: ScheduleSituation) {
        if !new.leads || !situation.leads {
            isLoaded = false
            isComplete = false
        }
        situation = new
        guard !new.leads else { return }
        look = nil
        // Whoever leads next sees to it. What was begun still tells of its end.
        switch run?.phase {
        case .looking, .marking: run = nil
        case .starting, .running, nil: break
        }
    }

    /// Whether this process sees to the schedule.
    var isWorking: Bool { situation.leads && isLoaded && isConfigured && now.date > Self.earliest }

    /// Why nothing can be begun or looked at; `nil` if it can be.
    package var waits: ScheduleReason? { situation.waits ?? (isComplete ? nil : .incomplete) }

    // MARK: Deciding

    /// Takes one decision that follows from what is known.
    ///
    /// - Returns: whether something changed, so that another decision may follow.
    private mutating func proceed() -> Bool {
        guard isWorking else { return refuseRequests() }
        if goThrough() { return true }
        if judgeMarks() { return true }
        if proceedWithRun() { return true }
        if seeToWhatIsDue() { return true }
        if lookAhead() { return true }
        return write()
    }

    /// Keeps in mind which entries there are, and follows the clock.
    private mutating func goThrough() -> Bool {
        var (isChanged, leftOut) = record.follow(now.date)
        for entry in entries where entry.isRepeated {
            if let range = leftOut[entry.id] { leaveOut(entry, range) }
        }
        for entry in entries where record.know(entry, now: now.date) { isChanged = true }
        let ids = Set(configured.map(\.id)).union(record.entries.map(\.id))
        if record.keepProgress(of: ids) { isChanged = true }
        known = known.filter { ids.contains($0.key) }
        isDirty = isDirty || isChanged
        return isChanged
    }

    /// What came of marks that no run of this process stands for: the pair's record tells.
    private mutating func judgeMarks() -> Bool {
        for outcome in record.outcomes where !outcome.state.isFinal {
            guard let operation = outcome.operation else { continue }
            if let end = situation.ended[operation] {
                guard end.state != outcome.state else { continue }
                if run?.operation == operation { run = nil }
                note(outcome, end)
                return true
            }
            guard outcome.state == .started, run?.operation != operation, situation.operation != operation else {
                continue
            }
            note(outcome, ScheduleEnd(.notRun, reasons: [.lostMark]))
            return true
        }
        return false
    }

    mutating func note(_ outcome: ScheduleOutcome, _ end: ScheduleEnd) {
        let judged = outcome.changed(to: end.state, end.reasons, at: now.date)
        record.note(judged)
        isDirty = true
        act(.tell(.ended(judged)))
    }

    private mutating func ended(_ operation: String, _ end: ScheduleEnd) {
        if run?.operation == operation { run = nil }
        guard let outcome = record.outcomes.first(where: { $0.operation == operation }),
            outcome.state.rank < 4, outcome.state != end.state
        else { return }
        note(outcome, end)
    }

    mutating func issue() -> ScheduleTicket {
        issued += 1
        return ScheduleTicket(number: issued)
    }

    mutating func act(_ action: ScheduleAction) { actions.append(action) }
}

extension ScheduleReason {
    static let incomplete = ScheduleReason(
        code: .scheduleUnread,
        message: "what both sites have of the schedule could not be read",
        hint: "check that both sites answer"
    )

    /// What a mark says whose operation nobody knows of.
    static let lostMark = ScheduleReason(
        code: .notRun,
        message: "not run: it was marked as begun, and no operation came of it: the process that was to begin it ended "
            + "first; nothing was changed",
        hint: "plan it again, or promote by hand"
    )
}
