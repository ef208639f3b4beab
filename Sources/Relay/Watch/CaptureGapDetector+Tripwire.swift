#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the tripwire tells, and when it may have told nothing.
extension CaptureGapDetector {
    /// How late the broker may tell what a capture holds, after a node was lost.
    private static let latestStatistics: TimeInterval = 15

    mutating func noteTripwire(_ seen: CaptureObservation, since: Date?, _ findings: inout [GapFinding]) {
        noteOtherWire(seen, since: since, &findings)
        if case .broken(let how) = seen.tripwire {
            wireSeen = wireSeen ?? since
            guard open[.tripwireLost] == nil, let wireSeen, fill.mayHaveReachedLimit(seen) else { return }
            let detail = "what the capture drops may not have got to its tripwire: \(how)"
            open.begin(.tripwireLost, Hole(from: wireSeen, count: nil, detail: detail), &findings)
            return
        }
        if case .unreachable = seen.tripwire {
            wireSeen = wireSeen ?? since
            if fill.mayHaveBeenFull { wireIsMissed = true }
            guard wireIsMissed, open[.tripwireLost] == nil, let wireSeen else { return }
            let detail = "the tripwire does not answer, and the capture was near its limit, or may have been"
            open.begin(.tripwireLost, Hole(from: wireSeen, count: nil, detail: detail), &findings)
            return
        }
        if open[.tripwireLost] == nil, wireIsMissed || fill.isNearLimit(seen), let wireSeen, lastWasUnreachable {
            let detail = "the tripwire did not answer, and the capture was near its limit"
            open.begin(.tripwireLost, Hole(from: wireSeen, count: nil, detail: detail), &findings)
        }
        // Statistics tell later how full the capture was meanwhile.
        if open[.tripwireLost] == nil, lastWasUnreachable, let wireSeen { wireMove = (wireSeen, seen.begun) }
        noteMove(seen, since: since, &findings)
        if open[.tripwireLost] != nil { open.close(.tripwireLost, at: seen.ended, &findings) }
        wireIsMissed = false
        if seen.isWireChecked {
            wireSeen = seen.begun
            fill.restart(seen)
        }
        switch seen.tripwire {
        case .tripped(let date):
            if let hole = open[.captureLimit] {
                // Set up again and tripped again, between two looks.
                guard let date, date != hole.from else { return }
                open.close(.captureLimit, at: seen.begun, &findings)
            }
            let detail = "the capture has room for \(seen.byteLimit) bytes"
            open.begin(.captureLimit, Hole(from: date ?? since ?? seen.begun, count: nil, detail: detail), &findings)
        case .clear:
            // Somebody took note of it; what had gone had gone by then.
            if open[.captureLimit] != nil { open.close(.captureLimit, at: seen.ended, &findings) }
        case .unreachable, .broken:
            break
        }
    }

    /// A tripwire that somebody deleted, or took from, tells nothing of what was dropped before.
    private mutating func noteOtherWire(_ seen: CaptureObservation, since: Date?, _ findings: inout [GapFinding]) {
        defer {
            wire = (
                seen.tripwireIncarnation ?? wire.queue, seen.wayIncarnation ?? wire.way,
                seen.takenFromWire ?? wire.taken
            )
        }
        guard let since, open[.tripwireLost] == nil else { return }
        var detail: String?
        if let queue = seen.tripwireIncarnation, let known = wire.queue, queue != known {
            detail = "the tripwire is not the one that was there before"
        } else if let taken = seen.takenFromWire, let known = wire.taken, taken > known {
            detail = "somebody took from the tripwire what told of a drop"
        } else if let way = seen.wayIncarnation, let known = wire.way, way != known, fill.mayHaveReachedLimit(seen) {
            detail = "the exchanges of the tripwire are not those that were there before"
        }
        guard let detail else { return }
        open.begin(.tripwireLost, Hole(from: min(wireSeen ?? since, since), count: nil, detail: detail), &findings)
    }

    /// What a capture drops while its tripwire has no leader is dead-lettered to nobody. That may be over before the next
    /// look, and the capture's size be told later still.
    private mutating func noteMove(_ seen: CaptureObservation, since: Date?, _ findings: inout [GapFinding]) {
        defer { wireLeader = seen.tripwireLeader ?? wireLeader }
        if let wireLeader, let leader = seen.tripwireLeader, leader != wireLeader, let from = wireSeen ?? since {
            wireMove = (from, seen.begun)
        }
        guard let move = wireMove else { return }
        guard seen.begun.timeIntervalSince(move.to) <= Self.latestStatistics else {
            wireMove = nil
            return
        }
        guard let bytes = seen.capture?.bytes, bytes >= seen.byteLimit / 2, open[.tripwireLost] == nil else { return }
        let detail =
            "the tripwire was lost for a moment, or taken over by another node, and the capture was near its limit"
        open.begin(.tripwireLost, Hole(from: move.from, count: nil, detail: detail), &findings)
        wireMove = nil
    }

    private var lastWasUnreachable: Bool {
        if case .unreachable = last?.tripwire { true } else { false }
    }
}
