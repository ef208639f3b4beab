import ControlModel

extension GapReport {
    /// Creates a report of a gap.
    package init(_ gap: Gap) {
        self.init(
            id: gap.id,
            route: gap.route,
            site: gap.site,
            reason: gap.reason,
            from: gap.from,
            to: gap.to,
            count: gap.count,
            times: gap.times,
            detail: gap.detail
        )
    }
}
