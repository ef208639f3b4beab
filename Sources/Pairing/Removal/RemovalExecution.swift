import ControlModel
import Failover
import Management
import Relay
import Topology

/// Deletes what a plan names. What can't be deleted holds up nothing else.
struct RemovalExecution: Sendable {
    let pair: String
    let sites: [Site]

    private var names: PairNames { PairNames(pair: pair) }

    /// Removes the whole pair, whose locks are held.
    ///
    /// - Returns: what could not be removed, in words.
    func remove(_ plan: RemovalPlan) async -> [String] {
        var left: [String] = []
        var memories: [String: DeclaredTopology] = [:]
        // The standby site first: what is captured meanwhile still has its capture.
        for site in sites.sorted(by: { ($0.name == plan.active ? 1 : 0) < ($1.name == plan.active ? 1 : 0) }) {
            guard var own = plan.own.first(where: { $0.site == site.name }) else { continue }
            own.queues.removeAll { $0.name == names.lock }
            own.policies.removeAll { $0 == names.lock }
            left += await remove(own, of: site)
            let outcome = await removeDeclared(plan.declared[site.name], of: site)
            left += outcome.left
            memories[site.name] = outcome.memory
        }
        for site in sites { left += await removeRecords(of: site, keeping: memories[site.name]) }
        // While they are held, so that no other process can take one.
        for site in sites { left += await removeLock(of: site) }
        return left
    }

    /// Removes Ropeway's own objects alone.
    ///
    /// - Returns: what could not be removed, in words.
    func removeOwn(_ plan: RemovalPlan) async -> [String] {
        var left: [String] = []
        for site in sites {
            guard let own = plan.own.first(where: { $0.site == site.name }) else { continue }
            left += await remove(own, of: site)
        }
        return left
    }

    // MARK: What was declared for applications

    /// - Returns: what could not be removed, and what is to be remembered.
    private func removeDeclared(
        _ declared: RemovalPlan.Declared?,
        of site: Site
    ) async -> (left: [String], memory: DeclaredTopology?) {
        guard let declared, !declared.plan.isEmpty else { return ([], declared?.memory()) }
        let applier = TopologyApplier(site.admin, virtualHost: site.virtualHost) { queue, type in
            (try? await site.liveMessages(of: queue, type: type)).flatMap(\.self)
        }
        let outcome = await applier.apply(declared.plan)
        let left = outcome.undone.map { "\($0.step.object.identity) of site '\(site.name)'\(Self.reason($0.end))" }
        return (left, declared.memory(after: outcome))
    }

    private static func reason(_ end: TopologyOutcome.End) -> String {
        switch end {
        case .refused(let reason, _), .unknown(let reason): ": \(reason)"
        case .notTried: ": not tried"
        case .done: ""
        }
    }

    // MARK: Ropeway's own

    private func remove(_ own: OwnObjects, of site: Site) async -> [String] {
        let host = site.virtualHost
        var left: [String] = []
        func attempt(_ what: String, _ body: () async throws(ManagementError) -> Void) async {
            do throws(ManagementError) {
                try await body()
            } catch {
                left.append("\(what) of site '\(site.name)': \(error.reason)")
            }
        }
        for queue in own.queues {
            await attempt("queue '\(queue.name)'") { () throws(ManagementError) in
                try await site.admin.deleteQueue(queue.name, virtualHost: host)
            }
        }
        for exchange in own.exchanges {
            await attempt("exchange '\(exchange)'") { () throws(ManagementError) in
                try await site.admin.deleteExchange(exchange, virtualHost: host)
            }
        }
        for policy in own.policies {
            await attempt("policy '\(policy)'") { () throws(ManagementError) in
                try await site.admin.deletePolicy(policy, virtualHost: host)
            }
        }
        return left
    }

    /// - Parameter memory: of declared objects that stay, so that the next run finds them.
    private func removeRecords(of site: Site, keeping memory: DeclaredTopology?) async -> [String] {
        do throws(ManagementError) {
            let all = try await site.admin.globalParameters().map(\.name).filter { $0.hasPrefix(names.recordPrefix) }
            for name in OwnObjects.ordered(all, prefix: names.recordPrefix) {
                if name == names.declaredTopology {
                    try await DeclaredTopologyStore(site: site, pair: pair).replace(by: memory)
                } else {
                    try await site.admin.deleteGlobalParameter(name)
                }
            }
            return []
        } catch {
            return ["records of site '\(site.name)': \(error.reason)"]
        }
    }

    private func removeLock(of site: Site) async -> [String] {
        do throws(ManagementError) {
            try await site.admin.deleteQueue(names.lock, virtualHost: site.virtualHost)
            try await site.admin.deletePolicy(names.lock, virtualHost: site.virtualHost)
            return []
        } catch {
            return ["lock of site '\(site.name)': \(error.reason)"]
        }
    }
}
