import ControlModel
import FoundationEssentials

extension PairMetrics {
    mutating func addSites() {
        for (name, site) in report.sites.sorted(by: { $0.key < $1.key }) {
            let labels = pair.with("site", name)
            addRole(name, labels)
            metrics.add(.siteHealthKnown, labels, site.health != nil)
            metrics.add(.siteHealth, labels, state: site.health)
            addError(.siteError, labels, site.error)
            metrics.add(.siteObserved, labels, site.asOf?.timeIntervalSince1970)
            if let version = site.version { metrics.add(.siteInfo, labels.with("version", version), 1) }
            metrics.add(.siteClockKnown, labels, site.clockOffset != nil)
            metrics.add(.siteClock, labels, site.clockOffset)
            addChecks(site.checks, labels)
        }
    }

    private mutating func addRole(_ site: String, _ labels: MetricLabels) {
        guard let active = report.active else { return }
        metrics.add(.activeSite, labels, site == active)
        metrics.add(.siteRole, labels.with("role", "active"), site == active)
        metrics.add(.siteRole, labels.with("role", "standby"), site == report.standby)
    }

    private mutating func addChecks(_ checks: [NodeCheckReport], _ labels: MetricLabels) {
        // A check that this version of the broker does not have says nothing.
        let made = checks.filter { $0.status != .unsupported }
        let shown = made.prefix(bounds.checks)
        metrics.add(.siteChecksLeftOut, labels, made.count - shown.count)
        for check in shown {
            let labels = labels.with("node", check.node).with("check", check.name)
            metrics.add(.siteCheckKnown, labels, check.status != .unknown)
            if check.status != .unknown { metrics.add(.siteCheck, labels, check.status == .ok) }
        }
    }
}
