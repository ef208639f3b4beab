import Leadership
import Management
import Relay

/// Reads the records of a pair's sites, and compares them with what the pair left there.
///
/// Records can be removed, or set back by an import of old definitions; the objects beside them tell.
actor RecordReader {
    private let pair: String
    /// The epoch of each site's record that was compared with the site's objects.
    private var compared: [String: Int] = [:]

    /// What routes and replays make, as the names of objects end.
    private static let lasting = [".capture", ".standby", ".cursor"]
    /// How long another node than the one that took a record may show the one before (Khepri, RabbitMQ 4).
    private static let settlingTime = Duration.seconds(2)
    private static let settlingInterval = Duration.milliseconds(200)

    init(pair: String) { self.pair = pair }

    /// Reads the record of a site.
    func read(_ site: Site) async -> RecordReading {
        do throws(RecordError) {
            let found = try await RecordStore(site: site, pair: pair).readMarked()
            guard let record = found.record else { return await lookForRemains(at: site, found.marks) }
            return await compare(record, with: site)
        } catch {
            return RecordReading(error)
        }
    }

    /// Where there is no record, the pair may have left objects that are only made once there is one.
    private func lookForRemains(at site: Site, _ marks: SiteMarks) async -> RecordReading {
        do throws(ManagementError) {
            let prefix = PairNames(pair: pair).recordPrefix
            let left = try await site.admin.queueTotals(virtualHost: site.virtualHost).map(\.name)
                .filter { name in name.hasPrefix(prefix) && Self.lasting.contains { name.hasSuffix($0) } }
            guard left.isEmpty else { return .lost(left.sorted()) }
            return marks.areOfAnother(than: site.name) ? .unreadable(mistaken(site, marks)) : .none
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

    /// What was declared before the first record tells which site it is, so that a pair is not begun the other way round.
    private func mistaken(_ site: Site, _ marks: SiteMarks) -> RecordFault {
        let others = marks.sites.sorted().map { "'\($0)'" }.joined(separator: " and ")
        return RecordFault(
            site: site.name,
            summary:
                "there is no record yet, and what Ropeway declared at the broker that the configuration calls site "
                + "'\(site.name)' was declared for site \(others)",
            hint:
                "look at the addresses of both sites in the configuration; if they are right, delete the global parameter "
                + "\(PairNames(pair: pair).declaredTopology) there"
        )
    }

    /// A site whose stores were closed to an epoch was promoted in the next one, and had its record before that.
    private func compare(_ first: PairRecord, with site: Site) async -> RecordReading {
        guard compared[site.name] != first.epoch else { return .record(first) }
        let ended: Int?
        do throws(TopologyError) {
            ended = try await site.endedEpoch(of: pair)
        } catch {
            return .unreachable(
                RecordFault(
                    site: site.name,
                    summary:
                        "whether the record of epoch \(first.epoch) is the newest could not be asked: \(error.message)",
                    hint: error.hint
                )
            )
        }
        var record = first
        let limit = ContinuousClock.now + Self.settlingTime
        while let ended, record.epoch <= ended {
            guard .now < limit, (try? await Task.sleep(for: Self.settlingInterval)) != nil else {
                return .setBack(record, ended: ended, fault(record, ended, site))
            }
            // A promotion may have written it since.
            let again = await RecordReading.of(RecordStore(site: site, pair: pair))
            guard case .record(let newer) = again else { return again }
            record = newer
        }
        compared[site.name] = record.epoch
        return .record(record)
    }

    private func fault(_ record: PairRecord, _ ended: Int, _ site: Site) -> RecordFault {
        let lost = PairNames(pair: pair).record(epoch: ended + 1)
        return RecordFault(
            site: site.name,
            summary:
                "the newest record of site '\(site.name)' is of epoch \(record.epoch), and its stores were closed to epoch "
                + "\(ended) when it was promoted: the record of that promotion is gone, as after an import of older definitions",
            hint: "restore the global parameter \(lost), or a newer one, on one of the sites from an export"
        )
    }
}
