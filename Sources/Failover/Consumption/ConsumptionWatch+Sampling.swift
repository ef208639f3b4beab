import Consumption
import Logging
import Management
import Pump
import Relay
import RopewayConfiguration
import Routing

/// Asking the management API of the active site.
extension ConsumptionWatch {
    func keepSampling(_ situation: Situation) async {
        var plan = SamplingPlan(metricsEndpoints: situation.active.metrics.endpoints.count)
        var fault: String?
        while !Task.isCancelled {
            switch plan.next(at: .now) {
            case .wait(let instant): try? await Task.sleep(until: instant, clock: .continuous)
            case .waitForAnswer: return
            case .ask(let request):
                do {
                    let pageCount = try await ask(request, situation)
                    plan.answered(pageCount: pageCount)
                    if request == .nodes { fault = nil }
                } catch {
                    plan.failed(at: .now)
                    noteFailure(of: request, "\(error)", situation, &fault)
                }
                plan.needsPolicies = sample.needsPolicies
                if request == .nodes { plan.setSingles(singles(situation)) }
            }
        }
    }

    private func noteFailure(
        of request: SamplingPlan.Request,
        _ error: String,
        _ situation: Situation,
        _ fault: inout String?
    ) {
        if case .raftMembers = request { refusesMembers = true }
        guard !request.isOptional, !Task.isCancelled, fault != error else { return }
        fault = error
        logger.info(
            """
            what the consumers of site '\(situation.active.name)' have consumed can't be seen: relaying goes on, and a \
            promotion repeats more until it can; it is tried again
            """,
            metadata: ["error": "\(error)"]
        )
    }

    /// Sends a request and takes what came.
    ///
    /// - Returns: how many pages there are, where the answer is one.
    private func ask(
        _ request: SamplingPlan.Request,
        _ situation: Situation
    ) async throws(ManagementError) -> Int? {
        let site = situation.active
        let (api, host) = (site.management, site.virtualHost)
        let sent = SteadyTime.now()
        func times() -> SiteSample.Times { .init(sent: sent, answered: .now()) }
        switch request {
        case .overview:
            sample.note(try await api.overview())
            refusesMembers = false
        case .queues(let number):
            let page = try await api.observedQueues(virtualHost: host, page: number)
            take(page, number: number, times(), situation)
            return page.pageCount
        case .channels: sample.note(try await api.observedChannels(virtualHost: host), times())
        case .connections:
            let connections = try await api.observedConnections(virtualHost: host)
            sample.note(connections, times(), canary: canaries.connectionName, canaries.sent)
        case .consumers: sample.note(try await api.observedConsumers(virtualHost: host), times())
        case .exchanges: sample.note(try await api.allExchanges(virtualHost: host), times())
        case .policies: sample.note(try await api.policies(virtualHost: host))
        case .bindings:
            sample.note(try await api.typedBindings(virtualHost: host), times())
            followTopology(situation)
        case .nodes: sample.note(try await api.nodes(), times())
        case .metrics(let endpoint):
            let told = try await site.metrics.raftMetrics(of: endpoint, virtualHost: host)
            sample.note(told, endpoint: endpoint)
            let times = times()
            for queue in sample.led(by: endpoint) {
                judge([queue], raft: sample.raft(of: queue).map { ($0, times) }, situation)
            }
        case .raftMembers(let queue):
            // It needs more rights than the rest.
            let members = try await site.admin.raftMembers(ofQueue: queue, virtualHost: host)
            guard let figures = members.flatMap({ Consumption.QueueObservation.RaftFigures($0) }) else { break }
            judge([queue], raft: (figures, times()), situation)
        case .details(let queue):
            guard let details = try await api.observedQueue(queue, virtualHost: host) else { break }
            sample.note(details: details, times())
            judge([queue], raft: nil, situation)
        }
        return nil
    }

    private func take(
        _ page: ObservedPage<Management.QueueObservation>,
        number: Int,
        _ times: SiteSample.Times,
        _ situation: Situation
    ) {
        let (seen, listed) = sample.note(page, number: number, times, following: Set(queues))
        judge(seen, raft: nil, situation)
        guard let listed else { return }
        // A queue that is gone holds nothing, and one of its name that comes later is another. One that is only missing, or
        // that does not answer while its node starts, is not.
        for queue in queues where !listed.names.contains(queue) && passives.isGone(queue, since: listed.since) {
            forget(queue)
        }
    }

    // MARK: Judging

    private func judge(
        _ names: [String],
        raft: (figures: Consumption.QueueObservation.RaftFigures, times: SiteSample.Times)?,
        _ situation: Situation
    ) {
        for route in situation.routes {
            let name = route.names.route
            guard var judged = judgements[name] else { continue }
            let log = route.positions.log
            judgements[name] = nil
            for queue in names {
                guard
                    let look = sample.look(
                        at: queue,
                        for: route.configuration,
                        passives: passives,
                        raft: raft,
                        now: .now()
                    ), let verdict = judged[queue]?.observe(look, log: log)
                else { continue }
                verdicts[name]?[queue] = verdict
                note(verdict, route: name, queue: queue)
            }
            judgements[name] = judged
        }
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

    private func forget(_ queue: String) {
        for route in judgements.keys {
            verdicts[route]?[queue] = nil
            if judgements[route]?[queue] != nil { judgements[route]?[queue] = makeJudgement(route, nil, queue) }
        }
        watermarks?.keep { $1 != queue }
    }

    /// What to ask about single queues: where the rule in force is not as good as it gets.
    private func singles(_ situation: Situation) -> [SamplingPlan.Request] {
        let now = SteadyTime.now()
        return queues.compactMap { queue -> SamplingPlan.Request? in
            let verdicts = situation.routes.compactMap { self.verdicts[$0.names.route]?[queue] }
            let isEmpty = verdicts.allSatisfy { verdict in
                verdict.rule == .empty && (verdict.evidence.map { now <= $0 + 90_000 } ?? false)
            }
            if isEmpty, !verdicts.isEmpty { return nil }
            switch sample.kind(of: queue) {
            case .quorum:
                let isTold = sample.raft(of: queue) != nil || refusesMembers || (sample.version?.major ?? 0) < 4
                return isTold ? nil : .raftMembers(queue: queue)
            case .classic:
                let isTrusted = situation.routes.allSatisfy { $0.configuration.replay.trustsTimestamps }
                return sample.countsFeeds && !isTrusted ? .details(queue: queue) : nil
            default: return nil
            }
        }
    }

    // MARK: Topology

    private func followTopology(_ situation: Situation) {
        guard let next = sample.topology else { return }
        let isSame = counted.map { $0.topology == next.topology && $0.version == next.version } ?? false
        for route in situation.routes {
            let isCounted = countedRoutes.contains(route.names.route)
            if isSame, isCounted {
                route.positions.confirmBindings(sentAt: next.sent)
            } else {
                route.positions.changeBindings(
                    to: RoutingTable(next.topology, publishedTo: route.configuration.exchange, rules: next.rules),
                    withdrawn: isCounted ? counted.flatMap { next.withdrawn(since: $0) } : nil,
                    readAt: next.answered
                )
            }
        }
        if !isSame { reached = [:] }
        counted = next
        countedRoutes = Set(situation.routes.map(\.names.route))
        follow(next, situation)
    }

    /// Judges the queues that the routes lead to, and for a while those that they did: a node that starts has no bindings
    /// of its queues at first.
    private func follow(_ topology: SiteTopology, _ situation: Situation) {
        var all: Set<String> = []
        let now = SteadyTime.now()
        for route in situation.routes {
            let name = route.names.route
            let exchange = route.configuration.exchange
            let wanted = reached[exchange] ?? topology.queues(of: exchange)
            reached[exchange] = wanted
            func isKept(_ queue: String) -> Bool {
                let key = "\(name)\u{0}\(queue)"
                guard !wanted.contains(queue) else {
                    left[key] = nil
                    return true
                }
                let since = left[key] ?? now
                left[key] = since
                guard now > since + Self.farewell else { return true }
                left[key] = nil
                return false
            }
            judgements[name] = judgements[name]?.filter { isKept($0.key) } ?? [:]
            for queue in wanted where judgements[name]?[queue] == nil {
                judgements[name]?[queue] = makeJudgement(name, watermarks, queue)
            }
            let kept = Set(judgements[name]?.keys ?? [:].keys)
            verdicts[name] = verdicts[name]?.filter { kept.contains($0.key) } ?? [:]
            all.formUnion(kept)
        }
        watermarks?.keep { route, queue in judgements[route]?[queue] != nil }
        sample.keep(all)
        passives.keep(all)
        queues = all.sorted()
    }

    /// For how long a queue is followed that no route leads to any more, in milliseconds.
    private static let farewell: Int64 = 600_000
}

extension SamplingPlan.Request {
    /// Whether the others do without its answer.
    fileprivate var isOptional: Bool {
        switch self {
        case .raftMembers, .details, .metrics: true
        default: false
        }
    }
}
