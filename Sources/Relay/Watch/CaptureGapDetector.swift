#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Tells from what was seen of a capture, look by look, where messages may be missing.
///
/// It has no clock: times come with the observations. What happened between two looks is taken to have happened at any
/// moment from the beginning of the first to the end of the second.
package struct CaptureGapDetector: Sendable {
    private let epoch: Int
    var last: CaptureObservation?
    /// What was known when this began.
    private var before: KnownObjects?
    var open: OpenHoles
    private var depth = DepthEvidence()
    var fill = CaptureFill()
    /// Whether the capture was as it should be once: what was published before that was never promised.
    private var hasBegun: Bool
    /// When the tripwire last answered, and what is dropped was seen to get there.
    var wireSeen: Date?
    /// Whether the capture came near its limit, as far as can be told, since the tripwire last answered.
    var wireIsMissed = false
    /// The tripwire that was there last, its exchanges, and how many messages were ever taken from it.
    var wire: (queue: String?, way: String?, taken: Int?)
    /// The node that led the tripwire when it last answered.
    var wireLeader: String?
    /// The tripwire was lost, or another node has come to lead it: when it last answered before, and when it first did
    /// then.
    var wireMove: (from: Date, to: Date)?
    /// - Parameter known: what was last seen of the capture, by whoever looked before.
    package init(route: String, site: String, epoch: Int, known: KnownObjects? = nil) {
        open = OpenHoles(route: route, site: site)
        self.epoch = epoch
        before = known
        hasBegun = known?.epoch == epoch
        wire = (known?.tripwire, known?.way, nil)
    }

    /// Whether the capture may be dropping messages, so that the way to its tripwire matters at each look.
    var mayBeDropping: Bool { fill.mayHaveBeenFull }

    /// What the next who looks should know.
    package var known: KnownObjects? {
        guard let last, let capture = last.capture else { return nil }
        return KnownObjects(
            epoch: epoch,
            queue: capture.incarnation,
            tripwire: wire.queue,
            way: wire.way,
            seen: last.ended
        )
    }

    /// Takes a look into account.
    ///
    /// - Returns: holes that were found, have grown, or have ended with it.
    package mutating func note(_ seen: CaptureObservation) -> [GapFinding] {
        var findings: [GapFinding] = []
        let since = hasBegun ? last?.begun ?? before?.seen : nil
        let isRemade = noteCapture(seen, since: since, &findings)
        if isRemade { (depth, fill) = (DepthEvidence(), CaptureFill()) }
        fill.note(seen)
        noteBindings(seen, since: since, isRemade: isRemade, &findings)
        noteHarm(seen, since: since, &findings)
        noteTripwire(seen, since: since, &findings)
        noteReaders(seen, since: since, &findings)
        noteDepth(seen, &findings)
        if Self.isComplete(seen) { hasBegun = true }
        last = seen
        before = nil
        return findings
    }

    /// Whether all that the exchange gets from then on is captured, as far as it can be.
    private static func isComplete(_ seen: CaptureObservation) -> Bool {
        seen.capture != nil && seen.isExchangeThere && seen.wanted.isSubset(of: seen.bound)
    }

    // MARK: The capture

    /// - Returns: whether it is another than before, or none.
    private mutating func noteCapture(
        _ seen: CaptureObservation,
        since: Date?,
        _ findings: inout [GapFinding]
    ) -> Bool {
        let isComplete = Self.isComplete(seen)
        if open[.captureDeleted] != nil {
            if isComplete { open.close(.captureDeleted, at: seen.ended, &findings) }
            return true
        }
        guard let since else { return false }
        let knew: String?
        if let last {
            guard let capture = last.capture else { return false }
            knew = capture.incarnation
        } else {
            knew = before?.queue
        }
        let isGone = seen.capture == nil
        guard isGone || seen.capture?.incarnation != knew else { return false }
        // Of two numbers, of which one may be late, the higher.
        let held = [last?.capture?.messages, last?.capture?.ready].compactMap { $0 }.max()
        let what = isGone ? "it is not there" : "it is not the one that was there before"
        let hole = Hole(
            from: since,
            count: held.flatMap { $0 > 0 ? $0 : nil },
            detail: held.map { "\(what); it held \($0) messages" } ?? what
        )
        open.begin(.captureDeleted, hole, &findings)
        if isComplete { open.close(.captureDeleted, at: seen.ended, &findings) }
        return true
    }

    /// Has what goes on be told of again, since somebody took note of it as it was.
    package mutating func acknowledge() {
        for reason in [GapReason.captureLimit, .captureRead, .capturePolicy, .tripwireLost] { open[reason] = nil }
    }

    /// Whether a look is needed before it can be said whether messages are missing.
    package var isUndecided: Bool { depth.isFewer }

    // MARK: Bindings

    private mutating func noteBindings(
        _ seen: CaptureObservation,
        since: Date?,
        isRemade: Bool,
        _ findings: inout [GapFinding]
    ) {
        let isComplete = Self.isComplete(seen)
        let waiting = [GapReason.exchangeDeleted, .captureUnbound, .bindingLate].filter { open[$0] != nil }
        guard waiting.isEmpty else {
            guard isComplete else { return }
            for reason in waiting { open.close(reason, at: seen.ended, &findings) }
            return
        }
        guard let since, !isRemade, seen.isExchangeThere else { return }
        let missing = seen.wanted.subtracting(seen.present)
        if let last, !last.isExchangeThere {
            // While it was away nothing could be published to it.
            guard !missing.isEmpty else { return }
            let detail = "the exchange was declared again; the capture was bound to it later"
            report(.exchangeDeleted, Hole(from: since, count: nil, detail: detail), seen, isComplete, &findings)
            return
        }
        let had = last?.bound ?? []
        let lost = missing.intersection(had)
        if !lost.isEmpty || (last == nil && seen.present.isEmpty && !missing.isEmpty) {
            let detail =
                seen.present.isEmpty
                ? "none of the capture's bindings was there: it was unbound, or the exchange was deleted and declared again"
                : "bindings of the capture were gone: \(Self.list(lost))"
            report(.captureUnbound, Hole(from: since, count: nil, detail: detail), seen, isComplete, &findings)
            return
        }
        let uncovered = missing.subtracting(seen.harmless)
        guard !uncovered.isEmpty else { return }
        let detail = "the capture was bound later than a queue: \(Self.list(uncovered))"
        report(.bindingLate, Hole(from: since, count: nil, detail: detail), seen, isComplete, &findings)
    }

    private mutating func report(
        _ reason: GapReason,
        _ hole: Hole,
        _ seen: CaptureObservation,
        _ isComplete: Bool,
        _ findings: inout [GapFinding]
    ) {
        open.begin(reason, hole, &findings)
        if isComplete { open.close(reason, at: seen.ended, &findings) }
    }

    private static func list(_ bindings: Set<CaptureBinding>) -> String {
        let shown = bindings.map { binding in
            binding.arguments.isEmpty
                ? "'\(binding.routingKey)'" : "by headers \(binding.arguments.keys.sorted().joined(separator: ", "))"
        }.sorted()
        let rest = shown.count > 5 ? " and \(shown.count - 5) more" : ""
        return shown.prefix(5).joined(separator: ", ") + rest
    }

    // MARK: What takes messages away

    private mutating func noteHarm(_ seen: CaptureObservation, since: Date?, _ findings: inout [GapFinding]) {
        if let harm = seen.harm {
            guard open[.capturePolicy] == nil, let since else { return }
            open.begin(.capturePolicy, Hole(from: since, count: nil, detail: harm), &findings)
        } else if open[.capturePolicy] != nil {
            open.close(.capturePolicy, at: seen.ended, &findings)
        }
    }

    private mutating func noteReaders(_ seen: CaptureObservation, since: Date?, _ findings: inout [GapFinding]) {
        if let reader = seen.capture?.foreignConsumer {
            guard open[.captureRead] == nil else { return }
            open.begin(.captureRead, Hole(from: since ?? seen.begun, count: nil, detail: reader), &findings)
        } else if open[.captureRead] != nil {
            open.close(.captureRead, at: seen.ended, &findings)
        }
    }

    private mutating func noteDepth(_ seen: CaptureObservation, _ findings: inout [GapFinding]) {
        guard let capture = seen.capture,
            let fall = depth.note(
                capture,
                before: seen.relayedBefore,
                after: seen.relayed,
                relaysMade: seen.relaysMade,
                isDrained: seen.isDrained,
                at: seen.ended
            )
        else { return }
        // What took them is told of already.
        let known: [GapReason] = [.captureDeleted, .capturePolicy, .captureRead, .captureLimit]
        if let reason = known.first(where: { open[$0] != nil }) {
            let counted = open[reason]?.count ?? 0
            open[reason]?.count = counted + fall.count
            return
        }
        let hole = Hole(
            from: fall.from,
            count: fall.count,
            detail: "the capture was purged or read by somebody else, or messages expired in it"
        )
        open.begin(.captureThinned, hole, &findings)
        open.close(.captureThinned, at: seen.ended, &findings)
    }
}
