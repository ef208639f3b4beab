import AMQP
import ControlModel
import ErrorCodes
import Foundation
import Leadership
import Management
import Pump
import Relay
import RopewayConfiguration

/// Before the point of no return: everything that was captured is stored.
extension StepPerformer {
    /// For how long is watched whether anything else is published.
    static let settlingTime = Duration.seconds(1)
    /// For how long each capture is watched to be empty.
    static let emptyTime = emptyInterval * 3
    private static let emptyInterval = Duration.milliseconds(100)

    /// Waits until everything that was captured is in the stores, whatever it takes; the machine ends it in time.
    func drain(within limit: Duration?) async throws {
        let relays = try await allRelays()
        relays.holdPolicies()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.tellWhatIsWaitedFor(relays) }
            group.addTask {
                // One after the other: each is quick once the one before it is drained.
                for route in relays.routes { try await route.drain(within: limit ?? .seconds(3600)) }
            }
            try await group.next()
            group.cancelAll()
        }
        await waits(nil)
    }

    /// Tells, for as long as it is not cancelled, why routes are not drained.
    private func tellWhatIsWaitedFor(_ relays: RouteSet) async throws {
        while true {
            try await Task.sleep(for: .milliseconds(300))
            var reasons: [String] = []
            for route in relays.routes {
                let snapshot = await route.snapshot()
                if snapshot.phase == .paused {
                    reasons.append("route '\(route.names.route)' is paused")
                } else if let error = snapshot.error {
                    reasons.append("route '\(route.names.route)': \(error.message)")
                } else if let messages = snapshot.lag.messages, messages > 0 {
                    reasons.append("route '\(route.names.route)' has \(messages) messages to relay")
                } else if snapshot.phase != .running {
                    reasons.append("route '\(route.names.route)' is not running")
                }
            }
            if reasons.isEmpty {
                reasons = ["site '\(origin.name)' takes no sentinel into its captures, as in a memory or disk alarm"]
            }
            await waits(reasons.joined(separator: "; "))
        }
    }

    /// The routes that run: all that the operation works on.
    private func allRelays() async throws -> RouteSet {
        guard let relays = await relays() else {
            throw StepFailure(
                code: .noRelay,
                message: "no routes run that could be drained",
                hint: "wait until the routes run; if the active site is gone, promote with --forced"
            )
        }
        let idle = routes.map(\.name).filter { relays.route($0) == nil }
        guard idle.isEmpty else {
            throw StepFailure(
                code: .noRelay,
                message:
                    "\(idle.joined(separator: ", ")) could not be drained, since a changed configuration is being taken over",
                hint: "wait until all routes run; if the active site is gone, promote with --forced"
            )
        }
        return relays
    }

    /// Sees that nothing is published any more, and that the captures have what was.
    func settle(_ order: StepOrder) async throws {
        let relays = try await allRelays()
        var taken: [Int] = []
        for route in relays.routes {
            let snapshot = await route.snapshot()
            if snapshot.topologyFailed, let error = snapshot.error {
                throw StepFailure(
                    code: error.code,
                    message: "route '\(route.names.route)' has not captured everything: \(error.message)",
                    hint: error.hint
                )
            }
            taken.append(Int(snapshot.counters.received))
        }
        if !order.acceptsGap { try await refuseGaps() }
        // Publishers that were not stopped show up in the relay or in the capture.
        try await Task.sleep(for: Self.settlingTime)
        for (route, before) in zip(relays.routes, taken) {
            // A canary may have been received before, and looked at since.
            let late = await Int(route.snapshot().counters.received) - before
            guard late <= 0 else { throw lateMessages(late, route.configuration) }
        }
    }

    /// Compares captures, bindings and exchanges once more: what was away before this began is a gap.
    private func refuseGaps() async throws {
        let names = Set(routes.map(\.name))
        let open: [Gap]
        do {
            open = try await gaps()
        } catch {
            throw StepFailure(code: error.code, message: error.message, hint: error.hint)
        }
        guard let gap = open.first(where: { names.contains($0.route) }) else { return }
        throw StepFailure(
            code: .gap,
            message: "route '\(gap.route)' has not captured everything: \(gap.summary)",
            hint: "\(gap.hint); or promote with --accept-gap"
        )
    }

    /// Sees that nothing is left in the captures once no route runs any more.
    func verifyEmpty() async throws {
        let configuration = try origin.connection(name: "ropeway \(pair) promotion", for: .control)
        try await AMQPConnection.withConnection(configuration) { connection in
            let channel = try await connection.openChannel()
            for route in routes where !route.copiesStream {
                let capture = ObjectNames(pair: pair, route: route.name).capture
                // A 0 may mean that the queue's leader did not answer in time, so it is asked again. No basic.get: quorum
                // queues with a single active consumer refuse it (405).
                for _ in 0..<3 {
                    let ready = try await channel.declareQueue(capture, passive: true).messages
                    guard ready == 0 else { throw lateMessages(ready, route) }
                    try await Task.sleep(for: Self.emptyInterval)
                }
            }
        }
    }

    /// Sees that the stores have all that the captures have which are streams, once no route runs any more.
    func verifyCopied(_ order: StepOrder) async throws {
        for route in routes where route.copiesStream {
            let copy = StreamCopy(
                names: ObjectNames(pair: pair, route: route.name),
                from: origin,
                to: target,
                epoch: order.record.epoch
            )
            let late = try await copy.remaining()
            guard late == 0 else { throw lateMessages(Int(clamping: late), route) }
        }
    }

    /// Refuses to go on while a broker of the promoted site is in an alarm: it would take the new epoch, and then no
    /// message.
    func refuseAlarms() async throws {
        let api = target.management.limited(to: .seconds(5))
        let report = await HealthChecks(api: api, protocols: []).run()
        guard let alarm = report.rows.first(where: { $0.name.hasSuffix("alarms") && $0.status == .failed }) else {
            return
        }
        throw StepFailure(
            code: .targetAlarm,
            message: "node '\(alarm.node)' of site '\(target.name)' is in an alarm, and takes no messages: "
                + (alarm.reason ?? "a memory or disk alarm"),
            hint: "free memory or disk there, then promote again"
        )
    }

    private func lateMessages(_ count: Int, _ route: RouteConfiguration) -> StepFailure {
        StepFailure(
            code: .lateMessages,
            message:
                "\(count) messages were published to '\(route.exchange)' on '\(origin.name)' after route '\(route.name)' was drained",
            hint: "stop all publishers of site '\(origin.name)', then promote again"
        )
    }
}
