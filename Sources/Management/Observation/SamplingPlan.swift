/// What to ask a site next to learn how far its queues are consumed: one request at a time, and no more than one a second.
///
/// A round asks for the first page of the queues, which also tells how many there are, then for the other pages, for what
/// is connected and consumes, for exchanges and bindings, for the nodes, and for the metrics of each node. What is left of
/// its time goes to single queues, the one that was not asked about for longest first. A round that takes longer than its
/// time is followed by the next at once, with one single queue in between.
///
/// It decides and does nothing: no clock, no request. Whoever does the asking tells it what came.
package struct SamplingPlan: Sendable {
    /// How often is asked.
    package struct Settings: Sendable, Hashable {
        /// From the begin of one round to that of the next, if it is done by then.
        package var round: Duration
        /// From one request to the next, at least.
        package var spacing: Duration
        /// The longest wait after failures.
        package var longestPause: Duration

        /// Creates settings.
        package init(
            round: Duration = .seconds(10),
            spacing: Duration = .seconds(1),
            longestPause: Duration = .seconds(60)
        ) {
            self.round = round
            self.spacing = spacing
            self.longestPause = longestPause
        }
    }

    /// A request.
    package enum Request: Sendable, Hashable {
        /// ``ManagementAPI/observedQueues(virtualHost:page:)``
        case queues(page: Int)
        /// ``ManagementAPI/observedChannels(virtualHost:)``
        case channels
        /// ``ManagementAPI/observedConnections(virtualHost:)``
        case connections
        /// ``ManagementAPI/observedConsumers(virtualHost:)``
        case consumers
        /// ``ManagementAPI/allExchanges(virtualHost:)``
        case exchanges
        /// ``ManagementAPI/policies(virtualHost:)``, where ``SamplingPlan/needsPolicies`` says so.
        case policies
        /// ``ManagementAPI/typedBindings(virtualHost:)``
        case bindings
        /// ``ManagementAPI/nodes()``
        case nodes
        /// ``ManagementAPI/overview()``, now and then.
        case overview
        /// ``MetricsAPI/raftMetrics(of:virtualHost:)``
        case metrics(endpoint: Int)
        /// ``ManagementAPI/raftMembers(ofQueue:virtualHost:)``
        case raftMembers(queue: String)
        /// ``ManagementAPI/observedQueue(_:virtualHost:)``
        case details(queue: String)
    }

    /// What to do.
    package enum Step: Sendable, Hashable {
        /// Send a request and tell what came of it.
        case ask(Request)
        /// Ask again then.
        case wait(until: ContinuousClock.Instant)
        /// A request is on its way.
        case waitForAnswer
    }

    /// Pages beyond this are not asked for: 100,000 queues.
    static let mostPages = 200
    /// After how many pages the nodes are asked for in between: a restart has to be noticed soon.
    static let pagesBetweenNodes = 10
    /// In every how many rounds the overview is asked for.
    static let roundsBetweenOverviews = 30

    private let settings: Settings
    /// In how many rounds to come each Prometheus endpoint is left out, and how often in a row it failed.
    private var metrics: [(pause: Int, failures: Int)]
    private var pending: Request?
    /// What is left of the round, the next one last.
    private var left: [Request] = []
    private var roundBegin: ContinuousClock.Instant?
    private var earliest: ContinuousClock.Instant?
    private var failures = 0
    /// Requests about single queues, the one that was not sent for longest first.
    private var singles: [Request] = []
    private var singlesAsked: Set<Request> = []
    /// Whether a single queue was asked about since the round began.
    private var hadSingle = true
    private var untilOverview = 0
    /// Whether policies are to be read between exchanges and bindings: they may tell of alternate exchanges.
    package var needsPolicies = false

    /// How many rounds are done; a failed one is not.
    package private(set) var rounds = 0

    /// Creates a plan.
    ///
    /// - Parameter metricsEndpoints: how many nodes have a Prometheus endpoint that is configured.
    package init(_ settings: Settings = Settings(), metricsEndpoints: Int = 0) {
        self.settings = settings
        metrics = Array(repeating: (pause: 0, failures: 0), count: metricsEndpoints)
    }

    /// What is to be asked about single queues, where that would prove more than what is known. The order of what stays does
    /// not change.
    package mutating func setSingles(_ requests: [Request]) {
        let wanted = Set(requests)
        let kept = singles.filter { wanted.contains($0) }
        let known = Set(kept)
        // New ones first: nothing is known of them.
        singles = requests.filter { !known.contains($0) } + kept
    }

    /// What to do at an instant. Once it is to ask, the answer or the failure has to be told before there is more.
    package mutating func next(at now: ContinuousClock.Instant) -> Step {
        if pending != nil { return .waitForAnswer }
        if let earliest, now < earliest { return .wait(until: earliest) }
        let roundEnd = roundBegin.map { $0 + settings.round }
        if left.isEmpty, let roundEnd, !singles.isEmpty, now < roundEnd || !hadSingle {
            if !singlesAsked.contains(singles[0]) || !hadSingle {
                return ask(nextSingle(), now)
            }
            // All of them were asked about in this round.
            if now < roundEnd { return .wait(until: roundEnd) }
        }
        if left.isEmpty {
            if let roundEnd, now < roundEnd { return .wait(until: roundEnd) }
            beginRound(now)
        }
        return ask(left.removeLast(), now)
    }

    private mutating func beginRound(_ now: ContinuousClock.Instant) {
        roundBegin = now
        hadSingle = false
        singlesAsked.removeAll(keepingCapacity: true)
        left = metrics.indices.reversed().filter { metrics[$0].pause == 0 }.map { .metrics(endpoint: $0) }
        for index in metrics.indices where metrics[index].pause > 0 { metrics[index].pause -= 1 }
        // The nodes come after the lists: who may see them sees all channels.
        left += [.nodes, .bindings]
        if needsPolicies { left.append(.policies) }
        left += [.exchanges, .consumers, .connections, .channels, .queues(page: 1)]
        if untilOverview == 0 {
            left.append(.overview)
            untilOverview = Self.roundsBetweenOverviews
        }
        untilOverview -= 1
    }

    private mutating func nextSingle() -> Request {
        let request = singles.removeFirst()
        singles.append(request)
        singlesAsked.insert(request)
        hadSingle = true
        return request
    }

    private mutating func ask(_ request: Request, _ now: ContinuousClock.Instant) -> Step {
        pending = request
        earliest = now + settings.spacing
        return .ask(request)
    }

    /// Tells that the answer came.
    ///
    /// - Parameter pageCount: how many pages there are, where the answer is one.
    package mutating func answered(pageCount: Int? = nil) {
        guard let request = pending else { return }
        pending = nil
        if !request.isOfOneQueue { failures = 0 }
        switch request {
        case .queues(page: 1):
            for page in (2..<(max(1, min(pageCount ?? 1, Self.mostPages)) + 1)).reversed() {
                left.append(.queues(page: page))
                if page % Self.pagesBetweenNodes == 0 { left.append(.nodes) }
            }
        case .metrics(let index): metrics[index].failures = 0
        default: break
        }
        endRequest(request)
    }

    private mutating func endRequest(_ request: Request) {
        if left.isEmpty, !request.isOfOneQueue { rounds += 1 }
    }

    /// Tells that a request failed, at an instant. What is left of the round is given up, and each failure in a row
    /// doubles the wait. That of a Prometheus endpoint, or of what was asked about one quorum queue, only costs itself:
    /// the endpoint is left out for some rounds.
    package mutating func failed(at now: ContinuousClock.Instant) {
        guard let request = pending else { return }
        pending = nil
        switch request {
        case .raftMembers, .details: break
        case .metrics(let index):
            metrics[index].failures += 1
            metrics[index].pause = min(1 << min(metrics[index].failures, 10), 30)
        default:
            failures += 1
            let pause = min(settings.longestPause, settings.spacing * (1 << min(failures, 10)))
            earliest = max(earliest ?? now, now + pause)
            left.removeAll()
            roundBegin = nil
            hadSingle = true
            untilOverview = 0
            return
        }
        endRequest(request)
    }
}

extension SamplingPlan.Request {
    fileprivate var isOfOneQueue: Bool {
        switch self {
        case .raftMembers, .details: true
        default: false
        }
    }
}
