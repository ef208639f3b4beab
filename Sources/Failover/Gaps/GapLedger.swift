import FoundationEssentials
import Leadership
import Relay

/// All gaps of a pair, and what is known of its objects: as they are kept on the brokers, and how they change.
///
/// A value without clock and connections. Two copies that went different ways are merged by the gaps' ids; what was
/// acknowledged in one is acknowledged.
package struct GapLedger: Sendable, Hashable {
    /// More than so many are not kept; those that somebody took note of go first, the oldest before the others.
    package static let limit = 100

    package private(set) var gaps: [Gap] = []
    /// What was last seen, by ``key(site:route:role:)``.
    package private(set) var known: [String: KnownObjects] = [:]
    /// Which gap a hole belongs to that may be told of again, and what it counted.
    private var holes: [String: Hole] = [:]

    private struct Hole: Sendable, Hashable {
        var gap: String
        var count: Int?
        var end: Date?
    }

    /// Which of a route's objects on a site.
    package enum Role: String, Sendable, Hashable {
        case capture
        case store
    }

    package init(gaps: [Gap] = [], known: [String: KnownObjects] = [:]) {
        self.gaps = gaps
        self.known = known
    }

    /// The gaps that nobody took note of, the oldest first.
    package var open: [Gap] { gaps.filter(\.isOpen).sorted { ($0.from, $0.id) < ($1.from, $1.id) } }

    // MARK: Holes

    /// Takes a hole in. One of the same route, site and reason as an open gap makes that longer.
    ///
    /// A hole that has ended is not told of again with another end: that is another hole, although nothing is known to be
    /// whole since the same moment.
    package mutating func record(_ finding: GapFinding, at now: Date) {
        let start = finding.from.millisecondsSince1970
        let key = "\(finding.route) \(finding.reason.rawValue) \(finding.site) \(start)"
        let end = finding.to?.roundedToMilliseconds
        let known = holes[key].flatMap { $0.end == nil || $0.end == end ? $0 : nil }
        let same = gaps.firstIndex { $0.id == known?.gap ?? Self.id(finding) }.flatMap { index in
            known != nil || holes[key] == nil && !hasEnded(index, before: end ?? now) ? index : nil
        }
        let index =
            same
            ?? gaps.firstIndex {
                $0.isOpen && $0.route == finding.route && $0.site == finding.site
                    && $0.reason == finding.reason.rawValue
            }
        guard let index else {
            let gap = Gap(
                id: newID(finding, at: end ?? now),
                route: finding.route,
                site: finding.site,
                reason: finding.reason.rawValue,
                from: finding.from.roundedToMilliseconds,
                to: end,
                count: finding.count,
                times: 1,
                detail: finding.detail,
                changed: now.roundedToMilliseconds
            )
            gaps.append(gap)
            holes[key] = Hole(gap: gap.id, count: finding.count, end: end)
            bound()
            return
        }
        var gap = gaps[index]
        if same == nil { gap.times += 1 }
        gap.from = min(gap.from, finding.from.roundedToMilliseconds)
        gap.to = end.map { max($0, gap.to ?? .distantPast) }
        let counted = known?.count ?? (same == nil ? nil : gap.count)
        if let count = finding.count { gap.count = (gap.count ?? 0) + count - (counted ?? 0) }
        gap.detail = finding.detail
        gap.changed = now.roundedToMilliseconds
        gaps[index] = gap
        holes[key] = Hole(gap: gap.id, count: finding.count ?? counted, end: end)
    }

    /// Whether somebody took note of a gap that had ended by then, so that what ends later is another.
    private func hasEnded(_ index: Int, before end: Date) -> Bool {
        guard !gaps[index].isOpen, let last = gaps[index].to else { return false }
        return last < end
    }

    private func newID(_ finding: GapFinding, at end: Date) -> String {
        let id = Self.id(finding)
        guard gaps.contains(where: { $0.id == id }) else { return id }
        return "\(id).\(String(end.millisecondsSince1970, radix: 36))"
    }

    /// The id of the gap that a hole begins: the same whoever writes it down.
    private static func id(_ finding: GapFinding) -> String {
        let start = String(finding.from.millisecondsSince1970, radix: 36)
        return "\(finding.route).\(finding.reason.rawValue).\(finding.site).\(start)"
    }

    /// Takes note of all open gaps of a route.
    ///
    /// - Returns: of how many.
    @discardableResult
    package mutating func acknowledge(_ route: String, at now: Date) -> Int {
        var count = 0
        for index in gaps.indices where gaps[index].route == route && gaps[index].isOpen {
            gaps[index].acknowledged = now.roundedToMilliseconds
            gaps[index].changed = now.roundedToMilliseconds
            count += 1
        }
        return count
    }

    private mutating func bound() {
        while gaps.count > Self.limit {
            let oldest = gaps.indices.filter { !gaps[$0].isOpen }.min { gaps[$0].changed < gaps[$1].changed }
            gaps.remove(at: oldest ?? gaps.indices.min { gaps[$0].changed < gaps[$1].changed } ?? 0)
        }
    }

    // MARK: Known objects

    private static func key(site: String, route: String, role: Role) -> String { "\(site) \(route) \(role.rawValue)" }

    package func known(site: String, route: String, role: Role) -> KnownObjects? {
        known[Self.key(site: site, route: route, role: role)]
    }

    /// The routes whose stores were seen at a site in an epoch.
    package func seenStores(at site: String, epoch: Int) -> Set<String> {
        Set(
            known.compactMap { key, objects in
                let parts = key.split(separator: " ")
                guard parts.count == 3, parts[0] == site, parts[2] == Role.store.rawValue, objects.epoch == epoch else {
                    return nil
                }
                return String(parts[1])
            }
        )
    }

    /// Writes down what was seen. What differs only in when it was seen, or in what came meanwhile, is worth it from time
    /// to time.
    ///
    /// - Parameter always: whether it is written down whatever was before.
    /// - Returns: whether anything changed.
    package mutating func know(
        _ objects: KnownObjects,
        site: String,
        route: String,
        role: Role,
        always: Bool = false
    ) -> Bool {
        guard always || isDue(objects, site: site, route: route, role: role) else { return false }
        var written = objects
        written.seen = objects.seen.roundedToMilliseconds
        known[Self.key(site: site, route: route, role: role)] = written
        return true
    }

    /// For how many seconds what is known may be older than what was seen, where the end moved and where nothing did.
    private static let (ageOfEnd, ageOfLook) = (10.0, 30.0)

    /// Whether what was seen is worth writing down by itself.
    func isDue(_ objects: KnownObjects, site: String, route: String, role: Role) -> Bool {
        guard let before = known[Self.key(site: site, route: route, role: role)], before.isSame(as: objects) else {
            return true
        }
        return objects.seen.timeIntervalSince(before.seen)
            >= (before.end == objects.end ? Self.ageOfLook : Self.ageOfEnd)
    }

    // MARK: Merging

    /// Takes over what another copy has and this one has not, or has older.
    package mutating func merge(_ other: GapLedger) {
        for gap in other.gaps {
            guard let index = gaps.firstIndex(where: { $0.id == gap.id }) else {
                gaps.append(gap)
                continue
            }
            let own = gaps[index]
            if gap.changed > own.changed { gaps[index] = gap }
            gaps[index].acknowledged = own.acknowledged ?? gap.acknowledged
        }
        bound()
        known.merge(other.known) { $0.seen >= $1.seen ? $0 : $1 }
    }

    /// Whether what would be written is the same.
    package func isSame(as other: GapLedger) -> Bool {
        Set(gaps) == Set(other.gaps) && known == other.known
    }
}

extension GapLedger: Codable {
    /// The version of what is written.
    static let version = 1

    private enum CodingKeys: String, CodingKey {
        case version, gaps, known
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try container.requireVersion(Self.version, forKey: .version)
        gaps = try container.decode([Gap].self, forKey: .gaps)
        known = try container.decode([String: KnownObjects].self, forKey: .known)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.version, forKey: .version)
        try container.encode(gaps, forKey: .gaps)
        try container.encode(known, forKey: .known)
    }
}
