import ControlModel
import Failover
import Topology

/// What `ropeway unpair` and `ropeway route remove` found and did.
package struct RemovalReport: Sendable, Hashable, Codable {
    /// What goes from one site.
    package struct Site: Sendable, Hashable, Codable {
        /// The site.
        package var site: String
        /// Ropeway's own objects, such as `queue 'ropeway.shop.lock'`.
        package var objects: [String]
        /// What Ropeway declared for applications.
        package var declared: [String]
        /// What it declared and stays.
        package var kept: [Kept]
        /// Whether what stays is remembered at the site, so that the next run takes what may go by then.
        package var remembersKept: Bool

        enum CodingKeys: String, CodingKey {
            case site, objects, declared, kept
            case remembersKept = "remembers_kept"
        }
    }

    /// An object that stays.
    package struct Kept: Sendable, Hashable, Codable {
        /// The object.
        package var object: String
        /// Why it stays.
        package var reason: String
    }

    /// The pair.
    package var pair: String
    /// The route; `nil` for the whole pair.
    @OrNull package var route: String?
    /// What goes.
    package var sites: [Site]
    /// What would be lost.
    package var findings: [CheckFinding]
    /// Whether it was done.
    package var wasRemoved = false
    /// What could not be removed.
    package var left: [String] = []

    enum CodingKeys: String, CodingKey {
        case pair, route, sites, findings, left
        case wasRemoved = "was_removed"
    }

    /// Creates the report of a plan.
    package init(pair: String, route: String? = nil, _ plan: RemovalPlan) {
        self.pair = pair
        self.route = route
        sites = plan.own.map { own in
            let declared = plan.declared[own.site]
            return Site(
                site: own.site,
                objects: own.names,
                declared: declared?.plan.steps.map(\.object.identity.description) ?? [],
                kept: declared?.kept.map { Kept(object: $0.object, reason: $0.reason) } ?? [],
                remembersKept: declared?.memory() != nil
            )
        }
        findings = plan.findings
    }

    /// How the command exits.
    package var exitCode: ExitCode {
        if !left.isEmpty { return .incomplete }
        return !wasRemoved && findings.contains { $0.verdict == .fail } ? .preconditionFailed : .done
    }
}
