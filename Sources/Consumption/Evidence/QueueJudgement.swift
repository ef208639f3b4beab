/// What is proved of one queue, of what one route brings it: takes observations in the order of time, together with the
/// route's positions, and tells up to where the queue has consumed.
///
/// It knows no clock and does nothing. What it says never goes back while the queue is the same one.
package struct QueueJudgement: Sendable, Hashable {
    /// A position up to which everything is consumed.
    package struct Proof: Sendable, Hashable {
        package var position: Position
        package var rule: ConsumptionRule
        /// When the sample was taken that it rests on.
        package var evidence: SteadyTime

        package init(position: Position, rule: ConsumptionRule, evidence: SteadyTime) {
            self.position = position
            self.rule = rule
            self.evidence = evidence
        }
    }

    /// What is to be replayed, and why not less.
    package struct Verdict: Sendable, Hashable {
        /// From here on messages may be unconsumed. `nil`: all may.
        package var position: Position?
        /// What says so.
        package var rule: ConsumptionRule
        /// When the sample was taken that it rests on. `nil`: it rests on none.
        package var evidence: SteadyTime?
        /// What keeps each of the rules 1 to 5 from saying more at present; none for one that does.
        package var obstacles: [ConsumptionRule: Obstacle]

        /// Why no better rule is in force, and why this one says no more at present: the best first, in words.
        package var reasons: [(rule: ConsumptionRule, reason: String)] {
            obstacles.filter { $0.key <= rule }.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) }
        }
    }

    /// The name of the queue, as the route's positions know it.
    package let queue: String
    package let settings: JudgementSettings
    package private(set) var proof: Proof?

    private var last: QueueObservation?
    /// Before an answer of the queue's own process that came before the figures were asked for: it was alive later.
    private var alive: SteadyTime?
    private var calmFrom: SteadyTime?
    private var countedSince: SteadyTime?
    private var processingLimit: Int64??
    private var requeues = RequeueProof()
    private var settled = SettledDeliveries()
    private var arrivals = ArrivalLog()
    private var snapshot = SnapshotRule()
    private var headTimestamp = HeadTimestampRule()
    private var empty = EmptyRule()
    private var depth = DepthRule()

    /// - Parameter proof: what is known of this incarnation of the queue from before.
    package init(queue: String, proof: Proof? = nil, settings: JudgementSettings = JudgementSettings()) {
        self.queue = queue
        self.proof = proof
        self.settings = settings
    }

    /// How many messages the queue held by the last figures, and when these were asked for; `nil`: not known.
    package var held: (count: UInt64, asked: SteadyTime)? {
        last.flatMap { last in last.totals.map { ($0.ready &+ $0.unacknowledged, last.sent) } }
    }

    /// Takes an observation and judges.
    package mutating func observe(_ observation: QueueObservation, log: PositionLog) -> Verdict {
        guard last.map({ observation.sent >= $0.sent }) ?? true, observation.answered >= observation.sent else {
            return verdict(at: observation.sent, log: log, obstacles: [:])
        }
        if let last, last.isOtherQueue(than: observation) { proof = nil }
        if countedSince == nil || !observation.isRunning || !observation.isFresh
            || last.map({ $0.isBrokenOff(by: observation) }) ?? true
        {
            breakOff(at: observation, log: log)
        }
        calmFrom = calmFrom ?? observation.answered + settings.calm
        limit(observation.facts.processingLimit)
        last = observation.filled(from: last)
        let isCalm = calmFrom.map { observation.sent >= $0 } ?? false
        if observation.isVouchedFor, observation.isPassiveFirst { alive = observation.sent }
        let figures = alive.map { $0 - settings.lateness }
        if observation.isVouchedFor { alive = observation.sent }
        if requeues.observe(observation, figures: isCalm ? figures : nil, settings: settings) {
            snapshot.requeued(observation)
            headTimestamp.requeued()
            depth.reset()
        }
        if isCalm, let figures { settled.observe(observation, figures: figures) }
        if isCalm { arrivals.observe(observation, settings: settings) }
        let context = RuleContext(
            queue: queue,
            observation: observation,
            log: log,
            settings: settings,
            figures: figures ?? observation.sent - settings.lateness,
            confirmed: figures.flatMap { log.position(confirmedAt: $0) },
            isCalm: isCalm,
            proven: proof?.position,
            countedSince: countedSince ?? log.kept(observation.answered),
            requeues: requeues,
            settled: settled,
            arrivals: arrivals,
            processingLimit: processingLimit ?? nil
        )
        return judge(context)
    }

    private mutating func judge(_ context: RuleContext) -> Verdict {
        let answers: [(ConsumptionRule, RuleAnswer)] = [
            (.snapshot, snapshot.observe(context)),
            (.headTimestamp, headTimestamp.observe(context)),
            (.empty, empty.observe(context)),
            (.depth, depth.observe(context)),
        ]
        var obstacles: [ConsumptionRule: Obstacle] = [:]
        for (rule, answer) in answers {
            let isCause = !context.observation.isFresh && answer.obstacle == .notRunning
            obstacles[rule] = isCause ? .lateFigures : answer.obstacle
            guard let claim = answer.proven, proof.map({ claim.position > $0.position }) ?? true else { continue }
            proof = Proof(position: claim.position, rule: claim.rule, evidence: claim.from)
        }
        if let obstacle = obstacles[.depth] {
            obstacles[.idleChannels] = obstacle
            if context.processingLimit == nil, obstacle == .unsettled || obstacle == .noChannels {
                obstacles[.depth] = .noProcessingLimit
            }
        }
        return verdict(at: context.observation.sent, log: context.log, obstacles: obstacles)
    }

    private func verdict(at now: SteadyTime, log: PositionLog, obstacles: [ConsumptionRule: Obstacle]) -> Verdict {
        if let since = settings.since, let position = log.position(at: now - since),
            proof.map({ position > $0.position }) ?? true
        {
            return Verdict(position: position, rule: .since, evidence: nil, obstacles: obstacles)
        }
        return Verdict(
            position: proof?.position,
            rule: proof?.rule ?? .all,
            evidence: proof?.evidence,
            obstacles: obstacles
        )
    }

    /// Nothing that was under way is concluded, and what came before doesn't count.
    private mutating func breakOff(at observation: QueueObservation, log: PositionLog) {
        calmFrom = observation.answered + settings.calm
        countedSince = log.kept(observation.answered)
        alive = nil
        requeues.reset()
        settled.reset()
        arrivals.reset()
        snapshot.reset()
        headTimestamp.reset()
        empty.reset()
        depth.reset()
    }

    /// Keeps the longest: a channel keeps the limit that it was opened with.
    private mutating func limit(_ limit: Int64?) {
        if let known = processingLimit {
            guard let known, let limit else {
                processingLimit = .some(nil)
                return
            }
            processingLimit = max(known, limit)
        } else {
            processingLimit = .some(limit)
        }
    }
}
