extension PositionLog {
    /// The newest position that the store had confirmed everything before, at this instant.
    package func position(confirmedAt instant: SteadyTime) -> Position? {
        confirmed.last { $0.at <= instant + shift }?.position
    }

    /// The newest position P such that at least `depth` messages that were routed to the queue lie in [P, `end`).
    ///
    /// - Parameter enteredSince: only messages that entered the capture at or after this instant count; as the log keeps
    ///   it (``kept(_:)``).
    /// - Returns: `nil` where the log doesn't reach back that far.
    package func reach(
        _ queue: String,
        depth: UInt64,
        before end: Position,
        enteredSince: SteadyTime? = nil
    ) -> Position? {
        guard let last = index(atOrBefore: end) else { return nil }
        if depth == 0 { return entries[last].position }
        guard let queue = indices[queue] else { return nil }
        let total = count(queue, at: last)
        guard total >= depth, let found = (0...last).last(where: { total - count(queue, at: $0) >= depth }) else {
            return nil
        }
        if let enteredSince {
            guard let entered = entries[found].enteredSince, entered >= enteredSince else { return nil }
        }
        return entries[found].position
    }

    /// The newest position P such that everything from before P entered the capture at least `slack` milliseconds
    /// before everything from `position` on.
    ///
    /// Two messages that entered it so far apart lie in the same order in every queue. Positions alone don't tell: a
    /// relay that stood still for an hour between two messages gave them positions that lie an hour apart, though they
    /// entered at the same time and may lie in a queue the other way round.
    package func position(entered slack: Int64, beforeWhatFollows position: Position) -> Position? {
        guard let index = index(atOrBefore: position), let entered = entries[index].enteredSince else { return nil }
        return entries[...index].last { $0.at <= entered - slack }?.position
    }

    /// The newest position P such that every message from before P has a lower timestamp, or none.
    package func position(timestampsBelow timestamp: Int64) -> Position? {
        entries.last { ($0.newestTimestamp ?? .min) < timestamp }?.position
    }

    /// How many messages from a position on have no timestamp, at most. `nil`: the log begins later.
    package func untimed(from position: Position) -> UInt64? {
        guard let first = index(atOrBefore: position) else { return nil }
        return entries[entries.count - 1].untimed &- entries[first].untimed
    }

    /// How many messages from a position on have a priority, at most. `nil`: the log begins later.
    package func prioritised(from position: Position) -> UInt64? {
        guard let first = index(atOrBefore: position) else { return nil }
        return entries[entries.count - 1].prioritised &- entries[first].prioritised
    }

    /// How many messages that were counted for a queue lie in [`from`, `to`): at least, at most. For an estimate only:
    /// what was routed without certainty is in neither. `nil`: the log begins later, or doesn't count the queue.
    package func counted(_ queue: String, from: Position, to: Position) -> ClosedRange<UInt64>? {
        guard let queue = indices[queue], let low = index(atOrBefore: from), let high = index(atOrBefore: to) else {
            return nil
        }
        guard from < to else { return 0...0 }
        let innerLow = entries[low].position == from ? low : low + 1
        let outerHigh = entries[high].position == to ? high : min(high + 1, entries.count - 1)
        let most = count(queue, at: outerHigh) - count(queue, at: low)
        let least = innerLow <= high ? count(queue, at: high) - count(queue, at: innerLow) : 0
        return least...most
    }

    /// The newest position that every message handed out by an instant lies before.
    package func position(at instant: SteadyTime) -> Position? {
        entries.last { $0.at <= instant + shift }?.position
    }

    /// An instant of this process as the log keeps it: it can be stored with the log and stays comparable.
    package func kept(_ instant: SteadyTime) -> SteadyTime { instant + shift }

    private func count(_ queue: Int, at index: Int) -> UInt64 {
        queue < entries[index].counts.count ? entries[index].counts[queue] : 0
    }

    private func index(atOrBefore position: Position) -> Int? {
        entries.lastIndex { $0.position <= position }
    }
}
