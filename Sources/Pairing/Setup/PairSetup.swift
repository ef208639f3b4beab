import ControlModel
import ErrorCodes
import Failover
import HTTPClient
import Management
import Relay
import RopewayConfiguration
import Topology

/// Sets up a pair whose configuration is known: looks at what is missing on the standby site, and declares it there.
///
/// Everything here may be broken off at any point and done again.
package struct PairSetup: Sendable {
    /// The pair.
    package let configuration: PairConfiguration
    private let sites: [String: Site]
    private let topology: PairTopology

    /// Creates the set-up of a pair. Whoever has it calls ``close()``.
    ///
    /// - Throws: ``OperationError`` where a password can't be read.
    package init(_ loaded: LoadedConfiguration, client: CurlClient) async throws(OperationError) {
        configuration = loaded.configuration
        var sites: [String: Site] = [:]
        do throws(SecretError) {
            for site in configuration.sites { sites[site.name] = try Site(site, client: client) }
        } catch {
            throw OperationError(.usage, code: .secretUnreadable, message: error.message, hint: error.hint)
        }
        self.sites = sites
        topology = try await PairTopology(loaded)
    }

    /// Closes its connections.
    package func close() async { await topology.close() }

    // MARK: Rights

    /// Tries what the pair's users need on both sites. Nothing is left on the brokers.
    package func rights() async -> [CheckFinding] {
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
        let lock = try? await site.management.queue(
            PairNames(pair: configuration.name).lock,
            virtualHost: site.virtualHost
        )
        if let fault = lock.flatMap({ SiteLock.fault(of: $0.totals) }) {
            return [
                CheckFinding(
                    .fail,
                    code: .lockUnusable,
                    subject: site.name,
                    message: fault,
                    hint: "delete it while nothing runs for the pair; it is declared again"
                )
            ]
        }
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
                        code: .permission,
                        subject: site.name,
                        message: error.message,
                        hint: error.hint
                    )
                ]
            case .unknown(let reason):
                return [
                    CheckFinding(
                        .fail,
                        code: .amqpUnreachable,
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

    /// Compares the standby site with the active one, by the record where there is one, else by the configuration.
    package func compare() async throws(OperationError) -> PairTopology.Finding {
        try await topology.compare(PairTopology.Request(), isForWriting: true)
    }

    /// Declares on the standby site what was found missing there.
    package func declare(_ finding: PairTopology.Finding) async throws(OperationError) -> TopologyReport {
        guard !finding.plan.isEmpty else { return finding.report }
        return try await topology.sync(PairTopology.Request(), shown: finding)
    }
}
