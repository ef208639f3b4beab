import ControlModel
import Leadership
import Relay
import RopewayConfiguration

/// The one list of checks of a pair, evaluated.
///
/// `check`, a plan, its dry run, the promotion and whoever watches evaluate the same list: what is read from the sites
/// is one thing (``CheckGathering``), what follows from it another (``CheckJudgement``), which asks nobody.
package struct Checks: Sendable {
    private let pair: String
    private let routes: [RouteConfiguration]
    private let first: Site
    private let second: Site
    private let healthTimeout: Duration
    private let hooks: [HookConfiguration]

    /// Creates the checks of a pair.
    ///
    /// - Parameters:
    ///   - sites: both, in any order.
    ///   - hooks: those that a promotion runs.
    ///   - healthTimeout: for one look at a site's health.
    package init(
        pair: String,
        routes: [RouteConfiguration],
        sites: (Site, Site),
        hooks: [HookConfiguration] = [],
        healthTimeout: Duration = .seconds(5)
    ) {
        self.pair = pair
        self.routes = routes
        first = sites.0
        second = sites.1
        self.hooks = hooks
        self.healthTimeout = healthTimeout
    }

    /// Looks at everything, and changes nothing.
    ///
    /// - Parameters:
    ///   - active: the active site; for a promotion the target decides.
    ///   - records: what the records say, for `check`.
    /// - Returns: what was found. A finding that fails means exit 3; so would the real run.
    package func evaluate(
        for purpose: CheckPurpose,
        active: String? = nil,
        records: RecordView? = nil
    ) async -> [CheckFinding] {
        let facts = await facts(for: purpose, active: active, records: records)
        return CheckJudgement(facts: facts, purpose: purpose).findings
    }

    /// Looks at what stands in the way of a promotion, once for both kinds, and changes nothing.
    ///
    /// - Returns: what refuses a planned one, and what refuses even a forced one.
    func refusals(ofPromoting target: String) async -> (planned: [CheckFinding], forced: [CheckFinding]) {
        let facts = await facts(for: .planned(target: target))
        func refusals(_ purpose: CheckPurpose) -> [CheckFinding] {
            CheckJudgement(facts: facts, purpose: purpose).findings.filter { $0.verdict == .fail }
        }
        return (refusals(.planned(target: target)), refusals(.forced(target: target)))
    }

    private func facts(
        for purpose: CheckPurpose,
        active: String? = nil,
        records: RecordView? = nil
    ) async -> CheckFacts {
        let standby: Site
        switch purpose {
        case .check: standby = active == second.name ? first : second
        case .planned(let target), .forced(let target): standby = target == first.name ? first : second
        }
        let gathering = CheckGathering(pair: pair, routes: routes, purpose: purpose, healthTimeout: healthTimeout)
        var facts = await gathering.facts(
            active: standby.name == first.name ? second : first,
            standby: standby,
            records: records
        )
        facts.hooks = hooks.compactMap { HookTrouble.of($0) }
        return facts
    }
}
