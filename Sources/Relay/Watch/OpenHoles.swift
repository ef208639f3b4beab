#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A hole that a detector has found and that goes on, or is being told of.
struct Hole: Sendable {
    var from: Date
    var count: Int?
    var detail: String
}

/// The holes of a route's capture or store that go on, by their reasons, and how they are told of.
struct OpenHoles: Sendable {
    let route: String
    let site: String
    private var holes: [GapReason: Hole] = [:]

    init(route: String, site: String) {
        self.route = route
        self.site = site
    }

    subscript(_ reason: GapReason) -> Hole? {
        get { holes[reason] }
        set { holes[reason] = newValue }
    }

    /// Opens a hole, and tells of it.
    mutating func begin(_ reason: GapReason, _ hole: Hole, _ findings: inout [GapFinding]) {
        holes[reason] = hole
        findings.append(finding(reason, hole, to: nil))
    }

    /// Ends a hole, and tells of it with its end; without one of that reason, nothing changes.
    mutating func close(_ reason: GapReason, at end: Date, _ findings: inout [GapFinding]) {
        guard let hole = holes.removeValue(forKey: reason) else { return }
        findings.removeAll { $0.reason == reason && $0.from == hole.from && $0.to == nil }
        findings.append(finding(reason, hole, to: end))
    }

    func finding(_ reason: GapReason, _ hole: Hole, to end: Date?) -> GapFinding {
        GapFinding(
            route: route,
            site: site,
            reason: reason,
            from: hole.from,
            to: end,
            count: hole.count,
            detail: hole.detail
        )
    }
}
