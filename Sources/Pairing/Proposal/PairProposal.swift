import ControlModel
import ErrorCodes
import Failover
import Management
import Relay
import RopewayConfiguration

/// What is proposed for two sites that were looked at: routes, what can't be captured, and what stands in the way. A pure
/// function of both surveys.
package struct PairProposal: Sendable {
    /// The pair's name.
    package let pair: String
    /// The routes, one for each exchange that leads to queues and can be captured.
    package private(set) var routes: [ProposedRoute] = []
    /// Exchanges that lead to queues and can't be captured.
    package private(set) var uncaptured: [UncapturedExchange] = []
    /// What an operator should know, or has to mend first.
    package private(set) var findings: [CheckFinding]

    /// Whether nothing stands in the way.
    package var isPossible: Bool { !findings.contains { $0.verdict == .fail } }

    /// Proposes.
    ///
    /// - Parameters:
    ///   - pair: the pair's name.
    ///   - active: the site that is active at first start.
    ///   - standby: the other one.
    package init(pair: String, active: SiteSurvey, standby: SiteSurvey) {
        self.pair = pair
        findings = SurveyJudgement(pair: pair, active: active, standby: standby).findings
        propose(ExchangesOfSite(active), active: active, standby: standby)
        tellOfDirectQueues(active)
        tellOfDisks(active, standby)
    }

    private mutating func propose(_ exchanges: ExchangesOfSite, active: SiteSurvey, standby: SiteSurvey) {
        let candidates = exchanges.candidates
        let activeShare = active.leastDiskFree.map { Int($0) / 4 / max(1, candidates.count) }
        let standbyShare = standby.leastDiskFree.map { Int($0) / 4 / max(1, candidates.count) }
        for candidate in candidates {
            let name = RouteName.make(from: candidate.exchange.name, apartFrom: Set(routes.map(\.name)))
            let queues = candidate.graph.queues.sorted()
            let route = Self.configuration(name, candidate.exchange.name)
            let faults = RouteForesight(names: ObjectNames(pair: pair, route: name), route: route)
                .exchangeFaults(candidate.exchange, candidate.graph)
            if let fault = faults.first {
                uncaptured.append(
                    UncapturedExchange(
                        exchange: candidate.exchange.name,
                        type: candidate.exchange.type,
                        queues: queues,
                        reason: fault.message,
                        hint: fault.hint
                    )
                )
                continue
            }
            let traffic = Traffic(of: candidate.exchange, queues: active.queues.filter { queues.contains($0.name) })
            let limits = ProposedLimits(traffic, activeShare: activeShare, standbyShare: standbyShare)
            routes.append(
                ProposedRoute(
                    name: name,
                    exchange: candidate.exchange.name,
                    exchangeType: candidate.exchange.type,
                    queues: queues,
                    captureType: Self.captureType(active),
                    captureBytes: limits.captureBytes,
                    storeType: Self.storeType(standby),
                    timeToLive: limits.timeToLive,
                    storeBytes: limits.storeBytes,
                    notes: candidate.notes
                )
            )
        }
    }

    private static func configuration(_ name: String, _ exchange: String) -> RouteConfiguration {
        RouteConfiguration(
            name: name,
            exchange: exchange,
            bindings: .upstream,
            capture: .init(type: nil, maxLengthBytes: 10_000_000_000),
            standby: .init(
                type: .stream,
                timeToLive: .seconds(3600),
                maxLength: nil,
                maxLengthBytes: 5_000_000_000,
                hold: .seconds(86_400)
            ),
            replay: .init(window: .watermark, rate: nil),
            acceptsRoutingChange: false,
            trustsUserID: false
        )
    }

    /// On a cluster before RabbitMQ 4.0 somebody has to choose: each type of capture can lose something there.
    private static func captureType(_ site: SiteSurvey) -> ProposedRoute.Reasoned<RouteConfiguration.QueueType>? {
        guard site.version < BrokerVersion(4, 0), site.nodeCount > 1 else { return nil }
        return .init(
            .quorum,
            "survives a node; classic loses what it holds with its node, quorum before 4.0 1 to 2 % of what publishers "
                + "without confirms send right before they close"
        )
    }

    private static func storeType(_ site: SiteSurvey) -> ProposedRoute.Reasoned<RouteConfiguration.QueueType> {
        if site.hasStreams { return .init(.stream, "reading it takes nothing out, so that it can be replayed again") }
        return .init(site.nodeCount > 1 ? .quorum : .classic, "site \(site.name) has no streams")
    }

    /// Queues that no exchange leads to get their messages through the default exchange, if they get any.
    private mutating func tellOfDirectQueues(_ site: SiteSurvey) {
        let bound = Set(
            site.bindings.filter { !$0.source.isEmpty && $0.destinationType == .queue }.map(\.destination)
        )
        let direct = site.queues.filter {
            !bound.contains($0.name) && !$0.totals.isExclusive && !$0.name.hasPrefix("ropeway.")
                && !$0.name.hasPrefix("amq.gen-")
        }
        guard !direct.isEmpty else { return }
        let names = direct.map(\.name).sorted()
        let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
        findings.append(
            CheckFinding(
                .warn,
                code: .queueWithoutExchange,
                subject: site.name,
                message: "no exchange leads to \(shown): what is published to them through the default exchange is not "
                    + "captured",
                hint: "let the applications publish to an exchange that is bound to them, or carry them by a shovel"
            )
        )
    }

    private mutating func tellOfDisks(_ active: SiteSurvey, _ standby: SiteSurvey) {
        for (site, bytes) in [
            (active, routes.reduce(0) { $0 + $1.captureBytes.value }),
            (standby, routes.reduce(0) { $0 + $1.storeBytes.value }),
        ] {
            guard let free = site.leastDiskFree, bytes > Int(free) / 2 else { continue }
            findings.append(
                CheckFinding(
                    .warn,
                    code: .diskSpace,
                    subject: site.name,
                    message:
                        "the limits of all routes come to \(Quantity.text(bytes: ProposedLimits.roundedDown(bytes))) "
                        + "or more, and a node of site \(site.name) has \(free / 1_000_000_000) GB free",
                    hint: "lower max-length-bytes of the routes, or give the site more disk"
                )
            )
        }
    }
}
