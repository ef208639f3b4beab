import Leadership
import Management
import Relay
import Synchronization
import Topology

/// Looks, while a command writes to a site without its lock, whether the record there still says that it is the standby
/// site: before the first write, and then at most a second later, again and again.
final class StandbyWatch: Sendable {
    private let site: Site
    private let pair: String
    private let direction: TopologyDirection
    private let last = Mutex<(at: ContinuousClock.Instant, stop: TopologyOutcome.Stop?)?>(nil)

    private static let freshness = Duration.seconds(1)

    init(_ site: Site, pair: String, direction: TopologyDirection) {
        self.site = site
        self.pair = pair
        self.direction = direction
    }

    /// Why nothing more may be written, or `nil`.
    func stop() async -> TopologyOutcome.Stop? {
        if let last = last.withLock({ $0 }), last.stop != nil || last.at + Self.freshness > .now { return last.stop }
        let began = ContinuousClock.now
        let stop = await look()
        last.withLock { $0 = (began, stop) }
        return stop
    }

    private func look() async -> TopologyOutcome.Stop? {
        let hint = "see `ropeway status`, and sync again"
        let record: PairRecord?
        do {
            record = try await RecordStore(site: site, pair: pair).read()
        } catch {
            let reason = "the record of site '\(site.name)' could not be read any more: \(error.reason)"
            return TopologyOutcome.Stop(reason: reason, hint: hint)
        }
        guard let record else {
            guard direction.epoch != nil else { return nil }
            return TopologyOutcome.Stop(reason: "the record of site '\(site.name)' is gone", hint: hint)
        }
        if let operation = record.operation {
            let reason = "operation \(operation.id), which promotes '\(operation.site)', has begun"
            return TopologyOutcome.Stop(reason: reason, hint: hint)
        }
        guard record.active == direction.active else {
            return TopologyOutcome.Stop(reason: "site '\(record.active)' has become the active one", hint: hint)
        }
        return nil
    }
}
