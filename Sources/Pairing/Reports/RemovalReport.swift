import Recovery
import Topology

/// What `ropeway unpair` and `ropeway route remove` found and did.
public struct RemovalReport: Sendable, Hashable, Codable {
    /// What goes from one site.
    public struct Site: Sendable, Hashable, Codable {
        /// The site.
        public var site: String
        /// Ropeway's own objects, such as `queue 'ropeway.shop.lock'`.
        public var objects: [String]
        /// What Ropeway declared for applications.
        public var declared: [String]
        /// What it declared and stays.
        public var kept: [Kept]
        /// Whether what stays is remembered at the site, so that the next run takes what may go by then.
        public var remembersKept: Bool

        enum CodingKeys: String, CodingKey {
            case site, objects, declared, kept
            case remembersKept = "remembers_kept"
        }
    }

    /// An object that stays.
    public struct Kept: Sendable, Hashable, Codable {
        /// The object.
        public var object: String
        /// Why it stays.
        public var reason: String
    }

    /// The pair.
    public var pair: String
    /// The route; `nil` for the whole pair.
    @OrNull public var route: String?
    /// What goes.
    public var sites: [Site]
    /// What would be lost.
    public var findings: [CheckFinding]
    /// Whether it was done.
    public var wasRemoved = false
    /// What could not be removed.
    public var left: [String] = []

    enum CodingKeys: String, CodingKey {
        case pair, route, sites, findings, left
        case wasRemoved = "was_removed"
    }

    /// Creates the report of a plan.
    public init(pair: String, route: String? = nil, _ plan: RemovalPlan) {
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
    public var exitCode: ExitCode {
        if !left.isEmpty { return .incomplete }
        return !wasRemoved && findings.contains { $0.verdict == .fail } ? .preconditionFailed : .done
    }
}
