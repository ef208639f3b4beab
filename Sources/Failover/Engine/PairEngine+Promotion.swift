import ControlModel
import ErrorCodes
import Foundation
import Leadership
import Logging
import Management
import Relay
import RopewayConfiguration
import Schedule

extension PairEngine {
    package func beginPromotion(_ request: PromotionRequest) async throws(OperationError) -> OperationReport {
        try await beginPromotion(request, id: UUID().uuidString.lowercased())
    }

    /// - Parameter id: unique for ever: of the operation, should one come of it.
    func beginPromotion(
        _ request: PromotionRequest,
        id: String
    ) async throws(OperationError) -> OperationReport {
        guard sites[request.site] != nil else {
            throw OperationError(
                .usage,
                code: .unknownSite,
                message: "no site is named '\(request.site)'; nothing was changed",
                hint: "sites are: \(configuration.sites.map(\.name).joined(separator: ", "))"
            )
        }
        startDriving()
        let risk = request.forced ? await risk(of: request) : nil
        let order = PromotionOrder(
            id: id,
            site: request.site,
            kind: request.forced ? .forced : .planned,
            expectedEpoch: request.expectedEpoch,
            timeout: request.timeoutSeconds.map { .seconds($0) } ?? .seconds(60),
            isDryRun: request.dryRun,
            acceptsGap: request.acceptsGap,
            plan: PairRecord.Plan(routes: configuration.routes.map { PairRecord.PlannedRoute($0) }),
            cut: await linkLoss(),
            forecast: risk?.forecast,
            consent: risk?.consent,
            hold: risk?.hold
        )
        switch await answer(to: order.id, { self.feed(.promote(order)) }) {
        case .accepted(let id):
            note(id, asked: order.kind)
            if let report = await report(of: id) { return await told(report) }
            return await told(begin(id, request).report())
        case .alreadyActive(let record):
            return alreadyActive(record, request)
        case .refused(let fault):
            throw OperationError(fault)
        }
    }

    package func abort() async throws(OperationError) -> OperationReport {
        startDriving()
        let request = UUID().uuidString
        switch await answer(to: request, { self.feed(.abort(request: request)) }) {
        case .accepted(let id):
            if let report = await report(of: id) { return report }
            return await observe(id).report()
        case .alreadyActive(let record):
            return OperationReport(id: "none", kind: "planned", site: record.active, epoch: record.epoch, state: .done)
        case .refused(let fault):
            throw OperationError(fault)
        }
    }

    package func plan(_ request: PromotionRequest) async throws(OperationError) -> PlanReport {
        guard let target = sites[request.site], let origin = other(than: request.site) else {
            throw OperationError(
                .usage,
                code: .unknownSite,
                message: "no site is named '\(request.site)'",
                hint: "sites are: \(configuration.sites.map(\.name).joined(separator: ", "))"
            )
        }
        if mode == .command || machine.view == nil { await readRecords() }
        let epoch = record?.epoch
        let kind: PairRecord.OperationKind = request.forced ? .forced : .planned
        let steps = PromotionStep.all(kind, target: target.name, origin: origin.name).map {
            OperationStepReport(
                $0,
                target: target.name,
                origin: origin.name,
                epoch: (epoch ?? 0) + 1,
                routes: configuration.routes.count
            )
        }
        var findings = planFindings(request, kind)
        findings += await PromotionChecks(
            pair: configuration.name,
            target: target,
            origin: origin,
            routes: configuration.routes,
            kind: kind,
            hooks: configuration.hooks,
            acceptsGap: request.acceptsGap,
            logger: logger
        ).findings()
        findings += await knownGaps(at: target).filter { gap in
            configuration.routes.contains { $0.name == gap.route }
        }.map { CheckFinding($0, refuses: $0.refuses(kind) && !request.acceptsGap) }
        let forecast = request.forced ? await forecastReport(promoting: target.name).report : nil
        findings += forecast?.heldFinding ?? []
        if findings.contains(where: { $0.verdict == .fail }) { findings.removeAll { $0.knownCode == .promotable } }
        return PlanReport(
            pair: configuration.name,
            kind: kind.rawValue,
            site: target.name,
            epoch: epoch.map { $0 + 1 },
            steps: steps,
            findings: findings,
            hooks: plannedHooks(kind),
            replay: await plannedReplay(at: target),
            forecast: forecast
        )
    }

    /// What the records say against a promotion.
    private func planFindings(_ request: PromotionRequest, _ kind: PairRecord.OperationKind) -> [CheckFinding] {
        func fail(_ fault: OperationFault) -> [CheckFinding] {
            [CheckFinding(.fail, code: fault.code, message: fault.message, hint: fault.hint)]
        }
        if let view, view.isHeld { return fail(machine.heldFault(view.summary)) }
        guard let record else {
            let hint = "run the daemon once, so that the pair begins; check that the sites answer"
            return [CheckFinding(.fail, code: .noRecord, message: "no record of the pair can be read", hint: hint)]
        }
        let refusal = LeaderStateMachine.refusal(
            of: kind,
            of: request.site,
            expectedEpoch: request.expectedEpoch,
            under: record
        )
        if let refusal { return fail(refusal) }
        if let operation = record.operation {
            let message = "operation \(operation.id) promotes '\(operation.site)' and is not finished"
            let hint = record.active == operation.site ? "a promotion resumes it" : "a promotion replaces it"
            return [CheckFinding(.warn, code: .operationUnfinished, message: message, hint: hint)]
        }
        guard record.active == request.site else { return [] }
        return [CheckFinding(.warn, code: .alreadyActive, message: "site '\(request.site)' is active already")]
    }

    /// Keeps how an operation was asked for.
    private func note(_ id: String, asked kind: PairRecord.OperationKind) {
        var kinds = asked.removeValue(forKey: id) ?? []
        if !kinds.contains(kind.rawValue) { kinds.append(kind.rawValue) }
        asked[id] = kinds
        askedOrder = (askedOrder.filter { $0 != id } + [id]).suffix(20)
        asked = asked.filter { askedOrder.contains($0.key) }
    }

    /// A report with what only this process knows: how the operation was asked for, and its hooks.
    func told(_ report: OperationReport) async -> OperationReport {
        var report = report
        report.asked = asked[report.id]
        report.hooks = await hookDesk.runs(of: report.id).map { HookRunReport($0) }
        return report
    }

    /// The hooks that a promotion runs, in their order.
    private func plannedHooks(_ kind: PairRecord.OperationKind) -> [PlannedHookReport] {
        let isForced = kind == .forced
        return [HookConfiguration.Occasion.beforePromotion, .afterPromotion].flatMap { occasion in
            configuration.hooks.filter { $0.occasions.contains(occasion) }.map { hook in
                let isBefore = occasion == .beforePromotion
                let isShort = isBefore && isForced && !hook.vetoesForced
                return PlannedHookReport(
                    hook: hook.name,
                    event: occasion.rawValue,
                    limit: (isShort ? min(hook.timeout, HookDesk.forcedLimit) : hook.timeout) / .seconds(1),
                    vetoes: isBefore && (!isForced || hook.vetoesForced)
                )
            }
        }
    }

    /// The report of an operation that is being told of, or that ended before it was.
    private func report(of id: String) async -> OperationReport? {
        if let progress, progress.id == id { return await progress.report() }
        return ends.last { $0.id == id }.map { OperationReport($0) }
    }

    /// Sends a request to the machine and waits for its answer.
    private func answer(to request: String, _ send: () -> Void) async -> OrderAnswer {
        await withCheckedContinuation { continuation in
            requests[request] = continuation
            send()
        }
    }

    /// The report of an operation that was accepted a moment ago.
    private func begin(_ id: String, _ request: PromotionRequest) -> PromotionProgress {
        logger.notice("promotion begins", metadata: ["site": "\(request.site)", "forced": "\(request.forced)"])
        return observe(id)
    }

    /// Has the operation that the machine works on reported.
    @discardableResult
    func observe(_ id: String) -> PromotionProgress {
        let run = machine.operation
        var report = OperationReport(
            id: id,
            kind: run?.kind.rawValue ?? "planned",
            site: run?.target ?? "",
            epoch: run?.epoch,
            state: .running,
            step: run?.stepCode,
            dryRun: run?.isDryRun ?? false,
            started: run?.started.date
        )
        report.forecast = run?.forecast.map { ForecastReport($0) }
        report.consent = run?.consent.map { ConsentReport($0) }
        let made = PromotionProgress(report)
        progress = made
        return made
    }

    private func alreadyActive(_ record: PairRecord, _ request: PromotionRequest) -> OperationReport {
        let last = record.history.last { $0.site == request.site && $0.epoch == record.epoch }
        let asked = request.forced ? "forced" : "planned"
        if let incomplete = record.incomplete {
            var report = OperationReport(incomplete)
            report.asked = [asked]
            return report
        }
        var report = OperationReport(
            id: last?.id ?? "none",
            kind: last?.kind.rawValue ?? asked,
            site: request.site,
            epoch: record.epoch,
            state: .done,
            dryRun: request.dryRun,
            started: last?.started,
            replayed: last?.replayed,
            repeats: last?.repeats,
            expired: last?.expired,
            quarantined: last?.quarantined,
            remaining: 0
        )
        report.asked = [asked]
        return report
    }

    /// Takes note of an operation's end.
    func ended(_ end: OperationEnd) {
        ends = (ends + [end]).suffix(10)
        runHooksAfter(end)
        feedSchedule(.ended(operation: end.id, ScheduleEnd(end)))
        guard let progress, progress.id == end.id else { return }
        var isDryRun = false
        progress.update { report in
            isDryRun = report.dryRun
            report.kind = end.kind.rawValue
            report.epoch = end.epoch
            report.step = nil
            for index in report.steps.indices where report.steps[index].state == .running {
                // The last step that a dry run takes.
                report.steps[index].state = end.fault == nil ? .done : .pending
            }
            guard let fault = end.fault else {
                report.state = .done
                if !report.dryRun {
                    for index in report.steps.indices { report.steps[index].state = .done }
                }
                return
            }
            let error = OperationError(fault)
            report.failure = error.kind
            report.state = OperationState(error.kind)
            report.error = ErrorReport(code: error.code, message: error.message, hint: error.hint, since: Date())
        }
        progress.end(end)
        if let fault = end.fault {
            logger.error(
                isDryRun ? "dry run of a promotion ended" : "promotion ended",
                metadata: ["code": "\(fault.code)", "error": "\(fault.message)"]
            )
        } else {
            logger.notice(
                isDryRun ? "dry run of a promotion done" : "promotion done",
                metadata: ["site": "\(end.site)", "epoch": "\(end.epoch)"]
            )
        }
    }
}
