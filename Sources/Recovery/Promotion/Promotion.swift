import AMQP
import Foundation
import Leadership
import Logging
import Management
import Pump
import Relay
import RopewayConfiguration

/// Makes one site active: the steps of a planned and of a forced promotion, and of one that is resumed.
///
/// Every step writes its intent into the record before its side effect, and can be walked again after a crash.
struct Promotion: Sendable {
    /// What a promotion works with.
    struct Context: Sendable {
        var pair: String
        var routes: [RouteConfiguration]
        /// The site that becomes active.
        var target: Site
        /// The other one.
        var origin: Site
        var logger: Logger
    }

    /// The steps, as the record and the report name them.
    enum Step: String {
        case checking
        case locking
        case draining
        case committing
        case replaying
        case finishing
    }

    let context: Context
    let progress: PromotionProgress
    /// The lock of the site that becomes active.
    let targetLock: HeldLock
    /// The lock of the other site; a forced promotion has none.
    let originLock: HeldLock?
    /// The routes that this process runs, if it runs any.
    let relays: RouteSet?

    var targetRecords: RecordStore { RecordStore(site: context.target, pair: context.pair) }
    var originRecords: RecordStore { RecordStore(site: context.origin, pair: context.pair) }

    // MARK: Forced

    /// Writes the new epoch on the target alone.
    ///
    /// - Parameter cut: when the link was lost, if that is known.
    func commitForced(_ record: PairRecord, cut: Date?) async throws(OperationError) -> PairRecord {
        progress.step(Step.committing.rawValue)
        let id = await progress.report().id
        var committed = record
        committed.change { record in
            record.epoch += 1
            record.active = context.target.name
            record.operation = PairRecord.Operation(
                id: id,
                kind: .forced,
                site: context.target.name,
                step: Step.replaying.rawValue,
                started: Date(),
                cut: cut
            )
        }
        do {
            return try await targetRecords.write(committed, generation: targetLock.generation)
        } catch {
            throw OperationError(
                .incomplete,
                code: "record-unknown",
                message:
                    "whether epoch \(committed.epoch) was written on '\(context.target.name)' is unknown: \(error)",
                hint: "run the same command again: it reads the record and goes on"
            )
        }
    }

    // MARK: After the point of no return

    /// Replays and finishes. It is only ever resumed: nothing here is undone.
    func complete(_ committed: PairRecord) async throws(OperationError) -> PairRecord {
        await relays?.stop()
        var record = committed
        do {
            progress.step(Step.replaying.rawValue)
            // Whoever still relays in the epoch that has ended gets nothing into the stores any more.
            try await StoreBarrier(site: context.target, pair: context.pair)
                .close(upTo: record.epoch - 1, routes: context.routes.map(\.name))
            try await replay(&record)
            progress.step(Step.finishing.rawValue)
            return try await finish(record)
        } catch {
            let site = "site '\(context.target.name)' is active in epoch \(record.epoch)"
            if let missing = Self.missingPermission(error) {
                throw OperationError(
                    .incomplete,
                    code: Self.permissionMissing,
                    message: "\(site), and its replay stopped: \(missing.message)",
                    hint: "\(missing.hint); then run the same command again: it goes on where it stopped"
                )
            }
            throw OperationError(
                .incomplete,
                code: "replay-incomplete",
                message: "\(site), and its replay is not complete: \(error)",
                hint: "run the daemon, or the same command again: it goes on where it stopped"
            )
        }
    }

    private func replay(_ record: inout PairRecord) async throws {
        guard var operation = record.operation else { return }
        await declareReverseCaptures()
        let replays = context.routes.map { route in
            (
                route.name, route,
                Replay(
                    pair: context.pair,
                    route: route,
                    site: context.target,
                    operation: operation.id,
                    epoch: record.epoch - 1,
                    cut: operation.cut?.millisecondsSince1970,
                    logger: context.logger
                )
            )
        }
        var plans: [String: Replay.Plan] = [:]
        for (name, _, replay) in replays {
            if let known = operation.stores[name], let plan = known.plan {
                plans[name] = plan
                continue
            }
            guard let plan = try await replay.plan() else { continue }
            plans[name] = plan
            operation.stores[name] = PairRecord.Store(plan, seal: operation.id)
            let changed = operation
            record.change { $0.operation = changed }
            record = try await targetRecords.write(record, generation: targetLock.generation)
        }
        let work = replays.compactMap { name, _, replay in plans[name].map { (name, replay, $0) } }
        progress.begin(work.map { ($0.0, $0.1) })
        let progress = progress
        var missing: (any Error)?
        try await withThrowingTaskGroup(of: (any Error)?.self) { group in
            for (name, replay, plan) in work {
                group.addTask {
                    do {
                        progress.finished(name, try await replay.run(plan))
                        return nil
                    } catch {
                        guard let reason = Self.missingPermission(error) else { throw error }
                        progress.failed(
                            name,
                            ErrorReport(
                                code: Self.permissionMissing,
                                message: reason.message,
                                hint: reason.hint,
                                since: Date()
                            )
                        )
                        return error
                    }
                }
            }
            // The other routes have their permissions: they go on to their end.
            for try await error in group { missing = missing ?? error }
        }
        if let missing { throw missing }
    }

    /// What is missing, where an error is for want of a permission: trying again won't help.
    private static func missingPermission(_ error: any Error) -> TopologyError? {
        if let error = error as? TopologyError { return error.code == .missingRights ? error : nil }
        return (error as? AMQPError).flatMap { TopologyError(refusal: $0) }
    }

    /// What is replayed is captured for the way back, so that it is protected again once the other site is there.
    private func declareReverseCaptures() async {
        do {
            let configuration = try context.target.connection(
                name: "ropeway \(context.pair) promotion",
                for: .control
            )
            try await AMQPConnection.withConnection(configuration) { connection in
                let channel = try await connection.openChannel()
                for route in context.routes {
                    let capture = CaptureProvisioner(
                        site: context.target,
                        names: ObjectNames(pair: context.pair, route: route.name),
                        route: route
                    )
                    _ = try await capture.prepare(on: connection)
                    _ = try await capture.mirrorBindings(on: channel)
                }
            }
        } catch {
            context.logger.warning("no capture for the way back", metadata: ["error": "\(error)"])
        }
    }

    private func finish(_ record: PairRecord) async throws -> PairRecord {
        let report = await progress.report()
        var finished = record
        finished.change { record in
            record.endOperation(
                "done",
                at: Date(),
                replayed: report.replayed,
                expired: report.expired,
                quarantined: report.quarantined
            )
        }
        finished = try await targetRecords.write(finished, generation: targetLock.generation)
        if let originLock, originLock.isHeld {
            _ = try? await originRecords.write(finished, generation: originLock.generation)
        }
        return finished
    }
}
