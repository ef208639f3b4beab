import Recovery
import RopewayConfiguration
import Topology

/// What `ropeway pair` found, proposes and did.
public struct PairingReport: Sendable, Hashable, Codable {
    /// A route of the configuration.
    public struct Route: Sendable, Hashable, Codable {
        /// Its name.
        public var name: String
        /// Its exchange.
        public var exchange: String
        /// The queues that it leads to; `nil` where the configuration was there before.
        @OrNull public var queues: [String]?
    }

    /// An exchange that can't be captured.
    public struct Uncaptured: Sendable, Hashable, Codable {
        /// The exchange.
        public var exchange: String
        /// Why.
        public var reason: String
        /// What to do.
        public var hint: String
    }

    /// What is declared on the standby site.
    public struct Change: Sendable, Hashable, Codable {
        /// What is done: `create` or `change`.
        public var action: String
        /// The object, such as `queue 'orders'`.
        public var object: String
        /// `done`, `refused`, `unknown` or `not_tried`; `nil` before it is done.
        @OrNull public var end: String?
        /// Why it was not done.
        @OrNull public var reason: String?
    }

    /// The pair's name.
    public var pair: String
    /// The configuration file.
    public var configuration: String
    /// Whether that was written now; it was there before otherwise, or is not to be written.
    public var wasWritten = false
    /// The site that is active.
    public var active: String
    /// The routes.
    public var routes: [Route] = []
    /// What can't be captured.
    public var uncaptured: [Uncaptured] = []
    /// What was found on the way to the proposal.
    public var findings: [CheckFinding] = []
    /// What is or was declared on the standby site.
    public var changes: [Change] = []
    /// What differs and can't be made alike, in words.
    public var conflicts: [String] = []
    /// What to know about the topology.
    public var warnings: [String] = []
    /// What `check` said at the end; `nil` where it did not get that far.
    @OrNull public var check: CheckReport?
    /// The commands that come next.
    public var next: [String] = []

    enum CodingKeys: String, CodingKey {
        case pair, configuration, active, routes, uncaptured, findings, changes, conflicts, warnings, check, next
        case wasWritten = "was_written"
    }

    /// Creates a report.
    public init(pair: String, configuration: String, active: String) {
        self.pair = pair
        self.configuration = configuration
        self.active = active
    }

    /// Takes a proposal in.
    public mutating func take(_ proposal: PairProposal) {
        findings += proposal.findings
        routes = proposal.routes.map { Route(name: $0.name, exchange: $0.exchange, queues: $0.queues) }
        uncaptured = proposal.uncaptured.map { Uncaptured(exchange: $0.exchange, reason: $0.reason, hint: $0.hint) }
    }

    /// Takes the routes of a configuration in that was there before.
    public mutating func take(_ configuration: PairConfiguration) {
        routes = configuration.routes.map { Route(name: $0.name, exchange: $0.exchange, queues: nil) }
    }

    /// Takes in what is to be declared.
    public mutating func take(_ comparison: PairSetup.Comparison) {
        active = comparison.active
        changes = comparison.plan.steps.map {
            Change(action: $0.action.rawValue, object: $0.object.identity.description, end: nil, reason: nil)
        }
        let impossible = comparison.topology.differences(.conflict) + comparison.topology.differences(.notPossible)
        conflicts = impossible.map { difference in
            let properties = difference.properties.map(\.description).joined(separator: ", ")
            let reason = difference.reason ?? "it is there with \(properties), which can't be changed"
            return "\(difference.object): \(reason)"
        }
        warnings = comparison.topology.warnings.map { warning in
            let names = warning.objects.prefix(3).map(\.description).joined(separator: ", ")
            let more = warning.objects.count > 3 ? " and \(warning.objects.count - 3) more" : ""
            return warning.objects.isEmpty ? warning.message : "\(warning.message): \(names)\(more)"
        }
    }

    /// Takes in what came of it.
    public mutating func take(_ outcome: TopologyOutcome) {
        changes = outcome.results.map { result in
            var change = Change(
                action: result.step.action.rawValue,
                object: result.step.object.identity.description,
                end: nil,
                reason: nil
            )
            switch result.end {
            case .done: change.end = "done"
            case .refused(let reason, _): (change.end, change.reason) = ("refused", reason)
            case .unknown(let reason): (change.end, change.reason) = ("unknown", reason)
            case .notTried: change.end = "not_tried"
            }
            return change
        }
    }

    /// How the command exits.
    public var exitCode: ExitCode {
        if findings.contains(where: { $0.verdict == .fail }) { return .preconditionFailed }
        if changes.contains(where: { $0.end != nil && $0.end != "done" }) { return .incomplete }
        return check?.exitCode ?? .done
    }
}
