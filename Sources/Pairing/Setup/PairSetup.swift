import HTTPClient
import Leadership
import Management
import Recovery
import Relay
import RopewayConfiguration
import Topology

/// Sets up a pair whose configuration is known: looks at what is missing on the standby site, and declares it there.
///
/// Everything here may be broken off at any point and done again.
public struct PairSetup: Sendable {
    /// The pair.
    public let configuration: PairConfiguration
    private let sites: [String: Site]

    /// Creates the set-up of a pair.
    ///
    /// - Throws: `SecretError` where a password can't be read.
    public init(_ configuration: PairConfiguration, client: CurlClient) throws(SecretError) {
        self.configuration = configuration
        var sites: [String: Site] = [:]
        for site in configuration.sites { sites[site.name] = try Site(site, client: client) }
        self.sites = sites
    }

    /// What is copied, and from where to where.
    public struct Comparison: Sendable {
        /// The site that applications use: by the record, where there is one, else by the configuration.
        public var active: String
        /// The other one.
        public var standby: String
        /// What differs.
        public var topology: TopologyComparison
        /// What makes it alike, as far as that is possible. Nothing is deleted.
        public var plan: TopologyPlan
    }

    /// Compares the standby site with the active one.
    public func compare() async throws(PairSetupError) -> Comparison {
        let activeName = try await active()
        guard let active = sites[activeName], let standby = configuration.site(oppositeTo: activeName),
            let standbySite = sites[standby.name]
        else { throw PairSetupError("site '\(activeName)' is not in the configuration", hint: "correct active") }
        let source = try await definitions(of: active)
        let target = try await definitions(of: standbySite)
        let topology = TopologyComparison(source: source, target: target, ownUsers: ownUsers)
        return Comparison(
            active: activeName,
            standby: standby.name,
            topology: topology,
            plan: TopologyPlan(topology)
        )
    }

    /// Who Ropeway works as.
    private var ownUsers: Set<String> {
        Set(configuration.sites.flatMap { [$0.credentials?.username, $0.admin?.username].compactMap(\.self) })
    }

    private func definitions(of site: Site) async throws(PairSetupError) -> Definitions {
        do throws(ManagementError) {
            return try await DefinitionsReader(
                site.admin,
                virtualHost: site.virtualHost,
                name: "site '\(site.name)'"
            ).read()
        } catch {
            throw PairSetupError("what site '\(site.name)' defines can't be read: \(error)", hint: error.hint)
        }
    }

    /// The site that is active: the record of the highest epoch says so, else the configuration.
    private func active() async throws(PairSetupError) -> String {
        var newest: (epoch: Int, active: String)?
        for site in configuration.sites {
            guard let place = sites[site.name] else { continue }
            do throws(RecordError) {
                guard let record = try await RecordStore(site: place, pair: configuration.name).read() else { continue }
                guard record.operation == nil else {
                    throw RecordError(.malformed("an operation is under way"), site: site.name, parameter: "")
                }
                if record.epoch > newest?.epoch ?? 0 { newest = (record.epoch, record.active) }
            } catch {
                throw PairSetupError(
                    "the record of site '\(site.name)' can't be followed: \(error.summary)",
                    hint: "look at ropeway status, and let a promotion that is under way end first"
                )
            }
        }
        return newest?.active ?? configuration.active
    }

    // MARK: Rights

    /// Tries what the pair's users need on both sites. Nothing is left on the brokers.
    public func rights() async -> [CheckFinding] {
        await withTaskGroup(of: [CheckFinding].self) { group in
            for site in configuration.sites {
                guard let place = sites[site.name] else { continue }
                group.addTask { await rights(on: place) }
            }
            var findings: [CheckFinding] = []
            for await found in group { findings += found }
            return findings.sorted { ($0.subject ?? "") < ($1.subject ?? "") }
        }
    }

    private func rights(on site: Site) async -> [CheckFinding] {
        var wanted = PairNames(pair: configuration.name).rightsOfLock
        if let route = configuration.routes.first {
            let names = ObjectNames(pair: configuration.name, route: route.name)
            wanted += names.rightsOfStore + [.declareQueue(names.capture), .declareQueue(names.quarantine)]
        }
        for right in await site.tried(wanted) {
            switch right.answer {
            case .granted: continue
            case .refused(let error):
                return [
                    CheckFinding(
                        .fail,
                        code: "permission",
                        subject: site.name,
                        message: error.message,
                        hint: error.hint
                    )
                ]
            case .unknown(let reason):
                return [
                    CheckFinding(
                        .fail,
                        code: "amqp-unreachable",
                        subject: site.name,
                        message: "no AMQP connection could be had: \(reason)",
                        hint: "check the AMQP address and port, the user and the virtual host"
                    )
                ]
            }
        }
        return []
    }

    // MARK: Declaring

    /// Declares on the standby site what the plan has, after having written down there what it will be.
    ///
    /// - Throws: ``PairSetupError`` where that can't be written; nothing has changed then.
    public func declare(_ comparison: Comparison) async throws(PairSetupError) -> TopologyOutcome {
        guard !comparison.plan.isEmpty, let site = sites[comparison.standby] else { return TopologyOutcome() }
        let store = CreatedTopologyStore(site: site, pair: configuration.name)
        do throws(ManagementError) {
            try await store.add(CreatedTopology(comparison.plan))
        } catch {
            throw PairSetupError(
                "what is about to be created could not be written down at site '\(site.name)': \(error)",
                hint: error.hint
            )
        }
        let applier = TopologyApplier(
            site.admin,
            virtualHost: site.virtualHost,
            defaultQueueType: comparison.topology.target.defaultQueueType
        )
        return await applier.apply(comparison.plan)
    }
}

/// Why a pair could not be set up.
public struct PairSetupError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened, and what was and was not changed.
    public var message: String
    /// What to do.
    public var hint: String

    /// Creates an error.
    public init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }

    public var description: String { "\(message); \(hint)" }
}

/// The parameter at a site that tells which objects pairing created there.
struct CreatedTopologyStore: Sendable {
    let api: ManagementAPI
    let parameter: String

    init(site: Site, pair: String) {
        api = site.admin
        parameter = PairNames(pair: pair).createdTopology
    }

    func read() async throws(ManagementError) -> CreatedTopology? {
        try await api.globalParameter(parameter).flatMap { CreatedTopology($0) }
    }

    func add(_ created: CreatedTopology) async throws(ManagementError) {
        var all = try await read() ?? CreatedTopology()
        let before = all
        all.formUnion(created)
        if all != before { try await api.putGlobalParameter(parameter, value: all.json) }
    }

    func remove() async throws(ManagementError) { try await api.deleteGlobalParameter(parameter) }
}
