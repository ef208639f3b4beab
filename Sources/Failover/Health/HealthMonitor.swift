import Management
import Relay
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Watches one site. Each site has a monitor of its own, so that one that hangs holds up nothing of the other's.
package final class HealthMonitor: Sendable {
    /// The time from the start of one poll to the start of the next; longer where a poll takes longer.
    package let interval: Duration
    /// The time for one poll.
    package let timeout: Duration
    /// The site's name.
    package let site: String

    private struct State {
        var hysteresis: HealthHysteresis
        var health: SiteCondition?
    }

    private let probe: @Sendable () async -> SiteCondition
    private let state: Mutex<State>

    /// Creates a monitor that polls once ``run(onChange:)`` is called.
    package convenience init(
        site: Site,
        interval: Duration = .seconds(5),
        timeout: Duration = .seconds(5),
        hysteresis: HealthHysteresis = HealthHysteresis()
    ) {
        self.init(site: site.name, interval: interval, timeout: timeout, hysteresis: hysteresis) {
            await SiteProbe.once(site, timeout: timeout)
        }
    }

    init(
        site: String,
        interval: Duration,
        timeout: Duration,
        hysteresis: HealthHysteresis,
        probe: @escaping @Sendable () async -> SiteCondition
    ) {
        self.site = site
        self.interval = interval
        self.timeout = timeout
        self.probe = probe
        state = Mutex(State(hysteresis: hysteresis))
    }

    /// The site's health; `nil` before the first poll has ended.
    package var health: SiteCondition? { state.withLock { $0.health } }

    /// Polls until the task is cancelled.
    ///
    /// - Parameter onChange: told of the first verdict and of each change, between two polls.
    package func run(onChange: @Sendable (_ before: SiteCondition?, _ after: SiteCondition) -> Void = { _, _ in }) async
    {
        while !Task.isCancelled {
            let next = ContinuousClock.now + interval
            await poll(onChange: onChange)
            try? await Task.sleep(until: next, clock: .continuous)
        }
    }

    /// Makes one poll.
    func poll(onChange: @Sendable (_ before: SiteCondition?, _ after: SiteCondition) -> Void = { _, _ in }) async {
        let found = await probe()
        // What is found while the process stops says nothing about the site.
        guard !Task.isCancelled else { return }
        let (before, after, changed) = state.withLock { state in
            let before = state.health
            var after = found
            let changed = state.hysteresis.take(found.latest, at: found.polled)
            after.verdict = state.hysteresis.verdict ?? found.latest
            after.since = state.hysteresis.since ?? found.polled
            after.version = found.version ?? before?.version
            after.clusterName = found.clusterName ?? before?.clusterName
            after.lastGood = found.lastGood ?? before?.lastGood
            state.health = after
            return (before, after, changed)
        }
        if changed { onChange(before, after) }
    }
}
