import ControlModel
import ErrorCodes
import Failover
import Leadership
import Management
import Relay
import Topology

/// Reads what the sites of a pair tell before it, or one of its routes, is taken off them. It changes nothing.
struct RemovalLook: Sendable {
    let pair: String
    let sites: [Site]

    private var names: PairNames { PairNames(pair: pair) }

    /// What each site has of the whole pair.
    func remains() async throws(OperationError) -> [SiteRemains] {
        var remains = try await remains(prefix: names.recordPrefix, parameters: true)
        for (index, site) in sites.enumerated() { remains[index].declared = try await declared(on: site) }
        // The other site's as well, which they are compared with.
        guard remains.contains(where: { $0.declared != nil }) else { return remains }
        for (index, site) in sites.enumerated() {
            remains[index].definitions = try await reading("what site '\(site.name)' defines") {
                () throws(ManagementError) in
                try await DefinitionsReader(site.admin, virtualHost: site.virtualHost, name: "site '\(site.name)'")
                    .read()
            }
        }
        return remains
    }

    /// What each site has of a route.
    func remains(ofRoute route: String) async throws(OperationError) -> [SiteRemains] {
        try await remains(prefix: names.recordPrefix + route + ".", parameters: false)
    }

    private func remains(prefix: String, parameters: Bool) async throws(OperationError) -> [SiteRemains] {
        var found: [SiteRemains] = []
        for site in sites {
            var remains: SiteRemains
            do throws(ManagementError) {
                remains = SiteRemains(own: try await OwnObjects.read(site, prefix: prefix, parameters: parameters))
                let all = try await site.admin.globalParameters()
                remains.marks = SiteMarks(all, pair: pair)
                remains.otherPairs = Set(all.compactMap { Self.pair(of: $0.name) }).subtracting([pair])
                let lock = try await site.management.queue(names.lock, virtualHost: site.virtualHost)
                remains.lockFault = lock.flatMap { SiteLock.fault(of: $0.totals) }
            } catch {
                throw OperationError(
                    .failed,
                    code: .notRead,
                    message: "what site '\(site.name)' has can't be read: \(error); nothing was changed",
                    hint: "\(error.hint); where the site is gone for good, say --gone \(site.name)"
                )
            }
            remains.record = try await record(of: site)
            found.append(remains)
        }
        return found
    }

    /// The pair that a global parameter is one of; `nil` for none.
    private static func pair(of parameter: String) -> String? {
        let parts = parameter.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0] == "ropeway" ? String(parts[1]) : nil
    }

    private func record(of site: Site) async throws(OperationError) -> PairRecord? {
        do throws(RecordError) {
            return try await RecordStore(site: site, pair: pair).read()
        } catch {
            switch error.kind {
            case .malformed, .unknownVersion: return nil
            default:
                throw OperationError(
                    .failed,
                    code: .notRead,
                    message: "the record of site '\(site.name)' can't be read: \(error.summary); nothing was changed",
                    hint: "where the site is gone for good, say --gone \(site.name)"
                )
            }
        }
    }

    private func declared(on site: Site) async throws(OperationError) -> DeclaredTopology? {
        let found = try await reading("what was declared on site '\(site.name)'") { () throws(ManagementError) in
            try await DeclaredTopologyStore(site: site, pair: pair).read()
        }
        guard let found, found.virtualHost != site.virtualHost else { return found }
        throw OperationError(
            .held,
            code: .anotherVirtualHost,
            message:
                "the pair of this name at site '\(site.name)' is in virtual host '\(found.virtualHost)'; nothing was changed",
            hint: "look at the site's vhost and at the name of the pair in the configuration"
        )
    }

    private func reading<Value>(
        _ what: String,
        _ body: () async throws(ManagementError) -> Value
    ) async throws(OperationError) -> Value {
        do throws(ManagementError) {
            return try await body()
        } catch {
            throw OperationError(
                .failed,
                code: .notRead,
                message: "\(what) can't be read: \(error.reason); nothing was changed",
                hint: error.hint
            )
        }
    }
}
