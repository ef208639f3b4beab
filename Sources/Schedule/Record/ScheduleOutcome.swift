import Foundation

/// What became of one occurrence of an entry; of several, where they were missed together.
package struct ScheduleOutcome: Sendable, Hashable, Codable {
    /// How far it came.
    package enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// It was not begun.
        case skipped
        /// It is marked as begun: nobody begins it again.
        case started
        /// It was marked, and no operation came of it: nothing was changed.
        case notRun = "not-run"
        /// The operation waits for a person.
        case held
        /// The operation changed something and is not finished.
        case incomplete
        case done
        /// The operation undid itself.
        case aborted
        case failed

        /// Which one counts where two copies differ. What is known to have happened counts more than what was only meant.
        var rank: Int {
            switch self {
            case .skipped: 0
            case .started: 1
            case .notRun: 2
            case .held, .incomplete: 3
            case .done, .aborted, .failed: 4
            }
        }

        /// Whether nothing can come after it.
        package var isFinal: Bool { self == .skipped || rank == 4 }
    }

    /// The entry's id.
    package var entry: String
    /// The site that was to become active.
    package var site: String
    /// When it was due; of several, the last.
    package var due: Date
    /// Of several, when the first was due.
    package var first: Date?
    /// For how many occurrences it stands; where it stands for ``mostTimes``, at least.
    package var times: Int
    package var state: State
    /// The operation's id, once it was marked.
    package var operation: String?
    /// The process that marked it.
    package var leader: String?
    /// Why it is as it is, the weightiest first.
    package var reasons: [ScheduleReason]
    /// When it last changed.
    package var changed: Date

    /// Missed ones are not counted beyond this.
    static let mostTimes = 1_000
    static let mostReasons = 5

    /// Creates an outcome.
    package init(
        entry: String,
        site: String,
        due: Date,
        first: Date? = nil,
        times: Int = 1,
        state: State,
        operation: String? = nil,
        leader: String? = nil,
        reasons: [ScheduleReason] = [],
        changed: Date
    ) {
        self.entry = entry
        self.site = site
        self.due = due.inMilliseconds
        self.first = first?.inMilliseconds
        self.times = times
        self.state = state
        self.operation = operation
        self.leader = leader
        self.reasons = Array(reasons.prefix(Self.mostReasons))
        self.changed = changed.inMilliseconds
    }

    /// Whether it speaks of the same occurrence.
    func isSame(as other: ScheduleOutcome) -> Bool { entry == other.entry && due == other.due }

    /// The same occurrence, now in another state; newer than this, whatever the clock says.
    func changed(to state: State, _ reasons: [ScheduleReason], at now: Date) -> ScheduleOutcome {
        var changed = self
        changed.state = state
        changed.reasons = Array(reasons.prefix(Self.mostReasons))
        changed.changed = max(now, self.changed + 0.001).inMilliseconds
        return changed
    }

    /// Of two copies, the one that counts. Of two marks it is the first: who made the other one sees that it was late.
    func merged(with other: ScheduleOutcome) -> ScheduleOutcome {
        if state.rank != other.state.rank { return state.rank > other.state.rank ? self : other }
        if state == .started {
            return (changed, leader ?? "") <= (other.changed, other.leader ?? "") ? self : other
        }
        // As good as any, and the same whichever comes first.
        return (changed, state.rawValue, reasons.first?.message ?? "")
            >= (other.changed, other.state.rawValue, other.reasons.first?.message ?? "") ? self : other
    }
}
