import ControlModel
import ErrorCodes
import Failover
import Leadership
import Relay
import Topology

/// Plans what goes where a pair, or one of its routes, is taken off the brokers. It asks nobody.
struct RemovalPlanner: Sendable {
    /// The pair.
    let pair: String
    /// The site that the configuration names as the active one.
    let configuredActive: String
    /// What each site tells that was asked.
    let remains: [SiteRemains]
    /// The sites that were not asked.
    let silent: [String]

    /// What goes with the whole pair.
    ///
    /// - Parameter keepsTopology: whether what was declared for applications stays.
    func plan(keepsTopology: Bool) throws(OperationError) -> RemovalPlan {
        try refuseMistakes()
        try refuseBrokenLocks()
        let active = self.active
        var plan = RemovalPlan(active: active, own: remains.map(\.own), findings: judgement(active).findings)
        for (index, site) in remains.enumerated() {
            guard let found = declared(on: site, active: active, keepsTopology: keepsTopology) else { continue }
            plan.declared[site.site] = found
            guard found.memory() != nil else { continue }
            plan.own[index].parameters.removeAll { $0 == PairNames(pair: pair).declaredTopology }
        }
        plan.findings += strangers
        return plan
    }

    /// What goes with a route that is not configured any more.
    func routePlan() throws(OperationError) -> RemovalPlan {
        try refuseMistakes()
        let active = self.active
        let relayed = remains.flatMap { site in
            site.own.queues.filter(\.hasConsumers).map { queue in
                CheckFinding(
                    .fail,
                    code: .stillRelayed,
                    subject: site.site,
                    message: "'\(queue.name)' is consumed: a daemon still has the route",
                    hint: "have it read its configuration again (SIGHUP), then run this again"
                )
            }
        }
        return RemovalPlan(
            active: active,
            own: remains.map(\.own),
            findings: judgement(active).findings + relayed
        )
    }

    // MARK: The sites

    private var newest: PairRecord? {
        remains.compactMap(\.record).max { $1.isNewer(than: $0) }
    }

    /// The site that applications use; `nil` where records of the same epoch name two.
    private var active: String? {
        guard let newest else {
            // A pair that was taken apart but for what others use has no record any more.
            return remains.compactMap(\.declared?.active).first ?? configuredActive
        }
        let names = Set(remains.compactMap(\.record).filter { $0.epoch == newest.epoch }.map(\.active))
        return names.count > 1 ? nil : newest.active
    }

    private func judgement(_ active: String?) -> RemovalJudgement {
        RemovalJudgement(found: remains.map(\.own), active: active, silent: silent, operation: newest?.operation?.id)
    }

    /// What is at the sites has to be what the configuration takes it for.
    private func refuseMistakes() throws(OperationError) {
        let marks = Dictionary(uniqueKeysWithValues: remains.map { ($0.site, $0.marks) })
        let sites = marks.keys + silent
        var mistake = SiteMarks.mistake(in: marks)
        if mistake == nil, let active = newest?.active, !sites.contains(active) {
            mistake = "the active site of epoch \(newest?.epoch ?? 0), '\(active)', is not in the configuration"
        }
        guard let mistake else { return }
        throw OperationError(
            .held,
            code: .sitesMistaken,
            message: "\(mistake); nothing was changed",
            hint:
                "name the sites in the configuration as they were when the pair began: look at the addresses of both. "
                + "Where definitions were copied from the other site, have the daemon run once"
        )
    }

    private func refuseBrokenLocks() throws(OperationError) {
        for site in remains {
            guard let fault = site.lockFault else { continue }
            throw OperationError(
                .preconditionFailed,
                code: .lockUnusable,
                message:
                    "the lock of site '\(site.site)' can't be had, which keeps daemons away meanwhile: \(fault); nothing was "
                    + "changed",
                hint: "delete the queue while nothing runs for the pair, then run this again"
            )
        }
    }

    /// What speaks for a configuration that is that of another pair or broker, and harms nothing.
    private var strangers: [CheckFinding] {
        let others = Set(remains.flatMap(\.otherPairs)).sorted()
        let isNothing = remains.allSatisfy(\.own.isEmpty)
        if isNothing, !others.isEmpty {
            let names = others.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
            return [
                CheckFinding(
                    .warn,
                    code: .otherPair,
                    message: "the sites have nothing of pair '\(pair)', and objects of \(names)",
                    hint: "look at the name of the pair in the configuration"
                )
            ]
        }
        guard newest != nil else { return [] }
        return remains.filter(\.own.isEmpty).map { site in
            CheckFinding(
                .warn,
                code: .nothingThere,
                subject: site.site,
                message: "the site has nothing of the pair, and the other one has",
                hint: "if it was not rebuilt, look at its addresses in the configuration"
            )
        }
    }

    // MARK: What was declared for applications

    private func declared(
        on site: SiteRemains,
        active: String?,
        keepsTopology: Bool
    ) -> RemovalPlan.Declared? {
        guard let declared = site.declared, let definitions = site.definitions else { return nil }
        func all(_ reason: String) -> RemovalPlan.Declared {
            RemovalPlan.Declared(kept: declared.kept(in: definitions, because: reason))
        }
        if keepsTopology { return all("so it was asked for") }
        // What applications use stays on the site that they use.
        guard let active else { return all("which site applications use is not known") }
        if site.site == active { return all("applications use this site") }
        if let other = declared.site, other != site.site {
            return all("what was declared was written down for site '\(other)', as after a copy of its definitions")
        }
        let source = remains.first { $0.site != site.site }?.definitions
        let removal = declared.removal(
            from: definitions,
            comparison: source.map { TopologyComparison(source: $0, target: definitions) },
            withPair: pair
        )
        var rest = declared
        rest.active = active
        rest.objects = Set(removal.kept.map(\.object))
        var found = RemovalPlan.Declared(plan: removal.plan, kept: removal.kept, rest: rest)
        if declared.isCut {
            found.kept.append(
                DeclaredRemoval.Kept(
                    "what was declared beyond \(declared.objects.count) objects",
                    "it was not written down"
                )
            )
        }
        return found
    }
}
