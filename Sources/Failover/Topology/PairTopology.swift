import ControlModel
import ErrorCodes
import HTTPClient
import Leadership
import Management
import Relay
import RopewayConfiguration
import Topology

/// Compares and syncs the topology of a pair for one command, with no daemon and no lock: what is written goes to the
/// standby site alone, as the record says at that moment.
package struct PairTopology: Sendable {
    private let configuration: PairConfiguration
    private let client: CurlClient
    private let sites: [String: Site]

    /// What is compared.
    package struct Request: Sendable, Hashable {
        /// A file of definitions in place of the active site.
        package var file: String?
        /// The virtual host of the file; `nil` means that of the active site.
        package var fileVirtualHost: String?
        /// Whether users and permissions belong to it.
        package var includesUsers: Bool
        /// Whether what only the standby site has is to be deleted.
        package var prunes: Bool

        /// Creates a request.
        package init(
            file: String? = nil,
            fileVirtualHost: String? = nil,
            includesUsers: Bool = false,
            prunes: Bool = false
        ) {
            self.file = file
            self.fileVirtualHost = fileVirtualHost
            self.includesUsers = includesUsers
            self.prunes = prunes
        }
    }

    /// What was found, and what would be done about it.
    package struct Finding: Sendable {
        /// The comparison.
        package let comparison: TopologyComparison
        /// What would be done.
        package let plan: TopologyPlan
        /// The bindings of the standby site.
        let bindings: [BindingDefinition]
        let direction: TopologyDirection
        let pair: String

        /// As a report, of which nothing was done.
        package var report: TopologyReport { TopologyReport(pair: pair, direction, comparison) }
    }

    /// Creates access to a pair's sites.
    ///
    /// - Throws: ``OperationError`` where a password can't be read.
    package init(_ loaded: LoadedConfiguration) async throws(OperationError) {
        configuration = loaded.configuration
        client = CurlClient()
        do {
            sites = try PairEngine.makeSites(loaded.configuration, client)
        } catch {
            await client.shutdown()
            throw error
        }
    }

    /// Closes all connections.
    package func close() async { await client.shutdown() }

    /// Compares the standby site with the active one, or with a file, and changes nothing.
    ///
    /// - Parameter isForWriting: whether the standby site is to be changed then.
    package func compare(_ request: Request, isForWriting: Bool) async throws(OperationError) -> Finding {
        // A file that is broken is told before any site is asked.
        let file = try request.file.map { path throws(OperationError) in
            do throws(DefinitionsFileError) {
                return try DefinitionsFile(path: path)
            } catch {
                throw OperationError(error)
            }
        }
        let direction = try await direction(isForWriting: isForWriting)
        let sites = try self.sites(direction)
        let given = try file.map { file throws(OperationError) in
            do throws(DefinitionsFileError) {
                return try file.definitions(
                    virtualHost: request.fileVirtualHost ?? sites.active.virtualHost,
                    includesUsers: request.includesUsers
                )
            } catch {
                throw OperationError(error)
            }
        }
        let comparison = try await sites.compare(with: given, includesUsers: request.includesUsers)
        return Finding(
            comparison: comparison,
            plan: TopologyPlan(comparison, prunes: request.prunes),
            bindings: comparison.targetBindings,
            direction: direction,
            pair: configuration.name
        )
    }

    /// Does what was shown, as far as it is still so: everything is read again, and nothing is done that was not shown.
    package func sync(_ request: Request, shown: Finding) async throws(OperationError) -> TopologyReport {
        let found = try await compare(request, isForWriting: true)
        guard found.direction == shown.direction else {
            throw OperationError(
                .mismatch,
                code: .directionChanged,
                message:
                    "site '\(found.direction.active)' is active in epoch \(found.direction.epoch ?? 0) now, which it was "
                    + "not when this was shown; nothing was changed",
                hint: "compare again"
            )
        }
        let sites = try self.sites(found.direction)
        let watch = StandbyWatch(sites.standby, pair: configuration.name, direction: found.direction)
        let plan = found.plan.keeping(onlyOf: shown.plan).sparingWhatOthersUse(bindings: found.bindings)
        let outcome = await sites.apply(plan, of: found.comparison) { await watch.stop() }
        var report = found.report
        report.note(outcome, unshown: found.plan.steps.count - plan.steps.count)
        return report
    }

    private func sites(_ direction: TopologyDirection) throws(OperationError) -> TopologySites {
        guard let active = sites[direction.active], let standby = sites[direction.standby] else {
            throw OperationError(
                .mismatch,
                code: .unknownSite,
                message: "the active site '\(direction.active)' is not in the configuration; nothing was changed",
                hint: "name the sites as the record does"
            )
        }
        return TopologySites(pair: configuration.name, active: active, standby: standby)
    }

    private func direction(isForWriting: Bool) async throws(OperationError) -> TopologyDirection {
        let names = [configuration.firstSite.name, configuration.secondSite.name]
        guard let first = sites[names[0]], let second = sites[names[1]] else {
            preconditionFailure("a pair has a site for each of its names")
        }
        let records = RecordReader(pair: configuration.name)
        async let one = records.read(first)
        async let other = records.read(second)
        let view = RecordView((names[0], await one), (names[1], await other), configuredActive: configuration.active)
        return try TopologyDirection(
            view,
            sites: names,
            configuredActive: configuration.active,
            isForWriting: isForWriting
        )
    }
}
