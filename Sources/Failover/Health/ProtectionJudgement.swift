import ControlModel
import Management

/// Whether the standby site could take over now, and what is missing where it could not. It asks nobody.
struct ProtectionJudgement: Sendable {
    /// The verdict.
    struct Verdict: Sendable, Hashable {
        /// The word.
        var state: Protection
        /// What is missing; `nil` where nothing is.
        var reason: String?

        init(_ state: Protection, _ reason: String? = nil) {
            self.state = state
            self.reason = reason
        }
    }

    /// Why this process knows nothing of the pair; `nil` where it leads.
    var obstacle: String?
    /// Whether the pair's record was read.
    var hasRecord = true
    /// Whether a promotion is under way.
    var isPromoting = false
    /// The routes.
    var routes: [RouteReport]
    /// The gaps that nobody took note of, as route and summary.
    var gaps: [(route: String, summary: String)] = []
    /// What is not known of the routes' objects, or not any more; `nil` where all is.
    var missingEvidence: String?
    /// The sites, as their monitors have found them: the active one and the standby one.
    var active: SiteCondition?
    var standby: SiteCondition?
    /// What would refuse even a forced promotion of the standby site.
    var refusals: [CheckFinding] = []

    var verdict: Verdict {
        if let obstacle { return Verdict(.unknown, obstacle) }
        guard hasRecord else { return Verdict(.unknown, "no record of the pair was read") }
        if routes.isEmpty {
            return Verdict(.unknown, "the pair has no routes: nothing is kept at the standby site")
        }
        if isPromoting { return Verdict(.degraded, "a promotion is under way") }
        if let gap = gaps.first { return Verdict(.degraded, "route '\(gap.route)' has a gap: \(gap.summary)") }
        if let reason = first([.gap, .failed, .blocked, .connecting]) { return Verdict(.degraded, reason) }
        if let reason = standby?.takeOverObstacle ?? active?.split { return Verdict(.degraded, reason) }
        if let refusal = refusals.first {
            let subject = refusal.subject.map { "\($0): " } ?? ""
            return Verdict(.degraded, "even a forced promotion would be refused: \(subject)\(refusal.message)")
        }
        if let reason = first([.stalled]) { return Verdict(.stalled, reason) }
        if let reason = first([.paused]) { return Verdict(.paused, reason) }
        if let reason = first([.inactive, .standingBy]) { return Verdict(.unknown, reason) }
        if let route = routes.first(where: { !$0.lag.known }) {
            return Verdict(.unknown, "how far route '\(route.name)' is behind is not known")
        }
        if let route = routes.first(where: { $0.coverage.known && ($0.coverage.seconds ?? 0) < 0 }) {
            let reason = route.error.map { ": \($0.message)" } ?? ""
            return Verdict(.degraded, "route '\(route.name)' would lose what is not consumed\(reason)")
        }
        if let missingEvidence { return Verdict(.unknown, missingEvidence) }
        if let reason = first([.catchingUp]) { return Verdict(.catchingUp, reason) }
        return Verdict(.protected)
    }

    /// The first route in one of some states.
    private func first(_ states: Set<RouteState>) -> String? {
        routes.first { states.contains($0.state) }.map { route in
            "route '\(route.name)' is \(route.state.rawValue)" + (route.error.map { ": \($0.message)" } ?? "")
        }
    }
}

extension SiteCondition {
    /// Why what its nodes hold, or take, can't be relied on: they don't see each other.
    fileprivate var split: String? {
        let partitioned = checks.filter { $0.name == "partitions" && $0.status == .failed }
        if let first = partitioned.first {
            return "nodes of site '\(site)' are partitioned: \(first.node) \(first.reason ?? "lost sight of others")"
        }
        let nodes = checks.filter { $0.name == "running" }
        let stopped = nodes.filter { $0.status == .failed }
        // Without a majority neither quorum queues nor streams take anything.
        guard !stopped.isEmpty, stopped.count * 2 >= nodes.count else { return nil }
        return "\(stopped.count) of \(nodes.count) nodes of site '\(site)' do not run, or are not seen: "
            + stopped.map(\.node).joined(separator: ", ")
    }

    /// Why it could not take over: a replay needs new connections, and a broker that takes messages.
    fileprivate var takeOverObstacle: String? {
        if let split { return split }
        switch verdict {
        case .unreachable, .unauthorized:
            // The reasons are those of the latest poll, which may be well again: the verdict follows after some of them.
            let why = reasons.isEmpty ? "it answers again, and has to for some polls" : reasons.joined(separator: "; ")
            return "site '\(site)' is \(verdict.rawValue): \(why)"
        case .degraded where latest != .healthy:
            switch amqp {
            case .ok: break
            case .unreachable(let reason), .unauthorized(let reason):
                return "site '\(site)' takes no new connection over AMQP: \(reason)"
            }
        case .degraded, .healthy: break
        }
        let alarm = checks.first { ["memory-alarm", "disk-alarm"].contains($0.name) && $0.status == .failed }
        return alarm.map { "site '\(site)' has a \($0.name) on \($0.node): \($0.reason ?? "publishers are blocked")" }
    }
}
