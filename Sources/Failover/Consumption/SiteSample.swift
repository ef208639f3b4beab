import Consumption
import Management
import Relay
import RopewayConfiguration
import Routing

/// What the active site told of itself, piece by piece, as the requests of a round are answered.
///
/// It knows no clock and asks for nothing.
struct SiteSample: Sendable {
    /// When a request was sent and answered.
    struct Times: Sendable {
        var sent: SteadyTime
        var answered: SteadyTime
    }

    private struct Row: Sendable {
        var queue: Management.QueueObservation
        var times: Times
        /// How old the answer may have been already, see ``SiteSample/cacheAge``.
        var age: Int64
    }

    /// How long what the nodes said of themselves is good for, in milliseconds: less than nothing is concluded for after
    /// a change.
    private static let freshness: Int64 = 25_000
    /// A broker answers a list again from a cache for as many times the time that it took (`management.db_cache_multiplier`).
    private static let cacheMultiplier: Int64 = 5
    private static let answersRemembered = 16
    /// For how long figures count as too old after they were, in milliseconds.
    private static let lateFor: Int64 = 120_000

    private(set) var version: BrokerVersion?
    private(set) var countsFeeds = false
    private(set) var topology: SiteTopology?
    private(set) var census = ChannelCensus()
    /// Complete listings of the queues so far.
    private(set) var listings = 0
    private let settings: JudgementSettings

    private var rows: [String: Row] = [:]
    private var surroundings = SiteSurroundings()
    private var nodesToldAt: SteadyTime?
    private var exchanges: (list: [Management.Exchange], times: Times)?
    private var policies: [Policy] = []
    private var holders: [SamplingPlan.Request: (channels: [ChannelCensus.Channel], sent: SteadyTime)] = [:]
    private var ownChannels: Set<String> = []
    private var listed: (channels: [ChannelObservation], sent: SteadyTime)?
    /// When figures were last seen to be too old.
    private var lateAt: SteadyTime?
    private var metrics: [Int: RaftMetrics] = [:]
    /// How long lists took to be answered, in milliseconds, the newest last.
    private var answers: [Int64] = []
    private var targets: Set<DeadLettered.Target> = []
    private var deadLettered = DeadLettered.all

    /// The listing that is under way: when it began, which page comes next, whether it can still be complete.
    private var listing: (began: SteadyTime, next: Int, isWhole: Bool, names: Set<String>)?
    private var nextTargets: Set<DeadLettered.Target> = []

    init(settings: JudgementSettings) { self.settings = settings }

    /// Whether policies have to be read for the alternate exchanges.
    var needsPolicies: Bool { exchanges.map { RoutingTopology.needsPolicies($0.list) } ?? false }

    // MARK: What is told

    mutating func note(_ overview: Overview) {
        version = BrokerVersion(overview.version)
        countsFeeds = overview.ratesMode == "detailed"
    }

    /// Takes the nodes. They come after the lists of their round: only who may see all channels may see them.
    mutating func note(_ nodes: [Node], _ times: Times) {
        let before = surroundings.text
        surroundings.note(nodes, at: times.answered)
        nodesToldAt = times.answered
        defer { holders = [:] }
        guard let text = surroundings.text, before == nil || before == text else {
            census = ChannelCensus()
            return
        }
        guard holders.count == 3, let sent = holders.values.map(\.sent).min() else { return }
        let channels = holders.values.flatMap(\.channels).filter { !ownChannels.contains($0.id) }
        census.observe(channels, sent: sent, settings: settings)
    }

    mutating func note(_ channels: ObservedPage<ChannelObservation>, _ times: Times) {
        listed = (channels.items, times.sent)
        noteHolders(.channels, isComplete: channels.isComplete, times) {
            channels.items.map {
                let isCommitted = $0.uncommittedAcknowledgements == 0
                return .init(id: $0.name, unacknowledged: isCommitted ? $0.unacknowledged.map { UInt64($0) } : nil)
            }
        }
    }

    /// - Parameters:
    ///   - canary: the name of the connection that canaries are sent on.
    mutating func note(
        _ connections: ObservedPage<ConnectionObservation>,
        _ times: Times,
        canary: String,
        _ ledger: CanaryLedger
    ) {
        if let listed {
            let names = Set(connections.items.filter { $0.clientName == canary }.map(\.name))
            // Of one that is just gone less may be told than of the one that is there.
            let counted = listed.channels.filter { names.contains($0.connection) }.map { Int($0.published ?? 0) }.min()
            if ledger.age(ofCount: counted ?? 0, asked: listed.sent) > settings.lateness * 4 / 5 {
                lateAt = times.answered
            }
        }
        listed = nil
        noteHolders(.connections, isComplete: connections.isComplete, times) {
            connections.items.filter { !$0.consumesByChannels }
                .map { .init(id: "connection \($0.name)", unacknowledged: nil) }
        }
    }

    mutating func note(_ consumers: ObservedPage<ConsumerObservation>, _ times: Times) {
        // The relay's own hold what comes out of a capture at any time, and nothing of an application's queue.
        let own = { (consumer: ConsumerObservation) in consumer.queue.hasPrefix("ropeway.") }
        ownChannels = Set(consumers.items.filter(own).map(\.channel))
            .subtracting(consumers.items.filter { !own($0) }.map(\.channel))
        noteHolders(.consumers, isComplete: consumers.isComplete, times) {
            consumers.items.filter { $0.channel.isEmpty }
                .map { .init(id: "consumer of \($0.queue)", unacknowledged: nil) }
        }
    }

    private mutating func noteHolders(
        _ request: SamplingPlan.Request,
        isComplete: Bool,
        _ times: Times,
        _ channels: () -> [ChannelCensus.Channel]
    ) {
        remember(times)
        holders[request] = isComplete ? (channels(), times.sent - cacheAge) : nil
    }

    mutating func note(_ list: [Management.Exchange], _ times: Times) {
        exchanges = (list, times)
        if !needsPolicies { policies = [] }
    }

    mutating func note(_ list: [Policy]) { policies = list }

    /// Takes the bindings. Without the version nothing is known of routing.
    mutating func note(_ bindings: TypedBindings, _ times: Times) {
        guard let exchanges, let version else { return }
        let isOther = topology == nil
        topology = SiteTopology(
            topology: RoutingTopology(exchanges.list, policies: policies, bindings),
            version: version,
            sent: exchanges.times.sent,
            answered: times.answered
        )
        if isOther { judgeDeadLetters() }
    }

    mutating func note(_ told: RaftMetrics, endpoint: Int) { metrics[endpoint] = told.isComplete ? told : nil }

    /// Takes a page of the queues.
    ///
    /// - Returns: the queues among them that are followed, and those that are gone by a listing that is complete now.
    mutating func note(
        _ page: ObservedPage<Management.QueueObservation>,
        number: Int,
        _ times: Times,
        following: Set<String>
    ) -> (seen: [String], listed: (names: Set<String>, since: SteadyTime)?) {
        remember(times)
        if number == 1 {
            listing = (times.sent, 1, true, [])
            nextTargets = []
        }
        guard var listing else { return ([], nil) }
        if number != listing.next || !page.isComplete { listing.isWhole = false }
        listing.next = number + 1
        var seen: [String] = []
        for queue in page.items {
            listing.names.insert(queue.name)
            if let target = DeadLettered.Target(queue) { nextTargets.insert(target) }
            guard following.contains(queue.name) else { continue }
            rows[queue.name] = Row(queue: queue, times: times, age: cacheAge)
            seen.append(queue.name)
        }
        targets.formUnion(nextTargets)
        self.listing = listing
        guard number >= page.pageCount else { return (seen, nil) }
        self.listing = nil
        guard listing.isWhole else { return (seen, nil) }
        listings += 1
        targets = nextTargets
        judgeDeadLetters()
        return (seen, (listing.names, listing.began))
    }

    /// Takes the details of one queue.
    mutating func note(details: Management.QueueObservation, _ times: Times) {
        remember(times)
        rows[details.name] = Row(queue: details, times: times, age: cacheAge)
    }

    mutating func keep(_ queues: Set<String>) { rows = rows.filter { queues.contains($0.key) } }

    private mutating func judgeDeadLetters() {
        guard let topology, listings > 0 else { return }
        deadLettered = DeadLettered(by: targets, topology)
    }

    private mutating func remember(_ times: Times) {
        answers.append(times.answered.milliseconds - times.sent.milliseconds)
        if answers.count > Self.answersRemembered { answers.removeFirst() }
    }

    /// How old a list may have been already when it was asked for, beside its figures.
    private var cacheAge: Int64 { Self.cacheMultiplier * (answers.max() ?? 0) }

    // MARK: What is to be judged

    /// The type of a queue, and where its leader is.
    func kind(of queue: String) -> Consumption.QueueObservation.QueueType? { rows[queue]?.queue.kind }

    /// The quorum queues that an endpoint's node leads.
    func led(by endpoint: Int) -> [String] {
        guard let node = metrics[endpoint]?.node else { return [] }
        return rows.filter { $0.value.queue.kind == .quorum && $0.value.queue.leader == node }.map(\.key)
    }

    /// What the metrics of the leader's node tell of a quorum queue.
    func raft(of queue: String) -> Consumption.QueueObservation.RaftFigures? {
        guard let leader = rows[queue]?.queue.leader, let told = metrics.values.first(where: { $0.node == leader })
        else { return nil }
        return .init(queue, of: told)
    }

    /// A look at a queue, as a route's rules take it, with what was told last.
    ///
    /// - Parameters:
    ///   - raft: with when it was asked for.
    func look(
        at name: String,
        for route: RouteConfiguration,
        passives: PassiveLooks,
        raft: (figures: Consumption.QueueObservation.RaftFigures, times: Times)?,
        now: SteadyTime
    ) -> Consumption.QueueObservation? {
        guard let row = rows[name] else { return nil }
        let passive = passives.best(of: name, before: row.times.sent)
        let sents = [row.times.sent - row.age, passive?.sent, raft?.times.sent].compactMap(\.self)
        let answereds = [row.times.answered, passive?.answered, raft?.times.answered].compactMap(\.self)
        let isFresh = nodesToldAt.map { now <= $0 + Self.freshness } ?? false
        let queue = row.queue
        return Consumption.QueueObservation(
            sent: sents.min() ?? row.times.sent,
            answered: answereds.max() ?? row.times.answered,
            type: queue.kind,
            isRunning: queue.isRunning,
            isFresh: lateAt.map { now > $0 + Self.lateFor } ?? true,
            leader: queue.leader,
            totals: queue.totals,
            passive: passive?.answer,
            isPassiveFirst: passive.map { $0.answered <= row.times.sent } ?? false,
            counters: queue.counters,
            head: queue.head,
            raft: raft?.figures,
            channels: census.report,
            facts: queue.facts(
                for: route,
                version: version,
                surroundings: isFresh ? surroundings.text : nil,
                isDeadLettered: deadLettered.contains(name)
            )
        )
    }
}
