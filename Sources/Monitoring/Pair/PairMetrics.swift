import ControlModel
import ErrorCodes
import FoundationEssentials

/// Makes metrics from what `status` reports: both have the same numbers.
package struct PairMetrics: Sendable {
    let report: StatusReport
    let version: String
    let bounds: MetricBounds
    /// The label that all series of the pair have.
    let pair: MetricLabels
    var metrics = MetricSet()

    /// The metrics of a report.
    ///
    /// - Parameter version: of the program.
    package static func metrics(
        of report: StatusReport,
        version: String,
        bounds: MetricBounds = MetricBounds()
    ) -> MetricSet {
        var maker = Self(report: report, version: version, bounds: bounds, pair: MetricLabels("pair", report.pair))
        maker.addPair()
        maker.addRoutes()
        maker.addShovels()
        maker.addSites()
        maker.addPromotions()
        maker.addTopology()
        return maker.metrics
    }

    private mutating func addPair() {
        metrics.add(.buildInfo, pair.with("version", version), 1)
        metrics.add(.reportTimestamp, pair, report.asOf?.timeIntervalSince1970)
        metrics.add(.recordKnown, pair, report.epoch != nil)
        metrics.add(.epoch, pair, report.epoch)
        if report.active != nil { metrics.add(.activeSiteOpen, pair, report.isOpen) }
        metrics.add(.protectionState, pair, state: report.protection)
        metrics.add(.held, pair, isHeld)
        addError(.pairError, pair, report.error)
        for listener in report.api ?? [] {
            metrics.add(.apiListening, pair.with("address", listener.address), listener.listening)
        }
    }

    private var isHeld: Bool {
        report.operation?.state == .held || report.error?.knownCode?.isHeld ?? false
    }

    private mutating func addTopology() {
        guard let topology = report.topology else { return }
        metrics.add(.topologySynced, pair, topology.lastSync?.timeIntervalSince1970)
        metrics.add(.topologyDifferences, pair, topology.differences)
    }

    /// Says what is wrong with something, while it is.
    mutating func addError(_ metric: Metric, _ labels: MetricLabels, _ error: ErrorReport?) {
        guard let error else { return }
        metrics.add(metric, labels.with("code", error.code), 1)
    }
}

extension ErrorCode {
    /// Whether the pair waits for a person because of it.
    fileprivate var isHeld: Bool { self == .recordsHeld }
}
