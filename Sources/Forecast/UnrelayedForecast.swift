/// How many messages the active site had captured and the standby store has not, at the moment at which the link between
/// them was lost, or now if it lives.
///
/// The active site is not asked any more where it does not answer: what was seen last is bounded, and stays as it is.
package struct UnrelayedForecast: Sendable {
    package var evidence: CaptureEvidence
    /// The relay now, or as its last run left it.
    package var relay: RelayFigures
    /// The most that the relay was given within about a tenth of a second, in the last minute; `nil`: not known.
    package var surge: Int?
    package var now: Int64

    /// Whether what waits is counted in messages: a stream's offsets count what its broker puts there as well.
    package var countsMessages: Bool

    package init(
        evidence: CaptureEvidence,
        relay: RelayFigures,
        surge: Int?,
        now: Int64,
        countsMessages: Bool = true
    ) {
        self.countsMessages = countsMessages
        self.evidence = evidence
        self.relay = relay
        self.surge = surge
        self.now = now
    }

    package struct Verdict: Sendable, Hashable {
        package var estimate: Estimate
        /// Whether the site still answers.
        package var isLive: Bool
        /// When the capture was last looked at.
        package var asOf: Int64?
        /// The last sign of life, where the link is lost.
        package var linkLost: Int64?
        /// How old the look was when the link was lost, or is now; in milliseconds.
        package var age: Int64?
        /// How long before that the oldest of these messages may have been captured after the last look, in milliseconds.
        package var sinceLook: Int64

        static func unknown(_ reason: String) -> Verdict {
            Verdict(estimate: .unknown(reason), isLive: false, asOf: nil, linkLost: nil, age: nil, sinceLook: 0)
        }
    }

    /// What a message takes from its exchange to the relay, at most: a base, beside how long the broker took to answer.
    private static let transit: Int64 = 100
    private static let longestTransit: Int64 = 2_000
    /// Without a sign of life for so long, a link is lost.
    private static let silences: ClosedRange<Int64> = 2_500...5_000

    package var verdict: Verdict {
        guard let look = evidence.last else { return .unknown("the capture was not looked at yet") }
        let sign = max(look.answered, relay.lastReceived ?? look.answered)
        let isLive =
            now - sign <= min(max(evidence.spacing + 1_000, Self.silences.lowerBound), Self.silences.upperBound)
        var verdict = Verdict(
            estimate: .unknown("the capture was not looked at for long enough to know how fast it fills"),
            isLive: isLive,
            asOf: look.answered,
            linkLost: isLive ? nil : sign,
            age: max(0, (isLive ? now : sign) - look.answered),
            sinceLook: until(look, isLive) - look.answered
        )
        guard let perSecond = evidence.perSecond else { return verdict }
        let (high, reason) = high(look, sign, isLive, perSecond)
        let low = low(look, isLive)
        verdict.estimate = Estimate(low: min(low.number, high), high: high, lowReason: low.reason, highReason: reason)
        return verdict
    }

    // MARK: At most

    /// Two bounds hold. What lay in the capture at the look, what came since, less what was settled: true in any case. And
    /// where the relay keeps up, what it has in hand, and what can be on its way to it: a broker pushes all that it has.
    private func high(
        _ look: CaptureLook,
        _ sign: Int64,
        _ isLive: Bool,
        _ perSecond: Double
    ) -> (number: Int, reason: String) {
        let came = burst(until(look, isLive) - look.answered + transit(look), perSecond)
        let before = max(0, outstanding(look) - settledSince(look))
        let all = (before + came, "\(before) were captured and not stored, and at most \(came) came after that look")
        guard relay.runs == look.after.runs, look.after.isRunning, !relay.holdsBack, !look.after.holdsBack else {
            return all
        }
        let given = Self.grown(relay.received, since: look.after.received)
        let waiting = max(0, look.ready - given)
        // One that is given nothing although something waits gets nothing of what comes later either.
        guard waiting == 0 else { return all }
        let inHand = max(0, look.after.unsettled + given - Self.grown(relay.settled, since: look.after.settled))
        let onItsWay = burst(transit(look) + silence(since: sign, isLive), perSecond)
        guard inHand + onItsWay < all.0 else { return all }
        return (
            inHand + onItsWay, "\(inHand) were relayed and not confirmed, and at most \(onItsWay) were on their way"
        )
    }

    /// What lay between exchange and store when the capture was looked at, at most.
    private func outstanding(_ look: CaptureLook) -> Int {
        let after = look.after
        return look.ready + after.unsettled + (after.holdsBack ? after.credit : 0)
            // The broker may not have noticed yet that the run has ended, and holds these back.
            + (after.isRunning ? 0 : after.leftUnsettled)
    }

    /// What the store has taken since, of what it had not before.
    private func settledSince(_ look: CaptureLook) -> Int {
        max(
            0,
            Self.grown(relay.settled, since: look.after.settled)
                - Self.grown(relay.redelivered, since: look.after.redelivered)
        )
    }

    /// Until when messages may have come that count: now, or one look later than the last one that was answered.
    private func until(_ look: CaptureLook, _ isLive: Bool) -> Int64 {
        if isLive { return now }
        let ended = relay.runs == look.after.runs ? relay.ranUntil ?? 0 : 0
        return min(now, max(look.answered + evidence.spacing, min(ended, look.answered + 2 * evidence.spacing)))
    }

    /// For how long the relay was given nothing before its run ended, or until now: what came in that time may not have
    /// been sent to it.
    private func silence(since sign: Int64, _ isLive: Bool) -> Int64 {
        if relay.isRunning { return isLive ? 0 : min(now - sign, evidence.spacing) }
        if isLive { return max(0, now - sign) }
        return min(max(0, (relay.ranUntil ?? now) - sign), evidence.spacing)
    }

    private func transit(_ look: CaptureLook) -> Int64 {
        min(Self.transit + 2 * max(0, look.answered - look.asked), Self.longestTransit)
    }

    /// How many messages come in a time, at most: as many as in the fastest second of the last minute, with what chance
    /// adds, and no fewer than what once came in one go.
    private func burst(_ milliseconds: Int64, _ perSecond: Double) -> Int {
        let mean = perSecond * Double(max(0, milliseconds)) / 1000
        let steady = mean + 4 * mean.squareRoot()
        let second = max(perSecond, mean)
        let tenths = max(1, Double(milliseconds) / 100)
        let atOnce = surge.map { min(second, Double($0) * tenths) } ?? second
        return Int(max(steady, atOnce).rounded(.up).clamped)
    }

    // MARK: At least

    private func low(_ look: CaptureLook, _ isLive: Bool) -> (number: Int, reason: String) {
        guard !isLive else { return (0, "what is on its way may still arrive") }
        guard countsMessages else { return (0, "the offsets of a stream are no number of messages") }
        // Those that an earlier run left may be in the store although they wait again.
        let certain =
            look.ready - look.own - Self.grown(relay.received, since: look.before.received)
            - look.before.leftUnsettled
        guard certain > 0 else { return (0, "all that was captured may have arrived") }
        return (certain, "so many waited in the capture and were never relayed")
    }

    private static func grown(_ now: UInt64, since before: UInt64) -> Int {
        now > before ? Int(clamping: now - before) : 0
    }
}

extension Double {
    /// Within what an integer can hold.
    fileprivate var clamped: Double { isFinite ? Swift.min(self, 1e15) : 1e15 }
}
