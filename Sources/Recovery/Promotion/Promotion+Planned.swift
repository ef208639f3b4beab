import Foundation
import Leadership
import Pump
import Relay
import RopewayConfiguration

extension Promotion {
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
        restored.change { $0.endOperation("aborted", at: Date(), note: "\(cause)") }
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
}
