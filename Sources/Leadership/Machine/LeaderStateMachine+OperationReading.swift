import ErrorCodes

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What an operation makes of the records, read before it begins, goes on or is taken back.
extension LeaderStateMachine {
    mutating func read(_ run: OperationRun) -> Bool {
        // What is being written to the promoted site has to be there first, or not to be.
        guard writing[run.target] == nil else { return false }
        let patience = run.kind == .forced ? settings.forcedPatience : settings.readingPatience
        guard let target = reading(of: run.target, since: run.begun, patience: settings.readingPatience * 2),
            let origin = reading(of: run.origin, since: run.begun, patience: patience)
        else { return false }
        let view = RecordView(
            (run.target, target),
            (run.origin, origin),
            configuredActive: settings.configuredActive
        )
        self.view = view
        guard !view.isHeld else { return fail(run, heldFault(view.summary)) }
        guard let record, let found = view.record else {
            return fail(
                run,
                OperationFault(
                    .preconditionFailed,
                    code: .noRecord,
                    message: "site '\(run.target)' has no record of the pair, or does not answer; nothing was changed",
                    hint: "run the daemon once, so that the pair begins; check that the site answers"
                )
            )
        }
        if case .unreachable = target, run.kind == .forced || record.active == run.target {
            return fail(
                run,
                OperationFault(
                    .preconditionFailed,
                    code: .noRecord,
                    message: "the record of site '\(run.target)' can't be read; nothing was changed",
                    hint: "check that its management API answers, and that its user has the tag policymaker"
                )
            )
        }
        if record.epoch > found.epoch {
            // The copy of the site that does not answer may be newer: then this one is what was written there.
            if case .oneSided = view {} else { return fail(run, wentBack(record)) }
        }
        operation?.base = record
        switch run.purpose {
        case .resumed: return resume(record)
        case .takenBack(let request): return takeBack(record, request)
        case .ordered(let order): return begin(order, record)
        }
    }

    /// Ends an operation that has not begun, and tells whoever asked for it.
    mutating func fail(_ run: OperationRun, _ fault: OperationFault) -> Bool {
        end(fault)
        return true
    }

    mutating func begin(_ order: PromotionOrder, _ record: PairRecord) -> Bool {
        guard let run = operation else { return false }
        let refusal = Self.refusal(of: order.kind, of: run.target, expectedEpoch: order.expectedEpoch, under: record)
        if let refusal { return fail(run, refusal) }
        if record.active == run.target {
            guard let unfinished = record.operation, unfinished.site == run.target else {
                operation?.epoch = record.epoch
                guard run.isAnswered || run.isAwaited else {
                    operation = nil
                    act(.answer(request: order.id, .alreadyActive(record)))
                    return true
                }
                // Somebody else made it active meanwhile.
                accept(order, as: run.id)
                end(nil)
                return true
            }
            return join(unfinished, order, record)
        }
        if let hold = order.hold { return fail(run, hold) }
        operation?.epoch = record.epoch + 1
        operation?.steps = PromotionStep.all(run.kind, target: run.target, origin: run.origin)
        operation?.phase = .walking
        accept(order, as: run.id)
        return true
    }

    /// Why the record refuses a promotion; `nil` if it does not. A plan and the promotion ask the same.
    package static func refusal(
        of kind: PairRecord.OperationKind,
        of site: String,
        expectedEpoch: Int?,
        under record: PairRecord
    ) -> OperationFault? {
        if let expectedEpoch, expectedEpoch != record.epoch {
            return OperationFault(
                .mismatch,
                code: .epochMismatch,
                message: "the pair is in epoch \(record.epoch), not \(expectedEpoch); nothing was changed",
                hint: "look at the status, then say which epoch you mean"
            )
        }
        guard kind == .planned, record.active != site, let unfinished = record.operation, unfinished.site != site else {
            return nil
        }
        return OperationFault(
            .locked,
            code: .operationUnfinished,
            message:
                "operation \(unfinished.id) promotes '\(unfinished.site)' and is not finished; nothing was changed",
            hint: "finish it first: run the daemon, or ropeway promote \(unfinished.site)"
        )
    }

    /// Tells whoever ordered it, once, which operation carries it out.
    mutating func accept(_ order: PromotionOrder, as id: String) {
        guard operation?.isAnswered == false else { return }
        operation?.isAnswered = true
        act(.answer(request: order.id, .accepted(id: id)))
    }

    /// An order for a promotion that the record says is past its point of no return: it is resumed.
    mutating func join(
        _ unfinished: PairRecord.Operation,
        _ order: PromotionOrder,
        _ record: PairRecord
    ) -> Bool {
        guard let run = operation, !order.isDryRun else {
            operation?.epoch = record.epoch
            operation?.steps = [.lock(site: order.site), .check]
            operation?.phase = .walking
            accept(order, as: order.id)
            return true
        }
        rests[unfinished.id] = nil
        if run.id != unfinished.id, run.isAnswered || run.isAwaited { operation?.aliases.append(run.id) }
        operation?.id = unfinished.id
        operation?.kind = unfinished.kind
        operation?.plan = unfinished.plan ?? run.plan
        operation?.deadline = nil
        operation?.purpose = .resumed
        operation?.isUrgent = order.kind == .forced
        accept(order, as: unfinished.id)
        return resume(record)
    }

    mutating func resume(_ record: PairRecord) -> Bool {
        guard let run = operation else { return false }
        guard let unfinished = record.operation, unfinished.id == run.id, record.active == run.target else {
            finishedElsewhere(run, record)
            return true
        }
        operation?.epoch = record.epoch
        operation?.isAnnounced = true
        operation?.isCommitAttempted = true
        operation?.times = []
        operation?.steps = PromotionStep.resumed(unfinished.kind, target: run.target, origin: run.origin)
        operation?.phase = .walking
        return true
    }

    /// An operation that this process worked on, or wanted to, was finished or taken back by another one.
    mutating func finishedElsewhere(_ run: OperationRun, _ record: PairRecord) {
        guard run.isAnswered || run.isAwaited else {
            operation = nil
            return
        }
        operation?.epoch = record.epoch
        switch record.history.last(where: { $0.id == run.id })?.result {
        case "done", "incomplete":
            end(nil)
        case "taken-over":
            end(
                OperationFault(
                    .incomplete,
                    code: .takenOver,
                    message:
                        "another operation took \(run.id) over; '\(record.active)' is active in epoch \(record.epoch)",
                    hint: "look at the status"
                )
            )
        case let result:
            operation?.epoch = record.epoch + 1
            end(
                OperationFault(
                    result == nil ? .unknown : .aborted,
                    code: result == nil ? .operationUnknown : .aborted,
                    message: result == nil
                        ? "another process ended operation \(run.id), and the record does not say how"
                        : "another process had operation \(run.id) taken back; '\(record.active)' is active",
                    hint: "look at the status, then promote again if that is still wanted"
                )
            )
        }
    }

    mutating func takeBack(_ record: PairRecord, _ request: String?) -> Bool {
        guard let run = operation else { return false }
        guard let unfinished = record.operation, request != nil || unfinished.id == run.id else {
            if request == nil {
                finishedElsewhere(run, record)
                return true
            }
            return fail(
                run,
                OperationFault(
                    .preconditionFailed,
                    code: .noOperation,
                    message: "no operation is under way; nothing was changed",
                    hint: "ropeway history tells how the last one ended"
                )
            )
        }
        guard unfinished.step == PromotionStep.reversibleCode, record.active != unfinished.site else {
            return fail(run, pastReturn(unfinished.id, unfinished.site))
        }
        guard sites[unfinished.site] != nil else { return fail(run, heldFault(view?.summary ?? "")) }
        var taken = OperationRun(
            id: unfinished.id,
            kind: unfinished.kind,
            target: unfinished.site,
            origin: other(than: unfinished.site),
            started: run.started,
            plan: unfinished.plan ?? run.plan,
            purpose: .takenBack(request: nil),
            begun: run.begun
        )
        taken.base = record
        taken.epoch = record.epoch + 1
        taken.isAnnounced = true
        taken.isAwaited = request != nil || run.isAwaited
        taken.steps = [.lock(site: taken.target), .lock(site: taken.origin)]
        taken.phase = .walking
        operation = taken
        if let request { act(.answer(request: request, .accepted(id: taken.id))) }
        return true
    }
}
