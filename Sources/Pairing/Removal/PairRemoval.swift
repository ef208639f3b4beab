import HTTPClient
import Leadership
import Management
import Recovery
import Relay
import RopewayConfiguration
import Topology

/// Takes a pair, or one of its routes, off the brokers.
///
/// It may be broken off at any point and done again: objects go before the records, and the newest record last.
public struct PairRemoval: Sendable {
    private let configuration: PairConfiguration
    private let sites: [Site]
    private let silent: [String]
    private let names: PairNames

    /// Creates the removal of a pair.
    ///
    /// - Parameter gone: sites that are not asked, since they are gone for good.
    /// - Throws: `SecretError` where a password can't be read.
    public init(
        _ configuration: PairConfiguration,
        client: CurlClient,
        gone: Set<String> = []
    ) throws(SecretError) {
        self.configuration = configuration
        var sites: [Site] = []
        for site in configuration.sites where !gone.contains(site.name) { sites.append(try Site(site, client: client)) }
        self.sites = sites
        silent = gone.sorted()
        names = PairNames(pair: configuration.name)
    }

    /// What would go, and what that would lose.
    public struct Plan: Sendable {
        /// The site that applications use; `nil` where no record tells.
        public var active: String?
        /// What Ropeway has on each site.
        public var own: [OwnObjects]
        /// What Ropeway declared for applications on the standby site, by site.
        public var declared: [String: TopologyPlan] = [:]
        /// What it declared there and stays, since it was changed since or others use it, by site.
        public var kept: [String: [String]] = [:]
        /// What refuses the removal unless it may be lost.
        public var findings: [CheckFinding]

        /// Whether there is nothing to remove.
        public var isEmpty: Bool { own.allSatisfy(\.isEmpty) && declared.values.allSatisfy(\.isEmpty) }
    }

    // MARK: Looking

    /// Looks at what the whole pair has.
    ///
    /// - Parameter keepsTopology: whether what pairing declared for applications stays.
    public func plan(keepsTopology: Bool) async throws(PairReadingError) -> Plan {
        let record = try await newestRecord()
        let active = record?.active ?? configuration.active
        var own: [OwnObjects] = []
        var declared: [String: TopologyPlan] = [:]
        var kept: [String: [String]] = [:]
        for site in sites {
            own.append(try await objects(of: site, prefix: names.recordPrefix, parameters: true))
            // On the site that applications use, what they use stays.
            guard !keepsTopology, site.name != active else { continue }
            guard let (plan, rest) = try await declaredTopology(of: site) else { continue }
            if !plan.isEmpty { declared[site.name] = plan }
            if !rest.isEmpty { kept[site.name] = rest }
        }
        let judgement = RemovalJudgement(
            found: own,
            active: active,
            silent: silent,
            operation: record?.operation?.id
        )
        return Plan(active: active, own: own, declared: declared, kept: kept, findings: judgement.findings)
    }

    /// Looks at what a route has that is not configured any more.
    public func plan(route: String) async throws(PairReadingError) -> Plan {
        let record = try await newestRecord()
        let active = record?.active ?? configuration.active
        var own: [OwnObjects] = []
        for site in sites {
            own.append(try await objects(of: site, prefix: names.recordPrefix + route + ".", parameters: false))
        }
        var findings = RemovalJudgement(
            found: own,
            active: active,
            silent: silent,
            operation: record?.operation?.id
        ).findings
        for site in own {
            for queue in site.queues where queue.hasConsumers {
                findings.append(
                    CheckFinding(
                        .fail,
                        code: "still-relayed",
                        subject: site.site,
                        message: "'\(queue.name)' is consumed: a daemon still has the route",
                        hint: "have it read its configuration again (SIGHUP), then run this again"
                    )
                )
            }
        }
        return Plan(active: active, own: own, findings: findings)
    }

    private func objects(
        of site: Site,
        prefix: String,
        parameters: Bool
    ) async throws(PairReadingError) -> OwnObjects {
        do throws(ManagementError) {
            return try await OwnObjects.read(site, prefix: prefix, parameters: parameters)
        } catch {
            throw PairReadingError(
                "what site '\(site.name)' has can't be read: \(error); nothing was changed",
                hint: "\(error.hint); where the site is gone for good, say --gone \(site.name)"
            )
        }
    }

    private func declaredTopology(
        of site: Site
    ) async throws(PairReadingError) -> (plan: TopologyPlan, kept: [String])? {
        do throws(ManagementError) {
            let store = DeclaredTopologyStore(site: site, pair: configuration.name)
            guard let declared = try await store.read() else { return nil }
            guard declared.virtualHost == site.virtualHost else {
                throw ManagementError(
                    kind: .unexpectedReply("the pair of this name is in virtual host '\(declared.virtualHost)'"),
                    method: .get,
                    path: "/api/global-parameters",
                    endpoint: site.admin.endpoints[0]
                )
            }
            let here = try await definitions(of: site)
            var comparison: TopologyComparison?
            if let other = sites.first(where: { $0.name != site.name }) {
                comparison = TopologyComparison(source: try await definitions(of: other), target: here)
            }
            let plan = declared.removal(from: here, comparison: comparison)
            return (plan, declared.kept(in: here, besides: plan))
        } catch {
            throw PairReadingError(
                "what was declared on site '\(site.name)' can't be read: \(error.reason); nothing was changed",
                hint: error.hint
            )
        }
    }

    private func definitions(of site: Site) async throws(ManagementError) -> Definitions {
        try await DefinitionsReader(site.admin, virtualHost: site.virtualHost, name: "site '\(site.name)'").read()
    }

    private func newestRecord() async throws(PairReadingError) -> PairRecord? {
        var newest: PairRecord?
        for site in sites {
            do throws(RecordError) {
                guard let record = try await RecordStore(site: site, pair: configuration.name).read() else { continue }
                if newest.map({ record.isNewer(than: $0) }) ?? true { newest = record }
            } catch {
                switch error.kind {
                case .malformed, .unknownVersion: continue
                default:
                    throw PairReadingError(
                        "the record of site '\(site.name)' can't be read: \(error.summary); nothing was changed",
                        hint: "where the site is gone for good, say --gone \(site.name)"
                    )
                }
            }
        }
        return newest
    }

    // MARK: Removing

    /// Removes the whole pair under the locks of its sites, so that no daemon works meanwhile.
    ///
    /// - Returns: what could not be removed, in words.
    /// - Throws: ``PairReadingError`` where a lock can't be had; nothing has changed then.
    public func remove(_ plan: Plan, as holder: LockHolder) async throws(PairRemovalError) -> [String] {
        var locks: [HeldLock] = []
        do {
            for site in sites { locks.append(try await lock(site, as: holder)) }
        } catch {
            for lock in locks { await lock.release() }
            throw error
        }
        var left: [String] = []
        // The standby site first: what is captured meanwhile still has its capture.
        var unfinished: Set<String> = []
        for site in sites.sorted(by: { ($0.name == plan.active ? 1 : 0) < ($1.name == plan.active ? 1 : 0) }) {
            var isTopologyLeft = false
            left += await removeObjects(of: site, plan, isTopologyLeft: &isTopologyLeft)
            if isTopologyLeft { unfinished.insert(site.name) }
        }
        for site in sites { left += await removeRecords(of: site, keepingTopology: unfinished.contains(site.name)) }
        // While they are held, so that no other process can take one.
        for site in sites { left += await removeLock(of: site) }
        for lock in locks { await lock.release() }
        return left
    }

    private func lock(_ site: Site, as holder: LockHolder) async throws(PairRemovalError) -> HeldLock {
        let lock: HeldLock
        do throws(LockError) {
            lock = try await SiteLock.acquire(
                site: site,
                pair: configuration.name,
                holder: holder,
                timeout: .seconds(5)
            )
        } catch {
            let isHeld = if case .heldByAnother = error.kind { true } else { false }
            throw PairRemovalError(
                isLocked: isHeld,
                message: "the lock of site '\(site.name)' can't be had: \(error.reason); nothing was changed",
                hint: isHeld ? "stop the daemons of the pair first" : error.hint
            )
        }
        if await isWaitedFor(site) {
            await lock.release()
            throw PairRemovalError(
                isLocked: true,
                message:
                    "a daemon of the pair stands by at site '\(site.name)', and would begin the pair again; nothing "
                    + "was changed",
                hint: "stop all daemons of the pair first"
            )
        }
        return lock
    }

    /// Whether another process waits for a lock that is held. The broker's list of consumers is up to 5 s old, and the count
    /// beside it can't be relied on (3.10).
    private func isWaitedFor(_ site: Site) async -> Bool {
        let limit = ContinuousClock.now + .seconds(8)
        while true {
            let queue = try? await site.management.queue(names.lock, virtualHost: site.virtualHost)
            let consumers = queue?.consumerDetails ?? []
            if consumers.contains(where: { $0.isActive == true }), consumers.allSatisfy({ $0.isActive != false }) {
                return false
            }
            guard .now < limit, (try? await Task.sleep(for: .milliseconds(500))) != nil else { return true }
        }
    }

    /// Removes a route.
    public func removeRoute(_ plan: Plan) async -> [String] {
        var left: [String] = []
        for site in sites {
            guard let own = plan.own.first(where: { $0.site == site.name }) else { continue }
            left += await remove(own, of: site)
        }
        return left
    }

    private func removeObjects(
        of site: Site,
        _ plan: Plan,
        isTopologyLeft: inout Bool
    ) async -> [String] {
        guard var own = plan.own.first(where: { $0.site == site.name }) else { return [] }
        own.queues.removeAll { $0.name == names.lock }
        own.policies.removeAll { $0 == names.lock }
        var left = await remove(own, of: site)
        isTopologyLeft = false
        if let declared = plan.declared[site.name], !declared.isEmpty {
            let applier = TopologyApplier(site.admin, virtualHost: site.virtualHost) { queue, type in
                (try? await site.liveMessages(of: queue, type: type)).flatMap(\.self)
            }
            let outcome = await applier.apply(declared)
            isTopologyLeft = !outcome.undone.isEmpty
            left += outcome.undone.map { "\($0.step.object.identity) of site '\(site.name)'\(Self.reason($0.end))" }
        }
        return left
    }

    private static func reason(_ end: TopologyOutcome.End) -> String {
        switch end {
        case .refused(let reason, _), .unknown(let reason): ": \(reason)"
        case .notTried: ": not tried"
        case .done: ""
        }
    }

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

    /// - Parameter keepingTopology: whether what tells of declared objects stays, so that the next run finds those left.
    private func removeRecords(of site: Site, keepingTopology: Bool) async -> [String] {
        do throws(ManagementError) {
            let all = try await site.admin.globalParameters().map(\.name).filter { $0.hasPrefix(names.recordPrefix) }
            for name in OwnObjects.ordered(all, prefix: names.recordPrefix) {
                if keepingTopology, name == names.declaredTopology { continue }
                try await site.admin.deleteGlobalParameter(name)
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

/// Why a pair could not be removed.
public struct PairRemovalError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Whether another process holds a lock.
    public var isLocked: Bool
    /// What happened.
    public var message: String
    /// What to do.
    public var hint: String

    public var description: String { "\(message); \(hint)" }
}
