import ControlModel
import FoundationEssentials

extension PairMetrics {
    mutating func addPromotions() {
        metrics.add(.refusalsKnown, pair, report.checks != nil)
        metrics.add(.refusals, pair, report.checks?.count)
        addOperation()
        addSchedule()
    }

    private mutating func addOperation() {
        guard let operation = report.operation else { return }
        let labels = pair.with("site", operation.site).with("kind", operation.kind)
        metrics.add(.operationState, labels, state: operation.state)
        metrics.add(.operationStarted, labels, operation.started?.timeIntervalSince1970)
        metrics.add(.operationReplayed, labels, operation.replayed)
        metrics.add(.operationRemaining, labels, operation.remaining)
        addError(.operationError, labels, operation.error)
    }

    /// The next planned promotion of each site.
    private mutating func addSchedule() {
        let waiting = report.schedule.filter { $0.state == .waiting && $0.at != nil }
        for site in report.sites.keys.sorted() {
            let ofSite = waiting.filter { $0.site == site }
            guard let next = ofSite.min(by: { ($0.at ?? .distantFuture) < ($1.at ?? .distantFuture) }) else { continue }
            let labels = pair.with("site", site)
            metrics.add(.scheduleNext, labels, next.at?.timeIntervalSince1970)
            metrics.add(.scheduleLook, labels, next.look?.when.timeIntervalSince1970)
            metrics.add(.scheduleLookPassed, labels, next.look?.passed)
        }
    }
}
