import ControlModel
import Foundation
import Leadership
import Logging
import RopewayConfiguration
import Topology

/// The topology of the standby site, kept as that of the active site where the configuration wants it: by whoever leads,
/// under the lock of the standby site, and never while an operation is under way.
extension PairEngine {
    /// Syncs again and again, until the task is cancelled.
    func keepTopology() async {
        guard mode == .daemon else { return }
        var last: (order: RelayOrder, at: ContinuousClock.Instant)?
        while !Task.isCancelled {
            let wanted = configuration.topology
            if wanted.sync == .off || machine.isStandingBy {
                topologyStatus = nil
            } else if let order = machine.relaying, machine.operation == nil,
                last.map({ $0.order != order || $0.at + wanted.interval <= .now }) ?? true
            {
                last = (order, .now)
                let run = Task { await self.syncTopology(order, includesUsers: wanted.users) }
                topologyRun = (order, run)
                await withTaskCancellationHandler {
                    await run.value
                } onCancel: {
                    run.cancel()
                }
                topologyRun = nil
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Ends a sync at once that may not go on.
    func endOutdatedTopologyRun() {
        guard let (order, run) = topologyRun, topologyStop(order) != nil else { return }
        run.cancel()
    }

    /// Why nothing more may be changed at the standby site, or `nil`.
    private func topologyStop(_ order: RelayOrder) -> TopologyOutcome.Stop? {
        let hint = "it goes on when this daemon leads again"
        guard machine.operation == nil else {
            return TopologyOutcome.Stop(reason: "a promotion has begun", hint: hint)
        }
        guard machine.relaying == order, let handle = machine.lock(of: order.to), locks[handle]?.isHeld == true else {
            return TopologyOutcome.Stop(reason: "this daemon does not lead any more", hint: hint)
        }
        return nil
    }

    private func syncTopology(_ order: RelayOrder, includesUsers: Bool) async {
        guard let active = sites[order.from], let standby = sites[order.to], topologyStop(order) == nil else { return }
        let sites = TopologySites(pair: configuration.name, active: active, standby: standby)
        var status = topologyStatus ?? TopologyStatus()
        do throws(OperationError) {
            let comparison = try await sites.compare(includesUsers: includesUsers)
            let plan = TopologyPlan(comparison)
            let outcome = await sites.apply(plan, of: comparison) { await self.topologyStop(order) }
            let known = status.conflicts
            status.note(comparison, outcome, at: Date())
            // What a promotion broke off is no error of the topology.
            if topologyStop(order) != nil { status.error = nil }
            log(outcome, status, known: known)
        } catch {
            guard topologyStop(order) == nil else { return }
            if status.error?.message != error.message {
                logger.warning(
                    "topology not compared",
                    metadata: ["error": "\(error.message)", "hint": "\(error.hint)"]
                )
            }
            status.note(error, at: Date())
        }
        topologyStatus = status
    }

    private func log(_ outcome: TopologyOutcome, _ status: TopologyStatus, known: [String]) {
        let done = outcome.done
        if !done.isEmpty {
            let names = done.prefix(10).map { "\($0.action.rawValue) \($0.object.identity)" }
            logger.notice(
                "topology synced",
                metadata: [
                    "objects": "\(done.count)",
                    "first": "\(names.joined(separator: ", "))",
                ]
            )
        }
        let news = status.conflicts.filter { !known.contains($0) }
        if !news.isEmpty {
            logger.warning(
                "the standby site's topology can't be made alike",
                metadata: ["differences": "\(status.differences ?? 0)", "new": "\(news.joined(separator: ", "))"]
            )
        }
        if let error = status.error {
            logger.warning("topology not synced to its end", metadata: ["error": "\(error.message)"])
        }
    }
}
