import ControlModel
import ErrorCodes
import FoundationEssentials
import Leadership
import Logging
import Relay
import RopewayConfiguration
import Schedule

/// What is planned: this performs what ``ScheduleStateMachine`` wants done, and tells what came of it.
extension PairEngine {
    /// How often the clock is looked at.
    private static let tick = Duration.milliseconds(500)
    /// How often the sites' copies are read: others may write them while this process does not lead.
    private static let loadInterval = Duration.seconds(10)
    /// How long after it has begun to lead what is not known yet is waited for.
    private static let startTime = Duration.seconds(30)

    /// Sees to what is planned until the task is cancelled.
    func keepSchedule() async {
        guard mode == .daemon else { return }
        feedSchedule(.configured(configuration.schedule))
        var nextLoad = ContinuousClock.now
        while !Task.isCancelled {
            let led = planner.situation.leads
            await situateSchedule()
            let leads = planner.situation.leads
            if leads != led || ContinuousClock.now >= nextLoad {
                await loadSchedule()
                nextLoad = .now + Self.loadInterval
            }
            feedSchedule(.tick)
            try? await Task.sleep(for: Self.tick)
        }
        for (_, continuation) in scheduleRequests { continuation.resume(returning: .refused(.ending)) }
        scheduleRequests = [:]
    }

    /// Tells the machine of an event, and begins what follows.
    func feedSchedule(_ event: ScheduleEvent) {
        let moment = ScheduleMoment(time: moment.time, date: scheduleClock.now())
        for action in planner.handle(event, at: moment) { perform(action) }
    }

    private func perform(_ action: ScheduleAction) {
        switch action {
        case .write(let ticket, let record):
            submit { await self.write(record, ticket) }
        case .look(let ticket, let entry, _, let lead):
            submit {
                let reasons = await self.objections(to: entry, isDue: lead == nil)
                await self.feedSchedule(.looked(ticket, reasons))
            }
        case .start(let ticket, let entry, let operation, let epoch):
            submit { await self.start(entry, operation: operation, epoch: epoch, ticket) }
        case .answer(let request, let answer):
            scheduleRequests.removeValue(forKey: request)?.resume(returning: answer)
        case .tell(let notice):
            tell(notice)
        }
    }

    // MARK: What the pair is like

    private func situateSchedule() async {
        var situation = ScheduleSituation()
        // A promotion that it carries out ends its routes, and not that it leads.
        let isPromoting = machine.operation != nil && planner.situation.leads && !locks.isEmpty
        situation.leads = machine.relaying != nil || isPromoting
        if !situation.leads { leadsSince = nil }
        if situation.leads, leadsSince == nil { leadsSince = .now }
        if let leadsSince, ContinuousClock.now - leadsSince < Self.startTime, machine.operation == nil {
            let protection = await status().protection
            if protection != .protected {
                situation.waits = ScheduleReason(
                    code: .starting,
                    message: "this daemon has just begun to lead, and the pair is \(protection.rawValue)",
                    hint: "it waits for half a minute"
                )
            }
        }
        let record = machine.record
        situation.active = record?.active
        situation.epoch = record?.epoch
        if let run = machine.operation, !run.id.isEmpty, !run.isDryRun {
            situation.operation = run.id
            situation.operationSite = run.target
        } else if let operation = record?.operation {
            situation.operation = operation.id
            situation.operationSite = operation.site
        }
        for entry in record?.history ?? [] { situation.ended[entry.id] = ScheduleEnd(entry) }
        feedSchedule(.situation(situation))
    }

    // MARK: On the brokers

    /// Reads what the sites have.
    func loadSchedule() async {
        var found = ScheduleRecord()
        var told = 0
        let pair = configuration.name
        await withTaskGroup(of: (String, Result<ScheduleRecord?, RecordError>).self) { group in
            for site in sites.values {
                group.addTask {
                    do throws(RecordError) {
                        return (
                            site.name,
                            .success(try await MergedParameter<ScheduleRecord>(site: site, pair: pair).read())
                        )
                    } catch {
                        return (site.name, .failure(error))
                    }
                }
            }
            for await (site, result) in group {
                switch result {
                case .success(let copy):
                    told += 1
                    noteSchedule(nil, at: site)
                    if let copy { found.merge(copy) }
                case .failure(let error):
                    noteSchedule(error, at: site)
                }
            }
        }
        guard told > 0 else { return }
        feedSchedule(.loaded(found, isComplete: told == sites.count))
    }

    private func write(_ record: ScheduleRecord, _ ticket: ScheduleTicket) async {
        var merged = record
        var missing: [String: String] = [:]
        for site in sites.values.sorted(by: { $0.name < $1.name }) {
            guard let lock = heldLocks[site.name], lock.isHeld else {
                missing[site.name] = "its lock is not held"
                continue
            }
            do throws(RecordError) {
                merged.merge(
                    try await MergedParameter<ScheduleRecord>(site: site, pair: configuration.name).write(merged, lock)
                )
                noteSchedule(nil, at: site.name)
            } catch {
                missing[site.name] = error.summary
                noteSchedule(error, at: site.name)
                logger.debug("plans not written", metadata: ["site": "\(site.name)", "error": "\(error.summary)"])
            }
        }
        feedSchedule(.written(ticket, merged, missing: missing))
    }

    /// Takes note of what came of reading or writing a site's copy. A site that does not answer says nothing of it.
    private func noteSchedule(_ error: RecordError?, at site: String) {
        switch error?.kind {
        case .unavailable, .superseded, .notWhatWasWritten: return
        case nil: scheduleFaults[site] = nil
        case .malformed, .unknownVersion, .anotherVirtualHost:
            let isNew = scheduleFaults[site] == nil
            scheduleFaults[site] = error
            if isNew, let fault = scheduleFault {
                logger.error("what is planned can't be read", metadata: ["error": "\(fault.message)"])
            }
        }
    }

    /// What is wrong with a site's copy, where a person has to mend it.
    var scheduleFault: ErrorReport? {
        guard let error = scheduleFaults.min(by: { $0.key < $1.key })?.value else { return nil }
        return ErrorReport(
            code: .scheduleUnreadable,
            message: "what is planned can't be read at site '\(error.site)', and nothing is begun: \(error.summary)",
            hint: "restore the parameter from an export of the definitions; or delete it on both sites, which forgets "
                + "what commands had planned, and what became of it"
        )
    }

    // MARK: Promoting

    private func start(_ entry: ScheduleEntry, operation: String, epoch: Int, _ ticket: ScheduleTicket) async {
        let request = PromotionRequest(
            site: entry.site,
            expectedEpoch: epoch,
            timeoutSeconds: entry.timeout.map { $0 / .seconds(1) }
        )
        do throws(OperationError) {
            let report = try await beginPromotion(request, id: operation)
            guard report.id == operation else {
                let reason = ScheduleReason(
                    code: .notRun,
                    message: "not run: site '\(entry.site)' is active already, or operation \(report.id) promotes it",
                    hint: "nothing is to be done"
                )
                feedSchedule(.notBegun(ticket, reason))
                return
            }
            feedSchedule(.begun(ticket))
        } catch {
            feedSchedule(
                .notBegun(ticket, ScheduleReason(code: error.code, message: error.message, hint: error.hint))
            )
        }
    }

    // MARK: Telling

    /// The one place where a failed look ahead, and whatever else becomes of what is planned, is reported.
    private func tell(_ notice: ScheduleNotice) {
        switch notice {
        case .lookAheadFailed(let entry, let look):
            for reason in look.reasons {
                logger.warning(
                    "a planned promotion would be refused",
                    metadata: [
                        "entry": "\(entry.id)", "site": "\(entry.site)", "due": "\(RFC3339.text(look.due))",
                        "code": "\(reason.code)", "error": "\(reason.message)", "hint": "\(reason.hint)",
                    ]
                )
            }
            let findings = look.reasons.map { reason in
                CheckFinding(.fail, word: reason.code, message: reason.message, hint: reason.hint)
            }
            submitHooks { await self.lookAheadFailed(promoting: entry.site, at: look.due, findings: findings) }
        case .lookAheadPassed(let entry, let look):
            logger.info(
                "a planned promotion can be begun, as things are",
                metadata: ["entry": "\(entry.id)", "site": "\(entry.site)", "due": "\(RFC3339.text(look.due))"]
            )
        case .started(let entry, let outcome):
            logger.notice(
                "a planned promotion begins",
                metadata: [
                    "entry": "\(entry.id)", "site": "\(entry.site)", "due": "\(RFC3339.text(outcome.due))",
                    "who": "\(entry.who)", "why": "\(entry.why ?? "")",
                ]
            )
        case .ended(let outcome):
            logger.notice(
                "a planned promotion is \(outcome.state.rawValue)",
                metadata: [
                    "entry": "\(outcome.entry)", "site": "\(outcome.site)", "due": "\(RFC3339.text(outcome.due))",
                    "why": "\(outcome.reasons.map(\.message).joined(separator: "; "))",
                ]
            )
        }
    }
}

extension ScheduleReason {
    fileprivate static let ending = ScheduleReason(
        code: .ending,
        message: "this process ends; it may be written or not",
        hint: "see ropeway schedule list"
    )
}

extension ScheduleEnd {
    /// How an operation of this process ended.
    init(_ end: OperationEnd) {
        guard let fault = end.fault else {
            self.init(.done)
            return
        }
        let state: ScheduleOutcome.State =
            switch fault.kind {
            case .aborted: .aborted
            case .held: .held
            case .incomplete: .incomplete
            case .failed, .preconditionFailed, .mismatch, .locked, .unknown, .usage: .failed
            }
        self.init(state, reasons: [ScheduleReason(code: fault.code, message: fault.message, hint: fault.hint)])
    }

    /// How the record says that an operation ended.
    init(_ entry: PairRecord.Entry) {
        let state: ScheduleOutcome.State =
            switch entry.result {
            case "done": .done
            case PairRecord.aborted: .aborted
            default: .failed
            }
        let note = state == .done ? nil : entry.note
        self.init(state, reasons: note.map { [ScheduleReason(word: entry.result, message: $0, hint: "")] } ?? [])
    }
}
