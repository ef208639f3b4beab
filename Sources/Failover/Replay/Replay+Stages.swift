import AMQP
import ErrorCodes
import Foundation
import Logging
import Management
import Pump
import Relay
import RopewayConfiguration
import Waiting

/// Seeing that a stage of a replay leads to whom it is to lead.
///
/// What none of the bound queues wants counts as consumed there, and a queue that is not bound is not missed by the
/// broker. So how far a stage got is believed only up to where it stood before a look at the bindings that found all of
/// them. From there a stream is replayed again where one is missing. The messages of a queue are gone: what a queue may
/// lack of them is said.
extension Replay {
    /// How long the bindings may be out of sight before everything is replayed to all queues.
    private static let patience = Duration.seconds(30)

    /// Looks whether a leg leads to whom it is to lead.
    ///
    /// - Returns: whether that could be seen.
    /// - Throws: ``StageChange`` where it does not.
    func isSeenWhole(_ leg: Leg) async throws -> Bool {
        guard let bound = leg.bound else { return true }
        let change: StageChange?
        do throws(ManagementError) {
            change = try await self.change(of: bound)
        } catch {
            let since = state.withLock { state in
                state.unseenSince = state.unseenSince ?? .now
                return state.unseenSince ?? .now
            }
            let what = "the bindings of exchange '\(names.replay)' on site '\(site.name)' can't be read: \(error)"
            noteTrouble(RouteError(code: .management, message: what, hint: "see that the management API answers"))
            guard ContinuousClock.now - since < Self.patience else {
                throw StageChange(what: what, mayBeMended: false)
            }
            return false
        }
        if let change { throw change }
        state.withLock { $0.unseenSince = nil }
        return true
    }

    /// Waits until what was bound is seen: a node of a cluster may be a moment behind the one that bound it.
    func waitUntilBound(_ leg: Leg) async throws {
        let deadline = ContinuousClock.now + .seconds(5)
        while true {
            do {
                if try await isSeenWhole(leg) { return }
            } catch let change as StageChange {
                guard change.mayBeMended, ContinuousClock.now < deadline else { throw change }
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Looks until it was seen where a leg led to the end of it.
    func waitUntilSeenWhole(_ leg: Leg) async throws {
        while try await !isSeenWhole(leg) { try await Task.sleep(for: .seconds(1)) }
    }

    /// Looks each second whether a leg leads to whom it is to lead, and ends with ``StageChange`` where it does not.
    func watchStage(_ leg: Leg) async throws {
        var interval = Duration.milliseconds(20)
        while true {
            try await Task.sleep(for: interval)
            // What is done before the look went where it was to go.
            let done = await done()
            if try await isSeenWhole(leg) { noteWhole(done) }
            interval = leg.bound == nil ? .seconds(3600) : min(interval * 2, .seconds(1))
        }
    }

    func change(of bound: StageBindings) async throws(ManagementError) -> StageChange? {
        let host = site.virtualHost
        let exchange = try await site.management.exchange(names.replay, virtualHost: host)
        guard let exchange else {
            return StageChange(
                what: "exchange '\(names.replay)' on site '\(site.name)' was deleted",
                mayHaveLost: false
            )
        }
        guard exchange.type == bound.type else {
            return StageChange(
                what:
                    "exchange '\(names.replay)' on site '\(site.name)' was declared again with type '\(exchange.type)'"
            )
        }
        let found = try await site.management.bindings(fromExchange: names.replay, virtualHost: host)
        let missing = bound.missing(from: found)
        if missing.isEmpty { return nil }
        let wanted = try await site.management.bindings(fromExchange: route.exchange, virtualHost: host)
        let harmful = bound.harmful(missing, wanted: wanted)
        guard let first = harmful.first else { return nil }
        let others = harmful.count > 1 ? " and \(harmful.count - 1) more" : ""
        return StageChange(
            what:
                "the binding of \(first.destinationType.rawValue) '\(first.destination)' with key '\(first.routingKey)'"
                + "\(others) was removed from exchange '\(names.replay)' on site '\(site.name)'"
        )
    }

    /// Notes that everything which was done so far went where it was to go.
    func noteWhole(_ done: UInt64) {
        state.withLock { $0.seenWhole = done }
    }

    /// Goes back to where it was last seen that everything went where it was to go; of a queue it is noted what may lack.
    func begin(after change: StageChange, _ work: Work) async throws {
        logger.warning(
            "somebody changed what a replay publishes to, and it is set up again",
            metadata: ["route": "\(route.name)", "error": "\(change.what)"]
        )
        noteTrouble(
            RouteError(code: .topology, message: change.what, hint: "look for who changes Ropeway's own objects")
        )
        if state.withLock({ $0.plan?.contents != nil }) { return goBack() }
        let done = await done()
        let unseen = state.withLock { done - min(done, $0.seenWhole) }
        try await leaveBound(change, unseen: unseen, work)
    }

    /// Notes what the queues may lack that were bound beside the application's exchange, and that nothing goes that way any
    /// more: what is written must be so before anything is bound again.
    func leaveBound(_ change: StageChange?, unseen: UInt64, _ work: Work) async throws {
        state.withLock { $0.bound = nil }
        guard let change, unseen > 0, change.mayHaveLost else { return try await writeCursor(work) }
        try await note(
            ReplayLoss(
                code: .replayIncomplete,
                message:
                    "\(change.what) while it was replayed: the queues behind it may lack up to \(unseen) messages, "
                    + "which are not in store '\(names.standby)' any more",
                hint: "look for who changed it, and for these messages in the queues and the capture of the other site"
            ),
            work
        )
    }

    /// Has a stream be replayed again from the last cursor that was written.
    private func goBack() {
        state.withLock {
            $0.base = $0.written
            $0.position = $0.written.offset
            $0.tally = ReplayTally()
        }
    }

    /// Notes what is missing, for this run and those to come.
    func note(_ loss: ReplayLoss, _ work: Work) async throws {
        state.withLock {
            guard $0.base.losses.count < Self.mostLosses else { return }
            $0.base.losses.append(loss)
        }
        logger.error(
            "messages are missing from a replay",
            metadata: ["route": "\(route.name)", "error": "\(loss.message)"]
        )
        try await writeCursor(work)
    }

    private static let mostLosses = 10
}
