import ControlModel
import ErrorCodes
import Foundation
import Leadership
import Logging
import Relay
import RopewayConfiguration
import Schedule

/// What is planned, as operators see and change it.
extension PairEngine {
    package func schedule() async -> ScheduleReport {
        if mode == .command { await readSchedule() }
        return scheduleReport()
    }

    package func addToSchedule(_ request: ScheduleRequest) async throws(OperationError) -> ScheduledReport {
        let now = scheduleClock.now()
        let id = "s" + UUID().uuidString.lowercased().prefix(8)
        let entry = try request.entry(id: id, sites: configuration.sites.map(\.name), now: now)
        let configured = configuration.schedule
        let added = try await change(.add(request: id, entry)) { record throws(ScheduleReason) in
            try record.add(asked: entry, configured: configured, now: now)
            return entry
        }
        logger.notice(
            "promotion planned",
            metadata: [
                "entry": "\(added.id)", "site": "\(added.site)", "who": "\(added.who)", "why": "\(added.why ?? "")",
            ]
        )
        return ScheduledReport(added, in: planner.record, operation: planner.situation.operation, now: now)
    }

    package func cancelScheduled(
        _ id: String,
        _ request: ScheduleCancellation
    ) async throws(OperationError) -> ScheduledReport {
        let now = scheduleClock.now()
        let cancellation = try request.checked(now: now)
        let configured = configuration.schedule
        let event = ScheduleEvent.cancel(request: UUID().uuidString, id: id, cancellation)
        let cancelled = try await change(event) { record throws(ScheduleReason) in
            try record.cancel(asked: id, cancellation, configured: configured)
            return record.entry(id)
        }
        logger.notice("planned promotion cancelled", metadata: ["entry": "\(id)", "who": "\(cancellation.who)"])
        return ScheduledReport(cancelled, in: planner.record, operation: planner.situation.operation, now: now)
    }

    func scheduleReport() -> ScheduleReport {
        ScheduleReport(
            pair: configuration.name,
            configured: configuration.schedule,
            record: planner.record,
            operation: planner.situation.operation,
            error: scheduleFault ?? (planner.situation.leads ? planner.waits.map { ErrorReport($0) } : nil),
            now: scheduleClock.now()
        )
    }

    /// Reads the sites' copies, for a command that only tells of them.
    func readSchedule() async {
        feedSchedule(.configured(configuration.schedule))
        await loadSchedule()
    }

    /// The changes that this process may make: by the machine where it leads, else under the locks of the sites.
    private func change(
        _ event: ScheduleEvent,
        _ body: (inout ScheduleRecord) throws(ScheduleReason) -> ScheduleEntry?
    ) async throws(OperationError) -> ScheduleEntry {
        guard mode == .daemon else { return try await changeAlone(body) }
        let request: String
        switch event {
        case .add(let id, _), .cancel(let id, _, _): request = id
        default: preconditionFailure("no request")
        }
        let answer = await withCheckedContinuation { continuation in
            scheduleRequests[request] = continuation
            feedSchedule(event)
        }
        switch answer {
        case .accepted(let entry, let missing):
            noteMissing(missing)
            return entry
        case .refused(let reason):
            throw OperationError(reason)
        }
    }

    /// Where no daemon answers: under the locks that whoever leads would hold. One site is enough, as long as the other
    /// does not answer: nothing is begun before both have the same.
    private func changeAlone(
        _ body: (inout ScheduleRecord) throws(ScheduleReason) -> ScheduleEntry?
    ) async throws(OperationError) -> ScheduleEntry {
        await readSchedule()
        if let fault = scheduleFault {
            throw OperationError(
                .held,
                code: fault.knownCode ?? .scheduleUnreadable,
                message: fault.message,
                hint: fault.hint
            )
        }
        var record = planner.record
        let entry: ScheduleEntry?
        do throws(ScheduleReason) {
            entry = try body(&record)
        } catch {
            throw OperationError(error)
        }
        guard let entry else { throw OperationError(.unknownEntry) }
        var missing: [String: String] = [:]
        let held = try await acquireForSchedule(&missing)
        for (site, lock) in held {
            do throws(RecordError) {
                record.merge(
                    try await MergedParameter<ScheduleRecord>(site: site, pair: configuration.name).write(record, lock)
                )
            } catch {
                missing[site.name] = error.summary
            }
        }
        for (_, lock) in held { await lock.release() }
        guard missing.count < sites.count else {
            let why = missing.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")
            throw OperationError(
                .failed,
                code: .notWritten,
                message: "no site could be written: \(why)",
                hint: "check that a site answers; see ropeway schedule list"
            )
        }
        noteMissing(missing)
        feedSchedule(.loaded(record, isComplete: missing.isEmpty))
        return entry
    }

    /// Takes the locks of both sites, as far as they answer.
    ///
    /// - Throws: ``OperationError`` where another holds one: it leads, and may begin what is planned at any moment.
    private func acquireForSchedule(
        _ missing: inout [String: String]
    ) async throws(OperationError) -> [(site: Site, lock: HeldLock)] {
        var held: [(site: Site, lock: HeldLock)] = []
        for site in sites.values.sorted(by: { $0.name < $1.name }) {
            do throws(OperationError) {
                held.append((site, try await acquire(site, timeout: .seconds(5))))
            } catch {
                guard error.kind != .locked else {
                    for (_, lock) in held { await lock.release() }
                    throw error
                }
                missing[site.name] = error.message
            }
        }
        return held
    }

    private func noteMissing(_ missing: [String: String]) {
        for (site, why) in missing.sorted(by: { $0.key < $1.key }) {
            logger.warning(
                "a site does not have the change yet; whoever leads writes it there",
                metadata: ["site": "\(site)", "error": "\(why)"]
            )
        }
    }
}

extension ScheduleReason {
    fileprivate static let unknownEntry = ScheduleReason(
        code: .unknownEntry,
        message: "there is no such entry; nothing was changed",
        hint: "see ropeway schedule list"
    )
}

extension OperationError {
    /// What a change of what is planned is refused for.
    init(_ reason: ScheduleReason) {
        let kind: ErrorKind =
            switch reason.knownCode {
            case .unknownEntry: .usage
            case .notLeading: .locked
            case .notWritten, .ending: .unknown
            default: .preconditionFailed
            }
        self.init(kind, code: reason.knownCode ?? .unrecognized, message: reason.message, hint: reason.hint)
    }
}
