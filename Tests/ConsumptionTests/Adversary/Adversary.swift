@testable import Consumption

/// One seed: a site, a relay, and the judge, which must never say "consumed" of what is in the queue.
struct Adversary {
    struct Outcome {
        /// What was lost, if anything was.
        var loss: String?
        /// Proofs by rule.
        var proofs: [ConsumptionRule: Int] = [:]
        var published = 0
        /// Messages of the route that are not in the queue any more.
        var consumed = 0
        /// Those among them that a promotion at the end would repeat.
        var repeats = 0
        var rule = ConsumptionRule.all
    }

    let history: History
    let fault: PlantedFault?
    private var random: Generator
    private var queue: QueueModel
    private var relay: RelayModel
    private var statistics: StatisticsModel
    private var judge: QueueJudgement
    private var census = ChannelCensus()
    private var queueWay: [[Int]]
    private var captureWay: [[Int]]
    private var nextChannel = 1
    private var nextLook = 0
    private var look: (sent: Int, answered: Int, passive: QueueObservation.PassiveAnswer, facts: QueueFacts)?
    private var list: (sent: Int, answered: Int)?
    private var nextList = 0
    /// Until when one node's figures are in no answer, and which.
    private var missing: (node: Int, until: Int)?
    private var boundAgainAt: Int?
    /// Bound again before anybody looks.
    private var isQuick = false
    private var missingFrom = 0
    private var stuckUntil = 0
    private var outcome = Outcome()

    init(seed: UInt64, history: History, fault: PlantedFault? = nil) {
        self.history = history
        self.fault = fault
        random = Generator(seed: seed)
        queue = QueueModel(history: history)
        relay = RelayModel(history: history, fault: fault)
        statistics = StatisticsModel(random: &random)
        // Figures are five seconds old at most here, and ways four seconds long.
        var settings = JudgementSettings(lateness: 10_000, enforcement: 10_000)
        if fault == .lateness { settings.lateness = 0 }
        if fault == .secondLook || fault == .passive { settings.emptyInterval = 0 }
        if fault == .calm { settings.calm = 0 }
        judge = QueueJudgement(queue: "q", settings: settings)
        queueWay = Array(repeating: [], count: history.seconds + 6)
        captureWay = queueWay
    }

    mutating func run() -> Outcome {
        for now in 0..<history.seconds where outcome.loss == nil { second(now) }
        let position = judge.proof?.position.milliseconds ?? 0
        outcome.rule = judge.proof?.rule ?? .all
        for message in queue.messages where message.isOfRoute && message.kind < 3 && message.position >= 0 {
            outcome.published += 1
            guard !message.isInQueue else { continue }
            outcome.consumed += 1
            if message.position >= position { outcome.repeats += 1 }
        }
        return outcome
    }

    private mutating func second(_ now: Int) {
        publish(now)
        for message in queueWay[now] { queue.enter(message, now: now) }
        for message in captureWay[now] { relay.capture.append(.message(message, redelivered: false)) }
        queue.trim(now: now)
        if now >= stuckUntil { consume(now) }
        trouble(now)
        if now % 3 == 0 { queue.cutLog() }
        relay.run(now: now, messages: &queue.messages, random: &random)
        if now >= stuckUntil {
            // What was due meanwhile comes at once.
            statistics.emit(&queue, now: now, isOverdue: now == stuckUntil, random: &random)
        } else {
            statistics.totals = QueueObservation.Totals(ready: 0, unacknowledged: 0)
        }
        observe(now)
    }

    // MARK: Publishers

    private mutating func publish(_ now: Int) {
        var count = now >= history.publishesFrom && now < history.publishesUntil ? random.upTo(history.rate) : 0
        if history.burst > 0, random.chance(20) { count += random.upTo(history.burst) }
        for _ in 0..<count {
            let isOfRoute = !random.chance(history.direct) && !random.chance(history.otherRoute)
            let kind = random.chance(history.elsewhere) ? 3 : random.chance(history.uncertain) ? 2 : random.upTo(1)
            queue.messages.append(
                QueueModel.Message(
                    isOfRoute: isOfRoute,
                    kind: kind,
                    timestamp: random.chance(history.untimed)
                        ? nil : Int64(now - random.upTo(history.publisherClock) + (isOfRoute ? 0 : random.upTo(40))),
                    isHigh: random.chance(history.high),
                    isTransient: random.chance(history.transient),
                    expires: random.chance(history.expiring) ? now + 5 + random.upTo(60) : nil
                )
            )
            let message = queue.messages.count - 1
            let isRouted = !isOfRoute || kind < 3 && (kind != 1 || relay.isBound)
            if isRouted || fault == .arrivals { queue.published[random.upTo(QueueModel.publishers - 1)] += 1 }
            if isRouted {
                queueWay[now + random.upTo(history.way)].append(message)
            }
            if isOfRoute { captureWay[now + random.upTo(history.way)].append(message) }
        }
    }

    // MARK: Consumers

    private mutating func consume(_ now: Int) {
        if now < history.consumesUntil, !random.chance(history.waitsForConsumers) { open() }
        for channel in queue.channels.indices where queue.channels[channel].isAlive {
            settle(channel, now: now)
            if random.chance(history.deaths) || now >= history.consumesUntil && random.chance(100) {
                queue.close(channel)
            } else if random.chance(history.cancels) {
                queue.channels[channel].isConsuming = false
            }
        }
        if random.chance(history.fetches), queue.depth > 0,
            let channel = queue.channels.indices.randomElement(using: &random),
            queue.channels[channel].isAlive
        {
            queue.deliver(to: channel, now: now)
        }
        if random.chance(history.pauses) { return }
        for channel in queue.channels.indices
        where queue.channels[channel].isAutomatic && queue.channels[channel].isAlive {
            for _ in 0..<min(queue.channels[channel].prefetch, queue.depth) {
                queue.deliver(to: channel, now: now, acknowledges: false)
            }
        }
        while queue.depth > 0 {
            let open = queue.channels.indices.filter {
                let channel = queue.channels[$0]
                return channel.isAlive && channel.isConsuming && !channel.isAutomatic
                    && channel.held.count < channel.prefetch
            }
            guard let channel = open.randomElement(using: &random) else { break }
            queue.deliver(to: channel, now: now)
            queue.trim(now: now)
        }
    }

    private mutating func open() {
        queue.channels.removeAll { !$0.isAlive && $0.delivered == 0 }
        let consuming = queue.channels.reduce(0) { $0 + ($1.isAlive && $1.isConsuming ? 1 : 0) }
        let alive = queue.channels.reduce(0) { $0 + ($1.isAlive ? 1 : 0) }
        guard consuming < history.channels, alive < history.channels + 2 else { return }
        var channel = QueueModel.Channel(id: nextChannel, prefetch: history.prefetch, phase: random.upTo(4))
        channel.isAutomatic = random.chance(history.automatic)
        channel.keepsFirst = random.chance(history.holds * 10)
        nextChannel += 1
        queue.channels.append(channel)
    }

    private mutating func settle(_ channel: Int, now: Int) {
        var kept: [(message: Int, since: Int)] = []
        let held = queue.channels[channel].held
        queue.channels[channel].held = []
        var isStuck = false
        for (place, (message, since)) in held.enumerated() {
            if let limit = history.processingLimit, now - since >= limit {
                queue.channels[channel].held = kept + held[place...]
                queue.close(channel)
                return
            }
            let isKept = place == 0 && queue.channels[channel].keepsFirst && now - since < 100
            if isKept {
                kept.append((message, since))
            } else if random.chance(history.nacks) {
                queue.giveBack(message, explicitly: true)
            } else if random.chance(history.rejects) {
                queue.leave(message, deadLettered: true)
            } else if !isStuck, random.chance(history.acknowledges) {
                queue.leave(message)
            } else {
                kept.append((message, since))
                if !random.chance(history.outOfOrder) { isStuck = true }
            }
        }
        queue.channels[channel].held = kept
    }

    // MARK: Trouble

    private mutating func trouble(_ now: Int) {
        if random.chance(history.purges) { queue.purge() }
        if random.chance(history.restarts) {
            queue.restart(recent: random.upTo(6), keepsCounts: random.chance(500))
            statistics.forget()
            loseSource(now, forgets: random.chance(500))
        }
        if history.kind != .classic, random.chance(history.leaderChanges) {
            queue.leader += 1
            queue.lose(recent: random.upTo(30), transient: false)
            statistics.forget(log: false)
        } else if history.kind != .classic, history.version < 4, random.chance(history.unconfirmedLosses) {
            queue.lose(recent: random.upTo(3), transient: false)
        }
        // Without a cause that shows: seldom, and no longer than five seconds.
        if random.chance(history.missingRows), now >= missingFrom {
            missingFrom = now + 60
            statistics.totals = QueueObservation.Totals(ready: 0, unacknowledged: 0)
        }
        // Its leader answers nobody: deliveries and acknowledgements wait, and its row is not there.
        if queue.isQuorum, random.chance(history.stuckLeaders), now >= stuckUntil {
            stuckUntil = now + 5 + random.upTo(15)
        }
        if random.chance(history.redeclarations) {
            queue.redeclare(keepsCounts: random.chance(500))
            statistics.forget()
            relay.isBound = false
            isQuick = random.chance(500)
            boundAgainAt = now + 1 + (isQuick ? 0 : random.upTo(30))
        }
        if random.chance(history.unbindings), relay.isBound { unbind(now) }
        if let again = boundAgainAt, again <= now, isQuick || !relay.isKnownBound {
            relay.isBound = true
            boundAgainAt = nil
        }
        if random.chance(history.relayStalls) { relay.stalledUntil = now + random.upTo(60) }
        if random.chance(history.sourceLosses) { loseSource(now, forgets: false) }
        if random.chance(history.processRestarts) {
            relay.restartProcess(now: now, downFor: random.upTo(20), random: &random, messages: queue.messages)
            let proof = judge.proof.map {
                QueueJudgement.Proof(position: $0.position, rule: $0.rule, evidence: relay.steady(now))
            }
            judge = QueueJudgement(queue: "q", proof: proof, settings: judge.settings)
            census = ChannelCensus()
            (look, list) = (nil, nil)
        }
        if random.chance(history.clockJumps) { relay.wall += Int64(random.upTo(120_000) - 60_000) }
    }

    private mutating func loseSource(_ now: Int, forgets: Bool) {
        relay.loseSource(forgets: forgets, messages: queue.messages)
        relay.stalledUntil = now + random.upTo(history.reconnects)
    }

    private mutating func unbind(_ now: Int) {
        relay.isBound = false
        // With others' priorities in a quorum queue it would have to be seen.
        let isSeen = queue.isQuorum && history.high > 0 && history.direct + history.otherRoute > 0
        isQuick = !isSeen && random.chance(500)
        boundAgainAt = now + (isQuick ? 1 : 3) + random.upTo(30)
    }

    // MARK: The judge

    private mutating func observe(_ now: Int) {
        takeCensus(now)
        if look == nil, now >= nextLook {
            look = (now, now + random.upTo(history.answerTakes), passive(isStuck: now < stuckUntil), facts())
            nextLook = now + history.sampleEvery + random.upTo(2)
        }
        guard let (sent, answered, passive, facts) = look, answered <= now else { return }
        look = nil
        let before = judge.proof
        var isLate = random
        let observation = observation(
            sent: sent,
            answered: now,
            passive: history.declaresFirst || isLate.chance(500) ? passive : self.passive(isStuck: now < stuckUntil),
            facts: isLate.chance(500) ? facts : self.facts()
        )
        _ = random.next()
        let verdict = judge.observe(observation, log: relay.log)
        if judge.proof != before, let rule = judge.proof?.rule { outcome.proofs[rule, default: 0] += 1 }
        guard let position = verdict.position else { return }
        for (number, message) in queue.messages.enumerated()
        where message.isOfRoute && message.position >= 0 && message.position < position.milliseconds
            && (message.isInQueue || message.isDeadLettered)
        {
            outcome.loss =
                "\(now) s: \(verdict.rule) says \(position), message \(number) at \(message.position) is in the queue"
        }
    }

    /// Lists of channels come at instants of their own.
    private mutating func takeCensus(_ now: Int) {
        if let missing, missing.until <= now { self.missing = nil }
        if missing == nil, random.chance(history.missingNodes) {
            missing = (random.upTo(QueueModel.publishers - 1), now + 1 + random.upTo(5))
        }
        if list == nil, now >= nextList {
            list = (now, now + random.upTo(history.listTakes))
            nextList = now + history.listsEvery
        }
        guard let (sent, answered) = list, answered <= now else { return }
        list = nil
        let channels = queue.channels.filter {
            $0.isAlive && ($0.isConsuming || fault != .channelsAreConsumers)
                && $0.id % QueueModel.publishers != missing?.node
        }
        census.observe(
            channels.map {
                ChannelCensus.Channel(
                    id: "\($0.id)",
                    unacknowledged: fault == .channelsIdle ? 0 : $0.toldHeld.map { UInt64($0) }
                )
            },
            sent: relay.steady(sent),
            settings: judge.settings
        )
    }

    private mutating func passive(isStuck: Bool) -> QueueObservation.PassiveAnswer {
        if queue.isQuorum, random.chance(history.passiveTimeouts) || isStuck {
            return QueueObservation.PassiveAnswer(ready: 0, consumers: fault == .consumerToVouch ? 1 : 0)
        }
        if fault == .passive { return QueueObservation.PassiveAnswer(ready: 0, consumers: 1) }
        let consumers = queue.channels.reduce(0) { $0 + ($1.isAlive && $1.isConsuming ? 1 : 0) }
        return QueueObservation.PassiveAnswer(
            ready: UInt64(queue.depth),
            consumers: fault == .consumerToVouch ? 1 : UInt64(consumers)
        )
    }

    private func facts() -> QueueFacts {
        QueueFacts(
            incarnation: history.tellsIncarnation ? "\(queue.incarnation)" : nil,
            surroundings: fault == .restarts ? "?" : "\(queue.surroundings)",
            version: QueueFacts.BrokerVersion(
                major: fault == .unconfirmedLoss ? 4 : history.version,
                minor: 0
            ),
            hasPriorities: history.declaresPriorities && fault != .priorities,
            deadLetters: history.deadLetters && fault != .deadLetters,
            refuses: history.refuses && fault != .refusals,
            deliveryLimit: history.kind == .quorumLimited || fault == .requeuesToBack ? 20 : nil,
            isFedByRouteOnly: fault == .otherFeeds || history.direct + history.otherRoute == 0,
            processingLimit: history.processingLimit.map { Int64($0) * 1000 }
                ?? (fault == .processingLimit ? 30_000 : nil)
        )
    }

    private mutating func observation(
        sent: Int,
        answered: Int,
        passive: QueueObservation.PassiveAnswer,
        facts: QueueFacts
    ) -> QueueObservation {
        var counters = statistics.counters(of: queue, missing: missing?.node)
        if fault == .redeliveries { counters.redelivered = 0 }
        if fault == .deliveriesSince { counters.delivered = UInt64(answered) * 10_000 }
        var head = queue.isQuorum ? nil : statistics.head
        if fault == .unacknowledgedInMemory, let told = head { head?.unacknowledgedInMemory = told.unacknowledged }
        if fault == .readyInMemory, let told = head { head?.readyInMemory = told.ready }
        let raft = QueueObservation.RaftFigures(
            term: fault == .leaders ? 1 : UInt64(queue.leader),
            machineVersion: fault == .machineVersion ? 3 : history.machineVersion,
            commitIndex: statistics.commit,
            snapshotIndex: statistics.snapshot,
            lastIndex: max(statistics.last, statistics.commit)
        )
        let isLogTold = queue.isQuorum && !random.chance(history.looksWithoutLog)
        return QueueObservation(
            sent: relay.steady(sent),
            answered: relay.steady(answered),
            type: queue.isQuorum ? .quorum : .classic,
            isRunning: queue.isRunning,
            leader: fault == .leaders || fault == .restarts ? "a" : "\(queue.leader)",
            totals: statistics.totals,
            passive: passive,
            isPassiveFirst: history.declaresFirst,
            counters: counters,
            head: head,
            raft: isLogTold ? raft : nil,
            channels: census.report,
            facts: facts
        )
    }
}
