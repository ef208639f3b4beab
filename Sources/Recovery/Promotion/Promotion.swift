import AMQP
import Foundation
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

    private var targetRecords: RecordStore { RecordStore(site: context.target, pair: context.pair) }
    private var originRecords: RecordStore { RecordStore(site: context.origin, pair: context.pair) }

    // MARK: Checks

    /// The code of an operation that lacks a permission.
    static let permissionMissing = "permission-missing"

    /// Whether the target could take over: its exchanges are there, lead somewhere, and may be published to.
    func check() async throws(OperationError) {
        progress.step(Step.checking.rawValue)
        var asksForRights = true
        for route in context.routes {
            do {
                let (exchange, bindings) = try await checkExchange(route)
                // A broker that did not say for one route does not for others: it is not waited for again and again.
                if asksForRights { asksForRights = try await checkRights(route, exchange, bindings) }
            } catch let error as StepError {
                throw OperationError(
                    .preconditionFailed,
                    code: error.code,
                    message: "\(error.message); nothing was changed",
                    hint: error.hint
                )
            } catch {
                throw OperationError(
                    .preconditionFailed,
                    code: "target-unreachable",
                    message: "site '\(context.target.name)' could not be checked: \(error); nothing was changed",
                    hint: "promote once its brokers answer"
                )
            }
        }
    }

    private func checkExchange(_ route: RouteConfiguration) async throws -> (Exchange, [Binding]) {
        let site = context.target
        guard let exchange = try await site.management.exchange(route.exchange, virtualHost: site.virtualHost) else {
            throw StepError(
                code: "exchange-missing",
                message: "exchange '\(route.exchange)' of route '\(route.name)' does not exist on site '\(site.name)'",
                hint: "declare it and its bindings there, as they are on site '\(context.origin.name)'"
            )
        }
        let own = ObjectNames(pair: context.pair, route: route.name)
        let bindings = try await site.management.bindings(fromExchange: exchange.name, virtualHost: site.virtualHost)
        guard bindings.contains(where: { $0.destination != own.capture }) else {
            throw StepError(
                code: "exchange-unbound",
                message: "exchange '\(route.exchange)' of route '\(route.name)' leads nowhere on site '\(site.name)'",
                hint: "bind the queues there; everything replayed would be returned as unroutable"
            )
        }
        return (exchange, bindings)
    }

    /// - Returns: whether the broker could tell.
    private func checkRights(
        _ route: RouteConfiguration,
        _ exchange: Exchange,
        _ bindings: [Binding]
    ) async throws -> Bool {
        let names = ObjectNames(pair: context.pair, route: route.name)
        switch try await ReplayRights.probe(context.target, exchange: exchange, bindings: bindings, names: names) {
        case .granted:
            return true
        case .missing(let error):
            throw StepError(code: Self.permissionMissing, message: error.message, hint: error.hint)
        case .partial(let error):
            context.logger.warning("some messages will end in the quarantine", metadata: ["error": "\(error)"])
            return true
        case .unknown(let reason):
            // A broker in an alarm can be promoted; its replay waits for the end of the alarm.
            context.logger.warning("permissions are unknown", metadata: ["reason": "\(reason)"])
            return false
        }
    }

    // MARK: Planned

    /// Drains the routes and writes the new epoch. Any failure before that restores what was.
    func commitPlanned(_ record: PairRecord, timeout: Duration) async throws(OperationError) -> PairRecord {
        guard let originLock else {
            throw OperationError(
                .failed,
                code: "no-lock",
                message: "the lock of '\(context.origin.name)' is not held",
                hint: "run it again"
            )
        }
        guard let relays else {
            throw OperationError(
                .preconditionFailed,
                code: "no-relay",
                message: "no relay runs that could be drained; nothing was changed",
                hint:
                    "start the daemon and wait until its routes run; if the active site is gone, promote with --forced"
            )
        }
        let idle = context.routes.map(\.name).filter { relays.route($0) == nil }
        guard idle.isEmpty else {
            throw OperationError(
                .preconditionFailed,
                code: "no-relay",
                message: "a changed configuration is being taken over, and \(idle.joined(separator: ", ")) could not be"
                    + " drained; nothing was changed",
                hint: "wait until all routes run; if the active site is gone, promote with --forced"
            )
        }
        let id = await progress.report().id
        var intent = record
        intent.change { record in
            record.operation = PairRecord.Operation(
                id: id,
                kind: .planned,
                site: context.target.name,
                step: Step.draining.rawValue,
                started: Date(),
                cut: Date()
            )
        }
        relays.holdPolicies()
        progress.step(Step.draining.rawValue)
        do {
            intent = try await targetRecords.write(intent, generation: targetLock.generation)
            try await originRecords.write(intent, generation: originLock.generation)
            try await drain(within: timeout)
        } catch {
            throw await undo(intent, because: error, originLock)
        }
        progress.step(Step.committing.rawValue)
        var committed = intent
        committed.change { record in
            record.epoch += 1
            record.active = context.target.name
            record.operation?.step = Step.replaying.rawValue
        }
        do {
            committed = try await targetRecords.write(committed, generation: targetLock.generation)
        } catch {
            throw OperationError(
                .incomplete,
                code: "record-unknown",
                message:
                    "whether epoch \(committed.epoch) was written on '\(context.target.name)' is unknown: \(error)",
                hint: "run the same command again: it reads the record and goes on or undoes"
            )
        }
        // The target's record counts by its higher epoch; the other copy is written again if it is behind.
        _ = try? await originRecords.write(committed, generation: originLock.generation)
        return committed
    }

    private func drain(within timeout: Duration) async throws {
        guard let relays else { return }
        let deadline = ContinuousClock.now + timeout
        let routes = relays.routes
        for route in routes {
            try await route.drain(within: max(.zero, deadline - .now))
        }
        var taken: [UInt64] = []
        for route in routes { taken.append(await route.snapshot().counters.received) }
        // Publishers that were not stopped show up in the relay or in the capture.
        try await Task.sleep(for: .milliseconds(1000))
        for (route, before) in zip(routes, taken) {
            let late = await route.snapshot().counters.received - before
            guard late == 0 else { throw lateMessages(Int(late), route) }
        }
        await relays.stop()
        for route in routes {
            let waiting = try await route.captured()
            guard waiting == 0 else { throw lateMessages(waiting, route) }
        }
    }

    private func lateMessages(_ count: Int, _ route: Route) -> StepError {
        StepError(
            code: "late-messages",
            message:
                "\(count) messages were published to '\(route.configuration.exchange)' on '\(context.origin.name)' after route '\(route.names.route)' was drained",
            hint: "stop all publishers of site '\(context.origin.name)', then promote again"
        )
    }

    /// Takes the intent back, so that the origin stays active.
    private func undo(_ intent: PairRecord, because cause: any Error, _ originLock: HeldLock) async -> OperationError {
        var restored = intent
        restored.change { $0.endOperation("aborted", note: "\(cause)") }
        do {
            let written = try await targetRecords.write(restored, generation: targetLock.generation)
            try await originRecords.write(written, generation: originLock.generation)
        } catch {
            return OperationError(
                .incomplete,
                code: "undo-failed",
                message: "the promotion failed (\(cause)) and its intent could not be taken back: \(error)",
                hint: "run the daemon, or the same command again: whoever leads next takes it back"
            )
        }
        let step = cause as? StepError
        return OperationError(
            .aborted,
            code: step?.code ?? "drain-failed",
            message:
                "\(step?.message ?? "\(cause)"); site '\(context.origin.name)' stays active in epoch \(intent.epoch)",
            hint: step?.hint ?? "see the reason, then promote again"
        )
    }

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

extension PairRecord.Store {
    /// What the record keeps of a route's plan, so that a resumed replay takes the same messages.
    init(_ plan: Replay.Plan, seal: String) {
        self.init(count: plan.contents?.messages ?? plan.depth, seal: plan.contents == nil ? nil : seal)
        if let contents = plan.contents {
            firstOffset = contents.firstOffset.map { UInt64($0) }
            details["seal_offset"] = .integer(contents.sealOffset)
            if let newest = contents.newest { details["newest"] = .integer(newest) }
        }
    }

    var plan: Replay.Plan? {
        guard let count else { return nil }
        guard seal != nil else { return Replay.Plan(contents: nil, depth: count) }
        guard let sealOffset = details["seal_offset"]?.integer else { return nil }
        return Replay.Plan(
            contents: StreamContents(
                messages: count,
                sealOffset: sealOffset,
                firstOffset: firstOffset.map { Int64($0) },
                newest: details["newest"]?.integer
            ),
            depth: nil
        )
    }
}
