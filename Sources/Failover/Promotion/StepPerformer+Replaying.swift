import AMQP
import Consumption
import ControlModel
import ErrorCodes
import Foundation
import Leadership
import Logging
import Pump
import Relay
import RopewayConfiguration

/// After the point of no return: what the stores hold goes into the exchanges.
extension StepPerformer {
    private func replays(_ order: StepOrder) -> [(name: String, replay: Replay)] {
        var replays: [(name: String, replay: Replay)] = []
        for route in routes {
            let replay = Replay(
                pair: pair,
                route: route,
                site: target,
                operation: order.operation,
                epoch: order.record.epoch - 1,
                cut: order.record.operation?.cut?.millisecondsSince1970,
                origin: origin.name,
                logger: logger
            )
            replays.append((route.name, replay))
        }
        return replays
    }

    /// Marks the end of what is replayed in each store, and counts it.
    func seal(_ order: StepOrder) async throws -> [String: PairRecord.Store] {
        var stores = order.record.operation?.stores ?? [:]
        let seen = await seenStores(order.record.epoch - 1)
        let watermarks = await watermarks(of: order.record.epoch - 1)
        for (name, replay) in replays(order) where stores[name]?.plan == nil {
            let positions = replay.route.usesWatermarks ? watermarks?.positions(route: name) : nil
            let finding = try await replay.plan(wasSeen: seen.contains(name), positions: positions ?? [:])
            if case .missing(let error) = finding { progress?.lost(name, ErrorReport(lost: error)) }
            guard let plan = finding.plan else { continue }
            stores[name] = PairRecord.Store(plan, seal: order.operation)
        }
        return stores
    }

    /// What is known of what the queues of the other site had consumed in an epoch; `nil` is nothing: everything is replayed.
    private func watermarks(of epoch: Int) async -> Watermarks? {
        guard routes.contains(where: \.usesWatermarks) else { return nil }
        do {
            guard let found = try await WatermarkStore(site: target, pair: pair).read(), found.epoch == epoch else {
                return nil
            }
            return found
        } catch {
            logger.warning(
                "it is not known what the consumers of site '\(origin.name)' had consumed: everything is replayed",
                metadata: ["error": "\(error)"]
            )
            return nil
        }
    }

    /// Replays what the record says, from where an earlier run of the operation stopped.
    func replay(_ order: StepOrder) async throws -> StepOutcome.Replayed {
        let stores = order.record.operation?.stores ?? [:]
        let work = replays(order).compactMap { name, replay in stores[name]?.plan.map { (name, replay, $0) } }
        progress?.begin(work.map { ($0.0, $0.1) })
        let progress = progress
        var missing: (any Error)?
        try await withThrowingTaskGroup(of: (any Error)?.self) { group in
            for (name, replay, plan) in work {
                group.addTask {
                    do {
                        let done = try await replay.run(plan)
                        progress?.finished(name, done)
                        return nil
                    } catch let loss as ReplayLoss {
                        progress?.failed(name, ErrorReport(loss))
                        return nil
                    } catch {
                        if let loss = error as? TopologyError, loss.code == .storeLost {
                            progress?.failed(name, ErrorReport(lost: loss))
                            return nil
                        }
                        guard let reason = Self.missingPermission(error) else { throw error }
                        let report = ErrorReport(
                            code: .permissionMissing,
                            message: reason.message,
                            hint: reason.hint,
                            since: Date()
                        )
                        progress?.failed(name, report)
                        return error
                    }
                }
            }
            // The other routes have their permissions: they go on to their end.
            for try await error in group { missing = missing ?? error }
        }
        if let missing, let reason = Self.missingPermission(missing) {
            throw StepFailure(
                code: .permissionMissing,
                message: reason.message,
                hint: "\(reason.hint); then run the same command again: it goes on where it stopped"
            )
        }
        do {
            try await captureReverse(onlyRouted: false)
        } catch {
            // The route for the way back does so as well, once it runs.
            logger.warning(
                "the captures for the way back are not bound as configured yet",
                metadata: ["error": "\(error)"]
            )
        }
        let report = await progress?.report()
        return StepOutcome.Replayed(
            replayed: report?.replayed,
            expired: report?.expired,
            quarantined: report?.quarantined,
            missing: progress?.missing
        )
    }

    /// What is missing, where an error is for want of a permission: trying again won't help.
    private static func missingPermission(_ error: any Error) -> TopologyError? {
        if let error = error as? TopologyError { return error.code == .missingRights ? error : nil }
        return (error as? AMQPError).flatMap { TopologyError(refusal: $0) }
    }
}
