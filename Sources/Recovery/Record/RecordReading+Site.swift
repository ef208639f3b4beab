import Leadership
import Management
import Relay

extension RecordReading {
    /// Reads the record of a site. Where there is none, it is looked whether the pair left objects there that are only
    /// made once there is a record.
    static func of(_ site: Site, pair: String) async -> RecordReading {
        let reading = await of(RecordStore(site: site, pair: pair))
        guard case .none = reading else { return reading }
        do throws(ManagementError) {
            let prefix = PairNames(pair: pair).recordPrefix
            let left = try await site.admin.queueTotals(virtualHost: site.virtualHost).map(\.name)
                .filter { name in name.hasPrefix(prefix) && lasting.contains { name.hasSuffix($0) } }
            return left.isEmpty ? .none : .lost(left.sorted())
        } catch {
            return .unreachable(
                RecordFault(
                    site: site.name,
                    summary: "there is no record, and whether the pair lived before could not be asked: \(error)",
                    hint: error.hint
                )
            )
        }
    }

    /// What routes and replays make, as the names of objects end.
    private static let lasting = [".capture", ".standby", ".cursor"]
}
