import Foundation

/// When an event reached the machine, by both clocks. The machine reads none itself.
package struct ScheduleMoment: Sendable, Hashable {
    /// Since some instant in the past: it never goes back. What is waited for is measured by it.
    package var time: Duration
    /// By the wall clock, which may go anywhere: what is planned goes by it.
    package var date: Date

    package init(time: Duration, date: Date) {
        self.time = time
        self.date = date
    }
}

/// What an action was begun under; each has its own, and later ones are higher.
package struct ScheduleTicket: Sendable, Hashable, Comparable {
    package let number: UInt64

    package static func < (one: ScheduleTicket, other: ScheduleTicket) -> Bool { one.number < other.number }
}

/// What the pair is like, as far as the schedule goes by it.
package struct ScheduleSituation: Sendable, Hashable {
    /// Whether this process leads: it alone begins anything.
    package var leads = false
    /// Why nothing is begun or looked at yet although it leads; `nil` if it can be.
    package var waits: ScheduleReason?
    /// The active site.
    package var active: String?
    package var epoch: Int?
    /// The promotion that is under way, whoever began it, and of which site.
    package var operation: String?
    package var operationSite: String?
    /// How the pair's record says that operations ended.
    package var ended: [String: ScheduleEnd] = [:]

    package init() {}
}

/// How an operation ended.
package struct ScheduleEnd: Sendable, Hashable {
    package var state: ScheduleOutcome.State
    package var reasons: [ScheduleReason]

    package init(_ state: ScheduleOutcome.State, reasons: [ScheduleReason] = []) {
        self.state = state
        self.reasons = reasons
    }
}

/// What reaches the machine.
package enum ScheduleEvent: Sendable {
    /// Nothing but time.
    case tick
    /// The entries of the configuration, all of them.
    case configured([ScheduleEntry])
    case situation(ScheduleSituation)
    /// What sites have, merged.
    ///
    /// - Parameter isComplete: whether both told.
    case loaded(ScheduleRecord, isComplete: Bool)
    /// What the sites have now, merged, and why some could not be written, by their names.
    case written(ScheduleTicket, ScheduleRecord, missing: [String: String])
    /// Why a promotion would be refused, as it is planned now.
    case looked(ScheduleTicket, [ScheduleReason])
    /// The promotion was begun.
    case begun(ScheduleTicket)
    /// It was not, and nothing was changed.
    case notBegun(ScheduleTicket, ScheduleReason)
    /// An operation of this process ended.
    case ended(operation: String, ScheduleEnd)
    /// A command asks for an entry.
    case add(request: String, ScheduleEntry)
    /// A command takes an entry back.
    case cancel(request: String, id: String, ScheduleEntry.Cancellation)
}

/// What the machine wants done. All but ``answer`` and ``tell`` are answered by an event.
package enum ScheduleAction: Sendable, Hashable {
    /// Write the record at both sites together with what is there, under their locks.
    case write(ScheduleTicket, ScheduleRecord)
    /// Plan the promotion of an occurrence, and say why it would be refused.
    ///
    /// - Parameter lead: so many seconds ahead it is; `nil` at its time.
    case look(ScheduleTicket, ScheduleEntry, due: Date, lead: Int?)
    /// Begin the promotion under an id of its own, if the epoch is still this.
    case start(ScheduleTicket, ScheduleEntry, operation: String, epoch: Int)
    /// Answer whoever asked.
    case answer(request: String, ScheduleAnswer)
    /// Say to people and hooks.
    case tell(ScheduleNotice)
}

/// How a request is answered.
package enum ScheduleAnswer: Sendable, Hashable {
    /// It is written; at the sites named it is not yet.
    case accepted(ScheduleEntry, missing: [String: String])
    case refused(ScheduleReason)
}

/// What people are told of.
package enum ScheduleNotice: Sendable, Hashable {
    /// By a look ahead, the promotion would be refused.
    case lookAheadFailed(ScheduleEntry, ScheduleLook)
    /// By a look ahead, it would be begun.
    case lookAheadPassed(ScheduleEntry, ScheduleLook)
    /// It is begun.
    case started(ScheduleEntry, ScheduleOutcome)
    /// It is not, or no more, or it ended.
    case ended(ScheduleOutcome)
}
