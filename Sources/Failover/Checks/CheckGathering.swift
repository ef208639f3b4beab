import Leadership
import Management
import Notation
import Relay
import RopewayConfiguration
import Transport
import Waiting

/// Reads what checks judge by from both sites, and changes nothing there.
struct CheckGathering: Sendable {
    let pair: String
    let routes: [RouteConfiguration]
    let purpose: CheckPurpose
    /// For one look at a site's health.
    let healthTimeout: Duration

    /// How long a forced promotion waits for what the other site tells.
    static let otherSiteLimit = Duration.milliseconds(500)
    /// How many routes, or queues, are asked about at the same time: so many that they are answered together.
    private static let atOnce = 64
    /// For how many routes rights are tried at the same time, on a connection each.
    private static let triedAtOnce = 8
    /// How many queues behind one exchange are looked at.
    private static let mostQueues = 200

    /// What is asked of a site.
    private enum Role {
        case active, standby
    }

    /// Reads both sites at the same time, so that one that hangs holds up nothing of the other.
    func facts(active: Site, standby: Site, records: RecordView?) async -> CheckFacts {
        async let target = facts(standby, .standby)
        let other: SiteFacts
        if case .forced = purpose {
            other = await limited(active)
        } else {
            other = await facts(active, .active)
        }
        return CheckFacts(pair: pair, routes: routes, active: other, standby: await target, records: records)
    }

    /// The other site of a forced promotion: what it tells at once.
    private func limited(_ site: Site) async -> SiteFacts {
        let found = await withTaskGroup(of: SiteFacts?.self) { group in
            group.addTask { await facts(site, .active) }
            group.addTask {
                try? await Task.sleep(for: Self.otherSiteLimit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        if let found { return found }
        return SiteFacts(
            name: site.name,
            virtualHost: site.virtualHost,
            silence: "it did not answer within \(Self.otherSiteLimit.shown)"
        )
    }

    // MARK: A site

    private func facts(_ site: Site, _ role: Role) async -> SiteFacts {
        var facts = SiteFacts(name: site.name, virtualHost: site.virtualHost)
        facts.unencrypted = site.configuration.unencryptedPasswordEndpoints
        var triesRights = true
        if purpose == .check {
            let condition = await SiteProbe.once(site, timeout: healthTimeout)
            facts.condition = condition
            // A site whose management API does not answer has been named: nothing more is to be learnt of it.
            guard condition.management == .healthy || condition.management == .degraded else {
                facts.silence = "its management API is \(condition.management)"
                return facts
            }
            triesRights = condition.amqp == .ok
        }
        facts.presence = await .of { () throws(ManagementError) in try await site.virtualHostPresence() }
        if case .unknown(let reason) = facts.presence {
            facts.silence = reason
            return facts
        }
        guard facts.presence.value == .present else { return facts }
        await ask(site, into: &facts, triesRights: triesRights)
        let listed: Known<[QueueTotals]> = await .of { () throws(ManagementError) in
            try await site.management.queueTotals(virtualHost: site.virtualHost)
        }
        let leftovers = LeftoverGathering(pair: pair, configured: Set(routes.map(\.name)), site: site, listed: listed)
        facts.quarantines = leftovers.quarantines
        // Nothing is relayed from the other site of a forced promotion, and its answer is not waited for.
        if case .forced = purpose, role == .active {
            facts.orphans = .known([])
        } else {
            facts.orphans = await leftovers.orphans(withStores: role == .standby)
        }
        facts.routes = await routeFacts(site, role, triesRights: triesRights)
        let needsStreams = routes.contains(where: \.copiesStream)
        let mayUseStreams = !site.configuration.stream.isEmpty && routes.contains { $0.standby.type == .stream }
        facts.hasOnlyStoresOnStreams = !needsStreams
        if needsStreams || purpose == .check && mayUseStreams { facts.streamFault = await site.streamFault() }
        return facts
    }

    private func ask(_ site: Site, into facts: inout SiteFacts, triesRights: Bool) async {
        let host = site.virtualHost
        let lockName = PairNames(pair: pair).lock
        async let user: Known<User> = .of { () throws(ManagementError) in try await site.management.whoAmI() }
        async let admin: Known<User> = .of { () throws(ManagementError) in try await site.admin.whoAmI() }
        async let version: Known<BrokerVersion> = .of { () throws(ManagementError) in
            try await site.management.version()
        }
        async let policies: Known<[Policy]> = .of { () throws(ManagementError) in
            try await site.admin.policies(virtualHost: host)
        }
        async let operatorPolicies: Known<[Policy]> = .of { () throws(ManagementError) in
            try await site.admin.policies(.operatorPolicy, virtualHost: host)
        }
        async let lock: Known<QueueDetails?> = .of { () throws(ManagementError) in
            try await site.management.queue(lockName, virtualHost: host)
        }
        async let limit: Known<Int?> = .of { () throws(ManagementError) in
            try await site.management.limits(ofVirtualHost: host)[.queues].flatMap { $0 < 0 ? nil : $0 }
        }
        async let pauses: Known<PauseLedger?> = .of { () throws(RecordError) in
            try await MergedParameter(site: site, pair: pair).read()
        }
        facts.user = await user
        facts.admin = await admin
        facts.version = await version
        facts.policies = await policies
        facts.operatorPolicies = await operatorPolicies
        facts.lock = await lock
        facts.pauses = await pauses
        facts.queueLimit = await limit
        facts.nodes = await nodes(site)
        if case .known(.some) = facts.queueLimit {
            facts.queueNames = await .of { () throws(ManagementError) in
                Set(try await site.management.queueTotals(virtualHost: host).map(\.name))
            }
        }
        // A promotion holds the locks by then.
        if purpose == .check, triesRights {
            facts.lockRights = await site.tried(PairNames(pair: pair).rightsOfLock).map(\.answer)
        }
    }

    private func nodes(_ site: Site) async -> Result<Int, ManagementError> {
        do throws(ManagementError) {
            return .success(try await site.management.nodes().count)
        } catch {
            return .failure(error)
        }
    }

    // MARK: Routes

    private func routeFacts(_ site: Site, _ role: Role, triesRights: Bool) async -> [String: RouteFacts] {
        // A broker that did not say for one route does not for others: it is not waited for again and again.
        let isMute = Locked(!triesRights)
        let seen = await Self.each(routes, atOnce: Self.atOnce) { route in
            (route, await facts(of: route, site, role))
        }
        let found = await Self.each(seen, atOnce: Self.triedAtOnce) { route, facts in
            var facts = facts
            if case .known(let exchange?) = facts.exchange {
                await tryRights(of: route, exchange, site, role, isMute, into: &facts)
            }
            return (route.name, facts)
        }
        return Dictionary(found) { first, _ in first }
    }

    private func facts(
        of route: RouteConfiguration,
        _ site: Site,
        _ role: Role
    ) async -> RouteFacts {
        let host = site.virtualHost
        let names = ObjectNames(pair: pair, route: route.name)
        let exchange: Known<Exchange?> = await .of { () throws(ManagementError) in
            try await site.management.exchange(route.exchange, virtualHost: host)
        }
        async let capture = own(names.capture, site, isExpected: role == .active)
        async let store = own(names.standby, site, isExpected: role == .standby)
        var facts = RouteFacts(
            exchange: exchange,
            graph: .unknown("no exchange"),
            alternate: .known(nil),
            queues: .known([:]),
            capture: await capture,
            store: await store
        )
        guard case .known(let found?) = exchange else { return facts }
        facts.graph = await .of { () throws(ManagementError) in try await site.graph(from: found) }
        if role == .active { facts.alternate = await alternate(of: found, site) }
        if let graph = facts.graph.value { facts.queues = await queues(graph.queues, site) }
        return facts
    }

    /// A queue of Ropeway's. Where it is expected, the management API is not believed that it is not there.
    private func own(_ queue: String, _ site: Site, isExpected: Bool) async -> Known<QueueDetails?> {
        guard isExpected else {
            return await .of { () throws(ManagementError) in
                try await site.management.queue(queue, virtualHost: site.virtualHost)
            }
        }
        return await .of { () throws(TopologyError) in try await site.existingQueue(queue) }
    }

    private func alternate(of exchange: Exchange, _ site: Site) async -> Known<String?> {
        await .of { () throws(ManagementError) in
            guard let name = try await site.alternate(of: exchange),
                let alternate = try await site.management.exchange(name, virtualHost: site.virtualHost)
            else { return nil }
            return try await site.graph(from: alternate).leadsSomewhere(name) ? name : nil
        }
    }

    private func queues(_ names: Set<String>, _ site: Site) async -> Known<[String: QueueDetails?]> {
        guard names.count <= Self.mostQueues else {
            return .unknown("\(names.count) queues are too many to look at one by one")
        }
        let found = await Self.each(names.sorted(), atOnce: Self.atOnce) { name -> (String, Known<QueueDetails?>) in
            let queue: Known<QueueDetails?> = await .of { () throws(ManagementError) in
                try await site.management.queue(name, virtualHost: site.virtualHost)
            }
            return (name, queue)
        }
        var queues: [String: QueueDetails?] = [:]
        for (name, queue) in found {
            switch queue {
            case .known(let details): queues[name] = .some(details)
            case .unknown(let reason): return .unknown(reason)
            }
        }
        return .known(queues)
    }

    // MARK: Rights

    private func tryRights(
        of route: RouteConfiguration,
        _ exchange: Exchange,
        _ site: Site,
        _ role: Role,
        _ isMute: Locked<Bool>,
        into facts: inout RouteFacts
    ) async {
        let isPromoted = role == .standby || purpose == .check
        if case .forced = purpose, role == .active { return }
        guard !isMute.withLock({ $0 }) else { return }
        let names = ObjectNames(pair: pair, route: route.name)
        let ofRoute =
            role == .active
            ? names.rightsOfSource(exchange: exchange.name) : purpose == .check ? names.rightsOfStore : []
        let ofReplay = isPromoted ? names.rightsOfReplay(isInternal: exchange.isInternal) : []
        let answers = await site.tried(ofRoute + ofReplay + names.rightsOfQuarantine).map(\.answer)
        facts.routeRights = Array(answers.prefix(ofRoute.count))
        facts.replayRights = Array(answers.dropFirst(ofRoute.count).prefix(ofReplay.count))
        facts.quarantineRights = Array(answers.dropFirst(ofRoute.count + ofReplay.count))
        guard isPromoted, let bindings = facts.graph.value?.bindings else { return }
        do {
            let publishing = try await ReplayRights.probe(site, exchange: exchange, bindings: bindings, names: names)
            facts.publishing = .known(publishing)
            if case .unknown = publishing { isMute.withLock { $0 = true } }
        } catch {
            facts.publishing = .unknown("\(error)")
            isMute.withLock { $0 = true }
        }
    }

    /// Does something for each of a list, a few at the same time. The results come in any order.
    private static func each<Element: Sendable, Value: Sendable>(
        _ elements: [Element],
        atOnce: Int,
        _ body: @escaping @Sendable (Element) async -> Value
    ) async -> [Value] {
        await withTaskGroup(of: Value.self) { group in
            var results: [Value] = []
            for (index, element) in elements.enumerated() {
                if index >= atOnce, let result = await group.next() { results.append(result) }
                group.addTask { await body(element) }
            }
            for await result in group { results.append(result) }
            return results
        }
    }
}
