import ControlModel
import FoundationEssentials

extension PairMetrics {
    mutating func addRoutes() {
        let shown = report.routes.prefix(bounds.routes)
        metrics.add(.routesLeftOut, pair, report.routes.count - shown.count)
        let gaps = Dictionary(grouping: report.gaps) { $0.route }
        for route in shown {
            let labels = pair.with("route", route.name).with("direction", route.direction)
            metrics.add(.routeState, labels, state: route.state)
            addError(.routeError, labels, route.error)
            addLag(route, labels)
            addFlow(route, labels)
            addRetention(route, labels)
            addGaps(gaps[route.name] ?? [], labels)
            addConsumption(route, labels)
        }
    }

    private mutating func addLag(_ route: RouteReport, _ labels: MetricLabels) {
        let lag = route.lag
        metrics.add(.lagKnown, labels, lag.known)
        metrics.add(.sourceObserved, labels, lag.asOf?.timeIntervalSince1970)
        // What was last known is no lag of now.
        if lag.known {
            metrics.add(.lagMessages, labels, lag.messages)
            metrics.add(.lagSeconds, labels, lag.seconds)
        }
        metrics.add(.lossKnown, labels, route.loss.known)
        metrics.add(.lossSecondsKnown, labels, route.loss.known && route.loss.seconds != nil)
        if route.loss.known {
            metrics.add(.lossMessages, labels.with("bound", "max"), route.loss.messages)
            metrics.add(.lossSeconds, labels.with("bound", "max"), route.loss.seconds)
            metrics.add(.lossMessages, labels.with("bound", "min"), route.loss.low)
        }
        metrics.add(.repeatsKnown, labels, route.repeats.high != nil)
        if route.repeats.high != nil {
            metrics.add(.repeatsMessages, labels.with("bound", "max"), route.repeats.high)
            metrics.add(.repeatsMessages, labels.with("bound", "min"), route.repeats.low)
        }
    }

    private mutating func addFlow(_ route: RouteReport, _ labels: MetricLabels) {
        metrics.add(.rateReceived, labels, route.rate.in)
        metrics.add(.rateConfirmed, labels, route.rate.out)
        metrics.add(.inFlight, labels, route.inFlight.messages)
        metrics.add(.inFlightLimit, labels, route.inFlight.limit)
        guard let counters = route.counters else { return }
        metrics.add(.received, labels, counters.received)
        metrics.add(.redelivered, labels, counters.redelivered)
        metrics.add(.published, labels, counters.published)
        metrics.add(.confirmed, labels, counters.confirmed)
        metrics.add(.refused, labels, counters.refused)
        metrics.add(.returned, labels, counters.returned)
        metrics.add(.quarantined, labels, counters.quarantined)
        metrics.add(.publishedBytes, labels, counters.bytes)
    }

    private mutating func addRetention(_ route: RouteReport, _ labels: MetricLabels) {
        let retained = route.retained
        metrics.add(.retainedKnown, labels, retained.messages != nil)
        metrics.add(.retainedMessages, labels, retained.messages)
        metrics.add(.retainedBytesKnown, labels, retained.bytes != nil)
        metrics.add(.retainedBytes, labels, retained.bytes)
        metrics.add(.retainedOldestKnown, labels, retained.oldest != nil)
        metrics.add(.retainedOldest, labels, retained.oldest?.timeIntervalSince1970)
        metrics.add(.coverageKnown, labels, route.coverage.known)
        if route.coverage.known { metrics.add(.coverage, labels, route.coverage.seconds) }
    }

    private mutating func addGaps(_ gaps: [GapReport], _ labels: MetricLabels) {
        metrics.add(.gapsOpen, labels, gaps.count)
        metrics.add(.gapOldest, labels, gaps.map(\.from).min()?.timeIntervalSince1970)
    }

    private mutating func addConsumption(_ route: RouteReport, _ labels: MetricLabels) {
        metrics.add(.consumptionKnown, labels, route.consumption != nil)
        guard let queues = route.consumption else { return }
        let shown = queues.prefix(bounds.queues(ofEachOf: min(report.routes.count, bounds.routes)))
        metrics.add(.queuesLeftOut, labels, queues.count - shown.count)
        for queue in shown {
            let labels = labels.with("queue", queue.queue)
            metrics.add(.queuePositionKnown, labels, queue.position != nil)
            metrics.add(.queuePosition, labels, queue.position?.timeIntervalSince1970)
            metrics.add(.queueRule, labels.with("rule", queue.rule), 1)
            // A time, not an age: it goes on growing old when nobody makes reports any more.
            guard let age = queue.evidenceAge, let now = report.asOf else { continue }
            metrics.add(.queueEvidence, labels, now.timeIntervalSince1970 - age)
        }
    }

    // MARK: Shovels

    mutating func addShovels() {
        let shown = report.shovels.prefix(bounds.routes)
        metrics.add(.shovelsLeftOut, pair, report.shovels.count - shown.count)
        for shovel in shown {
            let labels = pair.with("shovel", shovel.name)
            metrics.add(.shovelState, labels, state: shovel.state)
            addError(.shovelError, labels, shovel.error)
            metrics.add(.shovelMoved, labels, shovel.moved)
            metrics.add(.shovelQuarantined, labels, shovel.quarantined)
            metrics.add(.shovelRateReceived, labels, shovel.rate.in)
            metrics.add(.shovelRateMoved, labels, shovel.rate.out)
            metrics.add(.shovelInFlight, labels, shovel.inFlight.messages)
        }
    }
}
