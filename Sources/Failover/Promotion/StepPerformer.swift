import AMQP
import ControlModel
import ErrorCodes
import Foundation
import Leadership
import Logging
import Management
import Relay
import RopewayConfiguration

/// Performs the steps of a promotion that change something on the brokers, or look at them.
///
/// Each can be performed again after a crash. What a step does is decided by nobody here: the machine says which is next.
struct StepPerformer: Sendable {
    let pair: String
    /// The site that becomes active.
    let target: Site
    /// The other one.
    let origin: Site
    /// The lock of the promoted site: nothing is done without it.
    let lock: HeldLock
    /// What the operation works on.
    let routes: [RouteConfiguration]
    /// What is told of promotions.
    let hooks: [HookConfiguration]
    /// Runs the hooks that come before, and tells why they keep the promotion from being begun; `nil` if they don't.
    let runHooks: @Sendable (StepOrder) async -> StepFailure?
    /// The routes that this process runs.
    let relays: @Sendable () async -> RouteSet?
    /// Compares everything once more, and tells of the gaps that nobody took note of.
    let gaps: @Sendable () async throws(OperationError) -> [Gap]
    /// The gaps that nobody took note of, as the promoted site knows them.
    let knownGaps: @Sendable () async -> [Gap]
    /// The routes whose stores were seen at the promoted site in an epoch.
    let seenStores: @Sendable (Int) async -> Set<String>
    /// Notes what the captures of the promoted site are, so that whoever watches them next tells others from them.
    let noteCaptures: @Sendable ([String: KnownObjects]) async -> Void
    let progress: PromotionProgress?
    let logger: Logger
    /// Tells why a step does not go on at the moment.
    let waits: @Sendable (String?) async -> Void

    func perform(_ order: StepOrder) async -> Result<StepOutcome, StepFailure> {
        guard lock.isHeld else { return .failure(StepFailure.lockLost(lock.site)) }
        do {
            return .success(try await outcome(of: order))
        } catch let failure as StepFailure {
            return .failure(failure)
        } catch {
            return .failure(StepFailure(code: order.step.failureCode, message: "\(error)", hint: "see the reason"))
        }
    }

    private func outcome(of order: StepOrder) async throws -> StepOutcome {
        switch order.step {
        case .check:
            let checks = PromotionChecks(
                pair: pair,
                target: target,
                origin: origin,
                routes: routes,
                kind: order.kind,
                hooks: hooks,
                acceptsGap: order.acceptsGap,
                logger: logger
            )
            try await checks.check()
            if order.kind == .planned { try await refuseAlarms() }
            if order.kind == .planned, order.isDryRun, !order.acceptsGap { try await refuseKnownGaps() }
            if order.kind == .forced, !order.acceptsGap { try await refuseLostStores() }
        case .beforeHooks:
            if let veto = await runHooks(order) { throw veto }
        case .drain:
            try await drain(within: order.limit)
        case .settle:
            try await settle(order)
        case .verifyEmpty:
            try await verifyEmpty()
            try await verifyCopied(order)
            try await refuseAlarms()
        case .closeBarrier:
            // Whoever still relays in the epoch that has ended gets nothing into the stores any more.
            try await StoreBarrier(site: target, pair: pair)
                .close(upTo: order.record.epoch - 1, routes: routes.map(\.name))
            // In this order: who begins a session after the first is refused, who had begun it before the second is shut out.
            try await closeCopies(upTo: order.record.epoch - 1)
        case .captureReverse:
            // What no queue takes is to be returned to the replay. Only later may the captures take what they are told to.
            try await captureReverse(onlyRouted: true)
            await noteCaptures(try await knownCaptures(epoch: order.record.epoch))
        case .seal:
            return .sealed(try await seal(order))
        case .replay:
            return .replayed(try await replay(order))
        case .lock, .announce, .relay, .stopRoutes, .commit, .inform, .claim, .recordStores, .finish,
            .informOfEnd:
            // The machine's own: records, locks and routes.
            break
        }
        return .done
    }

    /// Closes what copied streams into the stores in an epoch, also of routes that have another capture by now.
    private func closeCopies(upTo epoch: Int) async throws {
        var copied: [String] = []
        for route in routes where route.standby.type == .stream {
            let kept = StreamCopy.Kept(names: ObjectNames(pair: pair, route: route.name), site: target, epoch: epoch)
            if route.copiesStream {
                copied.append(route.name)
            } else if await kept.isKnown() {
                copied.append(route.name)
            }
        }
        try await StreamBarrier(site: target, pair: pair).close(upTo: epoch, routes: copied)
    }

    /// What is replayed is captured for the way back, so that it is protected again once the other site is there.
    ///
    /// - Parameter onlyRouted: see ``CaptureProvisioner/mirrorBindings(on:onlyRouted:)``.
    func captureReverse(onlyRouted: Bool) async throws {
        let configuration = try target.connection(name: "ropeway \(pair) promotion", for: .control)
        try await AMQPConnection.withConnection(configuration) { connection in
            let captures = routes.map { route in
                CaptureProvisioner(site: target, names: ObjectNames(pair: pair, route: route.name), route: route)
            }
            // The wait for those that are new is one for all, and one that fails takes none of the others with it.
            var failure: TopologyError?
            var prepared: [(capture: CaptureProvisioner, facts: CaptureFacts)] = []
            for capture in captures {
                do throws(TopologyError) {
                    let facts = try await capture.prepare(on: connection, onlyRouted: onlyRouted, settles: false)
                    prepared.append((capture, facts))
                } catch {
                    failure = failure ?? error
                }
            }
            await CaptureProvisioner.settle(prepared.map(\.facts))
            for (capture, _) in prepared {
                do throws(TopologyError) {
                    // One that the broker refuses is told of by the route back.
                    _ = try await capture.mirrorBindings(on: connection, onlyRouted: onlyRouted)
                } catch {
                    failure = failure ?? error
                }
            }
            if let failure { throw failure }
        }
    }

    /// What the captures of the promoted site are in an epoch.
    private func knownCaptures(epoch: Int) async throws(TopologyError) -> [String: KnownObjects] {
        var known: [String: KnownObjects] = [:]
        for route in routes {
            let names = ObjectNames(pair: pair, route: route.name)
            let seen = Date()
            guard let queue = try await target.existingQueue(names.capture) else { continue }
            let wire = try await target.existingQueue(names.gap)
            known[route.name] = KnownObjects(
                epoch: epoch,
                queue: queue.incarnation,
                tripwire: wire?.incarnation,
                seen: seen
            )
        }
        return known
    }
}

extension PromotionStep {
    /// The code of a failure that has none of its own.
    var failureCode: ErrorCode {
        switch self {
        case .drain: .drainFailed
        case .check: .targetUnreachable
        case .seal, .replay: .replayIncomplete
        default: .stepFailed
        }
    }
}

extension StepFailure {
    static func lockLost(_ site: String) -> StepFailure {
        StepFailure(
            code: .lockLost,
            message: "the lock of site '\(site)' is not held any more",
            hint: "run the same command again"
        )
    }
}
