import ControlModel
import Leadership
import Management
import Relay
import RopewayConfiguration
import Topology

/// Reads and writes the topology of a pair's sites: what the command and the daemon have in common.
struct TopologySites: Sendable {
    let active: Site
    let standby: Site
    /// Both sites' users of Ropeway, which are never copied.
    let ownUsers: Set<String>
    private let pair: String

    /// Lists of a large site take long, and so does a broker that is busy declaring.
    private static let timeouts = ManagementTimeouts(request: .seconds(30), call: .seconds(60))

    init(pair: String, active: Site, standby: Site) {
        self.pair = pair
        self.active = active
        self.standby = standby
        ownUsers = Set([active, standby].flatMap(\.configuration.ownUsers))
    }

    /// Compares the standby site with the active one, or with a file in its place.
    func compare(
        with given: Definitions? = nil,
        includesUsers: Bool
    ) async throws(OperationError) -> TopologyComparison {
        let source: Definitions
        let target: Definitions
        if let given {
            source = given
            target = try await read(standby, includesUsers)
        } else {
            // Side by side, so that a site that hangs takes its time once.
            async let here = result(active, includesUsers)
            async let there = result(standby, includesUsers)
            let both = (await here, await there)
            source = try both.0.get()
            target = try both.1.get()
        }
        return TopologyComparison(source: source, target: target, ownUsers: ownUsers)
    }

    private func result(_ site: Site, _ includesUsers: Bool) async -> Result<Definitions, OperationError> {
        do throws(OperationError) {
            return .success(try await read(site, includesUsers))
        } catch {
            return .failure(error)
        }
    }

    private func read(_ site: Site, _ includesUsers: Bool) async throws(OperationError) -> Definitions {
        let api = site.admin.with(timeouts: Self.timeouts)
        let reader = DefinitionsReader(api, virtualHost: site.virtualHost, name: "site '\(site.name)'")
        do {
            return try await reader.read(includesUsers: includesUsers)
        } catch {
            throw OperationError(error, reading: site.name, includesUsers: includesUsers)
        }
    }

    /// Does what a plan says at the standby site.
    func apply(
        _ plan: TopologyPlan,
        of comparison: TopologyComparison,
        while mayGoOn: TopologyApplier.Guard
    ) async -> TopologyOutcome {
        let standby = standby
        do throws(ManagementError) {
            // Before anything is declared, so that what is left of a process that was killed is known as well.
            try await DeclaredTopologyStore(site: standby, pair: pair).add(plan)
        } catch {
            return TopologyOutcome(
                results: plan.steps.map { TopologyOutcome.Result($0, .notTried) },
                stop: TopologyOutcome.Stop(
                    reason: "what is about to be declared could not be written down: \(error)",
                    hint: error.hint
                )
            )
        }
        let applier = TopologyApplier(
            standby.admin.with(timeouts: Self.timeouts),
            virtualHost: standby.virtualHost,
            defaultQueueType: comparison.target.defaultQueueType,
            liveDepth: { queue, type in
                (try? await standby.liveMessages(of: queue, type: type)).flatMap(\.self)
            }
        )
        return await applier.apply(plan, while: mayGoOn)
    }
}

extension SiteConfiguration {
    /// The users that Ropeway works as at the site.
    fileprivate var ownUsers: [String] {
        [credentials?.username, admin?.username, managementCredentials.username].compactMap { $0 }
    }
}
