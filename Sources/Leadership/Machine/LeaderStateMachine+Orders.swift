import ErrorCodes

extension LeaderStateMachine {
    // MARK: Promotions that are asked for

    mutating func takeOrder(_ order: PromotionOrder) {
        guard sites[order.site] != nil else {
            refuse(
                order.id,
                OperationFault(
                    .preconditionFailed,
                    code: .unknownSite,
                    message: "no site is named '\(order.site)'; nothing was changed",
                    hint: "sites are: \(settings.first), \(settings.second)"
                )
            )
            return
        }
        guard !isStopping, !isRenewing else {
            refuse(
                order.id,
                OperationFault(
                    .failed,
                    code: .ending,
                    message: "this process ends, or reads its configuration again; nothing was changed",
                    hint: "ask again"
                )
            )
            return
        }
        if let run = operation {
            meet(order, run)
            return
        }
        if let uncertain, uncertain.run.target == order.site {
            // The epoch may be written, so this goes on with it, whatever is asked for.
            self.uncertain = nil
            var run = uncertain.run
            run.commitRest.reset()
            run.pendingWrite = nil
            run.pendingStep = nil
            operation = run
            act(.answer(request: order.id, .accepted(id: run.id)))
            return
        }
        begin(order, takingOver: nil)
    }

    /// An order that comes while an operation is under way.
    private mutating func meet(_ order: PromotionOrder, _ run: OperationRun) {
        let isTheSame = run.target == order.site && !order.isDryRun && !run.isDryRun
        if case .takenBack = run.purpose, run.target == order.site, order.kind == .planned, !order.isDryRun {
            refuseAsRunning(order, run)
            return
        }
        // What can't be undone any more needs nothing of the other site: it is what was asked for, in either way.
        if isTheSame, run.kind == order.kind || run.isCommitAttempted {
            rests[run.id] = nil
            operation?.isAwaited = true
            act(.answer(request: order.id, .accepted(id: run.id)))
            return
        }
        guard order.kind == .forced, !order.isDryRun, !run.isCommitAttempted else {
            refuseAsRunning(order, run)
            return
        }
        if let hold = order.hold {
            refuse(order.id, hold)
            return
        }
        // A forced promotion waits for nothing that a planned one waits for.
        if let step = run.pendingStep { act(.cancelStep(step)) }
        let fault = OperationFault(
            .incomplete,
            code: .takenOver,
            message: "the forced promotion \(order.id) of '\(order.site)' took this operation over",
            hint: "see that one"
        )
        end(fault, isTakenOver: true)
        begin(order, takingOver: run.id)
    }

    private mutating func refuseAsRunning(_ order: PromotionOrder, _ run: OperationRun) {
        refuse(
            order.id,
            OperationFault(
                .locked,
                code: .operationRunning,
                message: run.id.isEmpty
                    ? "an operation is being taken back; nothing was changed by this request"
                    : "operation \(run.id) promotes '\(run.target)' (\(run.stepCode)); nothing was changed by this request",
                hint: "wait for it to end"
            )
        )
    }

    mutating func refuse(_ request: String, _ fault: OperationFault) {
        act(.answer(request: request, .refused(fault)))
    }

    private mutating func begin(_ order: PromotionOrder, takingOver: String?) {
        var run = OperationRun(
            id: order.id,
            kind: order.kind,
            target: order.site,
            origin: other(than: order.site),
            started: now,
            plan: order.plan,
            purpose: .ordered(order),
            begun: issue()
        )
        run.isDryRun = order.isDryRun
        run.acceptsGap = order.acceptsGap
        run.takenOver = takingOver
        if order.kind == .planned { run.deadline = now.time + order.timeout }
        operation = run
        readAfresh()
    }

    /// Has both records read by readings that begin now, whatever is under way.
    mutating func readAfresh() {
        for name in sites.keys {
            sites[name]?.nextRead = now.time
            // One that hangs must not keep a new one from being made: its answer is dropped when it comes.
            sites[name]?.pendingRead = nil
        }
    }

    // MARK: Operations that are to be taken back

    mutating func takeAbort(_ request: String) {
        if let run = operation { return takeAbort(request, of: run) }
        if let uncertain {
            refuse(request, pastReturn(uncertain.run.id, uncertain.run.target))
            return
        }
        // Somebody else's, whose process is gone: what it is, the records tell.
        var run = OperationRun(
            id: "",
            kind: .planned,
            target: settings.second,
            origin: settings.first,
            started: now,
            plan: PairRecord.Plan(routes: []),
            purpose: .takenBack(request: request),
            begun: issue()
        )
        run.epoch = record?.epoch
        operation = run
        readAfresh()
    }

    private mutating func takeAbort(_ request: String, of run: OperationRun) {
        switch run.purpose {
        case .takenBack(nil):
            operation?.isAwaited = true
            act(.answer(request: request, .accepted(id: run.id)))
            return
        case .takenBack:
            refuseAsEnding(request)
            return
        case .resumed:
            refuse(request, pastReturn(run.id, run.target))
            return
        case .ordered:
            break
        }
        guard run.kind == .planned, !run.isCommitAttempted else {
            refuse(request, pastReturn(run.id, run.target))
            return
        }
        operation?.isAwaited = true
        func fault(_ fate: String) -> OperationFault {
            OperationFault(
                .aborted,
                code: .aborted,
                message: "an operator had the planned promotion of '\(run.target)' \(fate)",
                hint: "promote again when it suits"
            )
        }
        if case .reading = run.phase {
            act(.answer(request: request, .accepted(id: run.id)))
            _ = fail(run, fault("called off"))
            return
        }
        if !run.isUndoing { undo(fault("taken back")) }
        act(.answer(request: request, .accepted(id: run.id)))
    }

    private mutating func refuseAsEnding(_ request: String) {
        refuse(
            request,
            OperationFault(
                .locked,
                code: .operationRunning,
                message: "another request to abort is being looked into; nothing was changed by this one",
                hint: "see what came of that one"
            )
        )
    }

    func pastReturn(_ id: String, _ site: String) -> OperationFault {
        OperationFault(
            .preconditionFailed,
            code: .pastPointOfNoReturn,
            message:
                "operation \(id) is past its point of no return: '\(site)' is active, or may be; nothing was changed",
            hint: "let it end; then promote the other site"
        )
    }
}
