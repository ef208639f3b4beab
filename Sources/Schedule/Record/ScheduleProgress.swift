import Foundation

/// How far an entry's occurrences have been gone through.
struct ScheduleProgress: Sendable, Hashable, Codable {
    /// Grows when the rest was set back, so that an older copy does not undo that.
    var turn = 0
    /// Whether there is no such entry any more. It is not dropped at once: another copy would bring it back.
    var isGone = false
    /// When the entry was first seen: what was due before is none of its occurrences.
    var since: Date
    /// What was due up to here has been seen to; `nil` for nothing yet.
    var upTo: Date?

    /// A clock that is further behind what was seen to than this was wrong then, or is now.
    static let longestStep: TimeInterval = 25 * 3_600

    init(since: Date) { self.since = since.inMilliseconds }

    /// What is due after it is to be seen to; `nil` for everything.
    func start(of entry: ScheduleEntry) -> Date? {
        switch entry.timing {
        case .at: upTo
        case .every: max(since, upTo ?? since)
        }
    }

    /// Follows a clock that was put back. What was seen to in the hour that comes again stays seen to; where days would be
    /// left out, the clock was wrong.
    ///
    /// - Returns: where it is left out what was never seen to, if anything.
    mutating func follow(_ now: Date) -> (isChanged: Bool, leftOut: ClosedRange<Date>?) {
        var isChanged = false
        var leftOut: ClosedRange<Date>?
        if now < since {
            if upTo != nil { leftOut = now...since }
            since = now.inMilliseconds
            isChanged = true
        }
        if let upTo, upTo > now + Self.longestStep {
            self.upTo = now.inMilliseconds
            turn += 1
            return (true, nil)
        }
        return (isChanged, leftOut)
    }

    /// Begins again with an entry that was gone: what was due in between is none of its occurrences.
    mutating func comeBack(_ now: Date) {
        isGone = false
        turn += 1
        since = now.inMilliseconds
    }

    mutating func go() {
        isGone = true
        turn += 1
    }

    func merged(with other: ScheduleProgress) -> ScheduleProgress {
        if turn != other.turn { return turn > other.turn ? self : other }
        var merged = self
        merged.since = min(since, other.since)
        merged.isGone = isGone && other.isGone
        if let theirs = other.upTo { merged.upTo = max(upTo ?? theirs, theirs) }
        return merged
    }
}
