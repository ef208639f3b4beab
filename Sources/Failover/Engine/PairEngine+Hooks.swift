import ControlModel
import ErrorCodes
import FoundationEssentials
import Hooks
import Leadership
import Logging
import Relay
import RopewayConfiguration

/// The pair's hooks: before and after promotions, and where a look ahead finds that one would be refused.
extension PairEngine {
    /// How long is waited beyond what another process has to run the hooks after a promotion.
    private static let leeway = Duration.seconds(10)

    func hooks(_ occasion: HookConfiguration.Occasion) -> [HookConfiguration] {
        configuration.hooks.filter { $0.occasions.contains(occasion) }
    }

    /// The variables that hold secrets of the configuration: no program needs them.
    private var withheld: Set<String> { configuration.secretVariables }

    // MARK: Before

    /// Runs the hooks that come before a promotion.
    ///
    /// Before a planned one, one after the other in the order of the file: the first that fails keeps it from being begun.
    /// Before a forced one, all at once and for a short time; only a hook that says so keeps that from being begun.
    ///
    /// - Returns: why it is not begun, if it is not.
    func runHooksBefore(_ order: StepOrder, under lock: HeldLock) async -> StepFailure? {
        guard !configuration.hooks.isEmpty else { return nil }
        let started = order.record.operation.flatMap { $0.id == order.operation ? $0.started : nil }
        let debt = HookDebt(
            operation: order.operation,
            kind: order.kind.rawValue,
            site: order.target,
            from: order.origin,
            epoch: order.record.epoch + 1,
            started: started ?? machine.operation?.started.date ?? Date()
        )
        if !hooks(.afterPromotion).isEmpty {
            // Before anything that they may have to take back: whoever leads next runs them if this process dies.
            await hookDesk.owe(debt)
            await writeHooks(under: lock)
        }
        let before = hooks(.beforePromotion)
        guard !before.isEmpty else { return nil }
        var event = HookEvent(debt, pair: configuration.name, occasion: .beforePromotion)
        event.routes = order.plan.routes.map(\.name)
        event.steps = await progress?.report().steps.map { HookEvent.Step($0) }
        let veto = order.kind == .planned ? await ask(before, event) : await tell(before, event)
        await writeHooks(under: lock)
        return veto
    }

    private func ask(_ hooks: [HookConfiguration], _ event: HookEvent) async -> StepFailure? {
        for hook in hooks {
            let run = await hookDesk.run(hook, event, withholding: withheld)
            if !run.hasSucceeded { return StepFailure(veto: run) }
            guard !Task.isCancelled else { return nil }
        }
        return nil
    }

    private func tell(_ hooks: [HookConfiguration], _ event: HookEvent) async -> StepFailure? {
        let desk = hookDesk
        let withheld = withheld
        return await withTaskGroup(of: StepFailure?.self) { group in
            for hook in hooks {
                group.addTask {
                    let limit = hook.vetoesForced ? nil : HookDesk.forcedLimit
                    let run = await desk.run(hook, event, withholding: withheld, within: limit)
                    return run.hasSucceeded || !hook.vetoesForced ? nil : StepFailure(veto: run)
                }
            }
            var veto: StepFailure?
            for await failure in group { veto = veto ?? failure }
            return veto
        }
    }

    /// Writes the account down while a promotion waits for it, under the lock of the promoted site.
    private func writeHooks(under lock: HeldLock) async {
        guard let site = sites[lock.site] else { return }
        await hookDesk.flush([(site, lock)], within: HookDesk.writeLimit)
    }

    // MARK: After

    /// Has the hooks run that come after a promotion which has just ended here.
    ///
    /// Locks that are given back meanwhile are kept until it is written down that they are run; by a command, which has
    /// nothing else to do, until they have been.
    func runHooksAfter(_ end: OperationEnd) {
        guard !configuration.hooks.isEmpty, hookHold == nil, let site = sites[end.site] else { return }
        let lock = locks.first { $0.key.site == end.site }?.value
        let hold = Task {
            let debts = await hooksOwed(after: end, at: site)
            guard !debts.isEmpty else { return }
            for debt in debts { await hookDesk.claim(debt.operation, for: hookLimit) }
            if let lock { await writeHooks(under: lock) }
            guard mode == .command else {
                submitHooks { for debt in debts { await self.run(after: debt, end) } }
                return
            }
            for debt in debts { await run(after: debt, end) }
            if let lock { await hookDesk.flush([(site, lock)], within: .seconds(5)) }
        }
        hookHold = hold
        submitHooks {
            await hold.value
            await self.forgetHold()
        }
    }

    private func forgetHold() { hookHold = nil }

    /// The promotions after which hooks are to be run now: the one that has ended, and such as it took over.
    private func hooksOwed(after end: OperationEnd, at site: Site) async -> [HookDebt] {
        var open = await hookDesk.ledger.open
        let isOfInterest = end.fault == nil || end.fault?.kind == .aborted || end.fault?.kind == .incomplete
        if !open.contains(where: { $0.operation == end.id }), isOfInterest {
            // One that another process began.
            await hookDesk.load(from: [site])
            open = await hookDesk.ledger.open
        }
        return open.filter { ($0.operation == end.id || $0.claim == nil) && begin($0) }
    }

    /// Whether this process may run the hooks after a promotion: it does not do so already.
    private func begin(_ debt: HookDebt) -> Bool {
        guard machine.isOver(debt.operation) else { return false }
        return hooksUnderWay.insert(debt.operation).inserted
    }

    /// How long the hooks after a promotion may take together.
    private var hookLimit: Duration {
        hooks(.afterPromotion).reduce(.zero) { $0 + $1.timeout + HookRunner.grace }
    }

    /// Runs the hooks after a promotion, one after the other: none keeps the next from being run.
    private func run(after debt: HookDebt, _ ended: OperationEnd?) async {
        let end = ended.flatMap { $0.id == debt.operation ? $0 : nil }
        var event = HookEvent(debt, pair: configuration.name, occasion: .afterPromotion)
        let entry = record?.history.last { $0.id == debt.operation }
        let told = end.map { OperationReport($0) } ?? entry.map { OperationReport($0) }
        event.result = told?.state.rawValue ?? OperationState.failed.rawValue
        if let entry, end == nil { event.result = entry.result }
        event.epoch = told?.epoch ?? debt.epoch
        if let error = told?.error {
            event.reasons = [.init(code: error.code, message: error.message, hint: error.hint)]
        } else if told == nil {
            let message = "the process that ran it ended before it changed anything"
            event.reasons = [.init(code: ErrorCode.interrupted.rawValue, message: message)]
        }
        if let report = await progress?.report(), report.id == debt.operation {
            event.steps = report.steps.map { HookEvent.Step($0) }
        } else {
            event.steps = told?.steps.map { HookEvent.Step($0) }
        }
        for hook in hooks(.afterPromotion) {
            guard !Task.isCancelled else { break }
            await hookDesk.run(hook, event, withholding: withheld)
        }
        // One that was called off is run by whoever leads next.
        if !Task.isCancelled { await hookDesk.settle(debt.operation) }
        hooksUnderWay.remove(debt.operation)
    }

    // MARK: Keeping account

    /// Writes down what was run, and runs what another process left, until the task is cancelled.
    func keepHooks() async {
        guard mode == .daemon else { return }
        var isLoaded = false
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            guard !configuration.hooks.isEmpty, !Task.isCancelled else { continue }
            let held = sites.values.compactMap { site in heldLock(of: site.name).map { (site: site, lock: $0) } }
            await hookDesk.flush(held)
            guard machine.relaying != nil else {
                isLoaded = false
                continue
            }
            if !isLoaded, await !hookDesk.rests { isLoaded = await hookDesk.load(from: Array(sites.values)) }
            await runLeftHooks()
        }
    }

    private func heldLock(of site: String) -> HeldLock? {
        if let watchLock, watchLock.site == site, watchLock.isHeld { return watchLock }
        return locks.first { $0.key.site == site && $0.value.isHeld }?.value
    }

    /// Runs the hooks after promotions whose process is gone. Who leads holds the lock without which none is under way.
    private func runLeftHooks() async {
        let open = await hookDesk.ledger.open
        hooksSeen = hooksSeen.filter { seen in open.contains { $0.operation == seen.key } }
        for debt in open where !hooksUnderWay.contains(debt.operation) {
            guard machine.operation == nil, machine.relaying != nil else { return }
            if let claim = debt.claim {
                // Somebody may be running them: by this process's clock, so that nobody else's matters.
                let seen = hooksSeen[debt.operation] ?? .now
                hooksSeen[debt.operation] = seen
                let patience = Duration.milliseconds(claim.milliseconds) + Self.leeway
                guard ContinuousClock.now - seen >= patience else { continue }
            }
            hooksSeen[debt.operation] = nil
            guard begin(debt) else { continue }
            logger.notice("hooks after a promotion were left", metadata: ["operation": "\(debt.operation)"])
            await hookDesk.claim(debt.operation, for: hookLimit)
            submitHooks { await self.run(after: debt, nil) }
        }
    }

    // MARK: Look-ahead

    /// Tells the hooks that a scheduled promotion would be refused as things stand.
    ///
    /// - Parameters:
    ///   - site: the site that is to be promoted.
    ///   - date: when.
    ///   - findings: what would have it refused.
    package func lookAheadFailed(promoting site: String, at date: Date, findings: [CheckFinding]) async {
        let told = hooks(.lookAheadFailed)
        guard !told.isEmpty, let from = other(than: site)?.name else { return }
        let event = HookEvent(
            occasion: .lookAheadFailed,
            hook: "",
            run: "",
            pair: configuration.name,
            site: site,
            from: from,
            epoch: record.map { $0.epoch + 1 },
            kind: PairRecord.OperationKind.planned.rawValue,
            operation: nil,
            time: Date(),
            started: date,
            reasons: findings.map { finding in
                let subject = finding.subject.map { "\($0): " } ?? ""
                return .init(code: finding.code, message: subject + finding.message, hint: finding.hint)
            },
            routes: configuration.routes.map(\.name)
        )
        for hook in told {
            guard !Task.isCancelled else { return }
            await hookDesk.run(hook, event, withholding: withheld)
        }
    }
}

extension HookEvent {
    /// What is told of a promotion; the hook and the run are put in when it is run.
    init(_ debt: HookDebt, pair: String, occasion: HookOccasion) {
        self.init(
            occasion: occasion,
            hook: "",
            run: "",
            pair: pair,
            site: debt.site,
            from: debt.from,
            epoch: debt.epoch,
            kind: debt.kind,
            operation: debt.operation,
            time: Date(),
            started: debt.started
        )
    }
}

extension HookEvent.Step {
    init(_ report: OperationStepReport) {
        self.init(step: report.step, site: report.site, state: report.state.rawValue, seconds: report.seconds)
    }
}

extension StepFailure {
    /// What a hook that failed means for a promotion.
    init(veto run: HookRun) {
        self.init(
            code: .hookVeto,
            message: "the hook '\(run.hook)' \(run.summary)",
            hint: "see to what it says; or take it out of hooks, or out of before-promotion"
        )
    }
}

extension PairConfiguration {
    /// The environment variables that the configuration reads secrets from.
    var secretVariables: Set<String> {
        var sources = sites.flatMap {
            [$0.credentials?.password, $0.admin?.password, $0.managementCredentials.password]
        }
        sources.append(api.token)
        for hook in hooks {
            if case .webhook(let webhook) = hook.action { sources += [webhook.address, webhook.key] }
        }
        return Set(sources.compactMap { if case .environment(let name)? = $0 { name } else { nil } })
    }
}
