import ControlModel
import Failover
import RopewayConfiguration
import Topology

/// What `ropeway pair` found, proposes and did.
package struct PairingReport: Sendable, Hashable, Codable {
    /// A route of the configuration.
    package struct Route: Sendable, Hashable, Codable {
        /// Its name.
        package var name: String
        /// Its exchange.
        package var exchange: String
        /// The queues that it leads to; `nil` where the configuration was there before.
        @OrNull package var queues: [String]?
    }

    /// An exchange that can't be captured.
    package struct Uncaptured: Sendable, Hashable, Codable {
        /// The exchange.
        package var exchange: String
        /// Why.
        package var reason: String
        /// What to do.
        package var hint: String
    }

    /// The pair's name.
    package var pair: String
    /// The configuration file.
    package var configuration: String
    /// Whether that was written now; it was there before otherwise, or is not to be written.
    package var wasWritten = false
    /// The site that is active.
    package var active: String
    /// The routes.
    package var routes: [Route] = []
    /// What can't be captured.
    package var uncaptured: [Uncaptured] = []
    /// What was found on the way to the proposal.
    package var findings: [CheckFinding] = []
    /// How the standby site differs from the active one, and what was declared there; `nil` where it did not get that far.
    @OrNull package var topology: TopologyReport?
    /// What `check` said at the end; `nil` where it did not get that far.
    @OrNull package var check: CheckReport?
    /// The commands that come next.
    package var next: [String] = []

    enum CodingKeys: String, CodingKey {
        case pair, configuration, active, routes, uncaptured, findings, topology, check, next
        case wasWritten = "was_written"
    }

    /// Creates a report.
    package init(pair: String, configuration: String, active: String) {
        self.pair = pair
        self.configuration = configuration
        self.active = active
    }

    /// Takes a proposal in.
    package mutating func take(_ proposal: PairProposal) {
        findings += proposal.findings
        routes = proposal.routes.map { Route(name: $0.name, exchange: $0.exchange, queues: $0.queues) }
        uncaptured = proposal.uncaptured.map { Uncaptured(exchange: $0.exchange, reason: $0.reason, hint: $0.hint) }
    }

    /// Takes the routes of a configuration in that was there before.
    package mutating func take(_ configuration: PairConfiguration) {
        routes = configuration.routes.map { Route(name: $0.name, exchange: $0.exchange, queues: nil) }
    }

    /// Takes in how the standby site differs, and what was declared there.
    package mutating func take(_ topology: TopologyReport) {
        active = topology.active
        self.topology = topology
    }

    /// Whether something is to be declared, and is not yet.
    package var hasChanges: Bool {
        guard let topology, topology.sync == nil else { return false }
        return topology.count(.missing) + topology.count(.changed) > 0
    }

    /// Whether anything was changed, as far as is known.
    private var hasChanged: Bool {
        guard let sync = topology?.sync else { return wasWritten }
        return wasWritten || sync.error != nil || sync.done.values.contains { $0 > 0 }
    }

    /// How the command exits.
    package var exitCode: ExitCode {
        if findings.contains(where: { $0.verdict == .fail }) { return .preconditionFailed }
        let sync = topology?.sync
        let isRefused = sync.map { !$0.refused.isEmpty || $0.error != nil || $0.notTried > 0 } ?? false
        guard isRefused || check?.passed == false else { return .done }
        return hasChanged ? .incomplete : .preconditionFailed
    }
}
