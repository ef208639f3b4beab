import AMQP
import Consumption
import Logging
import Management
import Pump
import Relay
import RopewayConfiguration
import Routing
import Synchronization

/// Watches up to where the queues of the active site have consumed, and keeps that on the standby site.
///
/// It asks the active site for one thing a second. It writes only under the lock of the standby site, and what it writes is
/// proved, see ``QueueJudgement``.
package actor ConsumptionWatch {
    /// What is watched, and under which lock.
    struct Situation: Sendable {
        var active: Site
        var standby: Site
        var epoch: Int
        /// The lock of the standby site.
        var lock: HeldLock
        var routes: [Route]

        fileprivate func isSame(as other: Situation) -> Bool {
            lock === other.lock && epoch == other.epoch && routes.count == other.routes.count
                && zip(routes, other.routes).allSatisfy { $0 === $1 }
        }
    }

    /// From one request to the next.
    static let spacing = Duration.seconds(1)
    /// How often bindings are read.
    private static let topologyInterval = Duration.seconds(16)
    /// How often watermarks that have changed are written.
    static let writeInterval = Duration.seconds(2)
    static let longestPause = Duration.seconds(30)

    let pair: String
    let logger: Logger
    let settings: JudgementSettings
    private var running: (situation: Situation, tasks: OwnedTasks)?
    /// Whether a promotion empties the captures, so that nothing is put into them.
    nonisolated let leavesCaptures = Mutex(false)

    var watermarks: Watermarks?
    var written: Watermarks?
    private var reading: SiteTopologyReading?
    /// The queues to which something may be dead-lettered, as ``reading`` says.
    private var deadLettered = SiteTopologyReading.DeadLettered.all
    var judgements: [String: [String: QueueJudgement]] = [:]
    private var verdicts: [String: [String: QueueJudgement.Verdict]] = [:]
    private var queues: [String] = []
    private var nextQueue = 0
    private var surroundings = SiteSurroundings()

    package init(pair: String, logger: Logger, settings: JudgementSettings = JudgementSettings()) {
        self.pair = pair
        self.logger = logger
        self.settings = settings
    }

    // MARK: Following

    /// Watches what is given from now on; the same as before goes on without a break. `nil` ends it.
    func follow(_ situation: Situation?) async {
        if let situation, let running, running.situation.isSame(as: situation) { return }
        if let ended = running {
            running = nil
            await ended.tasks.stop()
        }
        forget()
        guard let situation, !situation.routes.isEmpty else { return }
        running = (
            situation,
            OwnedTasks([
                { await self.keepSampling(situation) }, { await self.keepCanaries(situation) },
                { await self.keepWriting(situation) },
            ])
        )
    }

    package func stop() async { await follow(nil) }

    /// Says whether a promotion empties the captures, so that no canary is put into them.
    nonisolated func leaveCaptures(_ isBusy: Bool) { leavesCaptures.withLock { $0 = isBusy } }

    private func forget() {
        watermarks = nil
        written = nil
        reading = nil
        judgements = [:]
        verdicts = [:]
        queues = []
        nextQueue = 0
    }

    /// Up to where a queue has consumed of what a route brings it, and why not further, as far as is known now.
    ///
    /// - Returns: `nil` where nobody looks, or nobody has looked yet.
    package func verdicts(route: String) -> [String: QueueJudgement.Verdict]? { verdicts[route] }

    // MARK: Sampling

    private func keepSampling(_ situation: Situation) async {
        var failures = 0
        while !Task.isCancelled {
            do {
                try await AMQPConnection.withConnection(
                    try situation.active.connection(name: "ropeway \(pair) consumption", for: .control)
                ) { connection in
                    try await sample(situation, connection, &failures)
                }
            } catch {
                failures += 1
                if failures == 1, !(error is CancellationError) {
                    logger.info(
                        """
                        what the consumers of site '\(situation.active.name)' have consumed can't be seen: relaying goes on, \
                        and a promotion repeats more until it can; it is tried again
                        """,
                        metadata: ["error": "\(error)"]
                    )
                }
            }
            try? await Task.sleep(for: min(Self.spacing * (1 << min(failures, 5)), Self.longestPause))
        }
    }

    private func sample(_ situation: Situation, _ connection: AMQPConnection, _ failures: inout Int) async throws {
        var topologyRead: ContinuousClock.Instant?
        var channel = try await connection.openChannel()
        while !Task.isCancelled {
            var requests = 1
            if topologyRead.map({ ContinuousClock.now - $0 >= Self.topologyInterval }) ?? true {
                topologyRead = .now
                requests = SiteTopologyReading.requests
                try await readTopology(situation)
            } else {
                // A queue that can't be declared passively costs the channel.
                if try await !lookAtNextQueue(situation, channel) { channel = try await connection.openChannel() }
            }
            failures = 0
            try await Task.sleep(for: Self.spacing * requests)
        }
    }

    private func readTopology(_ situation: Situation) async throws {
        let next = try await SiteTopologyReading.read(situation.active)
        surroundings.note(next.nodes, at: next.answered)
        let tables = situation.routes.map {
            RoutingTable(next.topology, publishedTo: $0.configuration.exchange, rules: next.rules)
        }
        for (route, table) in zip(situation.routes, tables) {
            if let reading, reading.topology == next.topology {
                route.positions.confirmBindings(sentAt: next.sent)
            } else {
                route.positions.changeBindings(
                    to: table,
                    withdrawn: reading.flatMap { next.withdrawn(since: $0) },
                    readAt: next.answered
                )
            }
        }
        reading = next
        deadLettered = next.deadLettered
        follow(tables, situation)
    }

    /// Judges the queues that the routes lead to, and no others any more.
    private func follow(_ tables: [RoutingTable], _ situation: Situation) {
        var all: Set<String> = []
        for (route, table) in zip(situation.routes, tables) {
            let name = route.names.route
            let wanted = Set(table.reachableQueues.filter { !$0.hasPrefix("ropeway.") })
            judgements[name] = judgements[name]?.filter { wanted.contains($0.key) } ?? [:]
            verdicts[name] = verdicts[name]?.filter { wanted.contains($0.key) } ?? [:]
            for queue in wanted where judgements[name]?[queue] == nil {
                judgements[name]?[queue] = makeJudgement(name, queue)
            }
            all.formUnion(wanted)
        }
        watermarks?.keep { route, queue in judgements[route]?[queue] != nil }
        queues = all.sorted()
        if nextQueue >= queues.count { nextQueue = 0 }
    }

    /// - Returns: whether the channel is still open.
    private func lookAtNextQueue(_ situation: Situation, _ channel: AMQPChannel) async throws -> Bool {
        guard queues.indices.contains(nextQueue), let reading else { return true }
        let queue = queues[nextQueue]
        nextQueue = (nextQueue + 1) % queues.count
        let site = situation.active
        let sent = SteadyTime.now()
        // The queue's own process answers this one: a queue that is held up tells no new figures, and the old ones stay.
        let passive = try await declaration(of: queue, channel)
        guard let evidence = try await site.management.evidence(ofQueue: queue, virtualHost: site.virtualHost) else {
            forget(queue)
            return passive != nil
        }
        let members = try await members(of: evidence, site, reading.version)
        let answered = SteadyTime.now()
        let isDeadLettered = deadLettered.contains(queue)
        for route in situation.routes {
            let name = route.names.route
            guard var judgement = judgements[name]?[queue] else { continue }
            let isFedByRouteOnly = evidence.isFedOnly(by: route.configuration)
            let observation = evidence.observation(
                sent: sent,
                answered: answered,
                passive: passive,
                members: members,
                version: reading.version,
                surroundings: surroundings.text,
                isFedByRouteOnly: isFedByRouteOnly,
                isDeadLettered: isDeadLettered
            )
            let verdict = judgement.observe(observation, log: route.positions.log)
            judgements[name]?[queue] = judgement
            verdicts[name]?[queue] = verdict
            note(verdict, route: name, queue: queue)
        }
        return passive != nil
    }

    /// The members of a quorum queue, where the site tells of them.
    private func members(
        of evidence: QueueEvidence,
        _ site: Site,
        _ version: BrokerVersion
    ) async throws -> [RaftMember]? {
        guard evidence.totals.type == "quorum", version.major >= 4 else { return nil }
        // It needs more rights than the rest.
        return try? await site.admin.raftMembers(ofQueue: evidence.totals.name, virtualHost: site.virtualHost)
    }

    /// A queue that is gone holds nothing, and one of its name that comes later is another.
    private func forget(_ queue: String) {
        for route in judgements.keys {
            judgements[route]?[queue] = nil
            verdicts[route]?[queue] = nil
        }
        watermarks?.keep { $1 != queue }
    }

    private func note(_ verdict: QueueJudgement.Verdict, route: String, queue: String) {
        guard let position = verdict.position, let evidence = verdict.evidence else { return }
        let age = SteadyTime.now().milliseconds - evidence.milliseconds
        let watermark = Watermark(
            position: position,
            rule: verdict.rule,
            evidence: WallClock.milliseconds() - age,
            incarnation: nil
        )
        if watermarks?.routes[route]?[queue]?.position != position {
            watermarks?.note(watermark, route: route, queue: queue)
        }
    }

    /// - Returns: `nil` where the queue is gone, another's alone, or does not answer.
    private func declaration(
        of queue: String,
        _ channel: AMQPChannel
    ) async throws -> Consumption.QueueObservation.PassiveAnswer? {
        do throws(AMQPError) {
            let (_, messages, consumers) = try await channel.declareQueue(queue, passive: true)
            return .init(ready: UInt64(messages), consumers: UInt64(consumers))
        } catch {
            guard error.code == .channelClosedByBroker else { throw error }
            return nil
        }
    }
}
