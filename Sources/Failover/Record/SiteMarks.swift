import Management
import Relay

/// Which sites what the pair wrote at a broker was written for, by its global parameters: records, the lock's generation and
/// what was declared for applications each name theirs.
package struct SiteMarks: Sendable, Hashable {
    /// The names of the sites; empty where the pair wrote nothing there, or an earlier version did.
    package var sites: Set<String>

    /// Creates marks.
    package init(_ sites: Set<String>) { self.sites = sites }

    /// Reads the marks of a pair among the global parameters of a broker.
    package init(_ parameters: [GlobalParameter], pair: String) {
        let names = PairNames(pair: pair)
        let marked = parameters.filter { parameter in
            guard parameter.name.hasPrefix(names.recordPrefix) else { return false }
            return parameter.name == names.lockGeneration || parameter.name == names.declaredTopology
                || Int(parameter.name.dropFirst(names.recordPrefix.count)) != nil
        }
        sites = Set(marked.compactMap { $0.value["site"]?.string })
    }

    /// Whether everything there was written for other sites.
    package func areOfAnother(than site: String) -> Bool { !sites.isEmpty && !sites.contains(site) }

    /// Why a configuration can't be that of the brokers; `nil` where nothing speaks against it.
    ///
    /// Definitions that are copied from one site to the other bring that one's marks along, so that a site with the other's
    /// is no mistake as long as the other one has its own.
    ///
    /// - Parameter marks: of the sites that were asked, by the names that the configuration has for them.
    package static func mistake(in marks: [String: SiteMarks]) -> String? {
        for (site, found) in marks.sorted(by: { $0.key < $1.key }) where found.areOfAnother(than: site) {
            let isCopy = marks.contains { $0.key != site && $0.value.sites.contains($0.key) }
            if isCopy, found.sites.isSubset(of: marks.keys) { continue }
            let others = found.sites.sorted().map { "'\($0)'" }.joined(separator: " and ")
            return
                "what the pair wrote at the broker that the configuration calls site '\(site)' was written for site \(others)"
        }
        return nil
    }
}
