import ErrorCodes
import Foundation

extension ScheduleStateMachine {
    // MARK: Writing

    /// Writes what is not written.
    mutating func write() -> Bool {
        if answerThoseThatWaited() { return true }
        guard isDirty, pendingWrite == nil, now.time >= writeAgain else { return false }
        // A pair that plans nothing has nothing of it on its sites.
        guard !record.isEmpty else {
            isDirty = false
            return false
        }
        let ticket = issue()
        pendingWrite = ticket
        isDirty = false
        for index in requests.indices where requests[index].ticket == nil { requests[index].ticket = ticket }
        act(.write(ticket, record))
        return true
    }

    mutating func written(_ ticket: ScheduleTicket, _ found: ScheduleRecord, _ missing: [String: String]) {
        guard pendingWrite == ticket else { return }
        pendingWrite = nil
        let wasDirty = isDirty
        record.merge(found)
        isDirty = wasDirty || !missing.isEmpty || !found.isSame(as: record)
        if !missing.isEmpty { writeAgain = now.time + Self.writeRest }
        answerRequests(upTo: ticket, missing)
        // A write that was begun before the mark was made does not have it, and what it found says so.
        if missing.isEmpty, let run, run.phase == .marking,
            found.outcome(of: run.entry.id, due: run.due)?.operation == run.operation
        {
            marked()
        }
    }

    // MARK: Requests

    mutating func add(_ request: String, _ entry: ScheduleEntry) {
        guard isWorking else { return refuse(request, .notLeading) }
        do throws(ScheduleReason) {
            try record.add(asked: entry, configured: configured, now: now.date)
        } catch {
            return refuse(request, error)
        }
        enqueue(request, entry.id)
    }

    mutating func cancel(_ request: String, _ id: String, _ cancellation: ScheduleEntry.Cancellation) {
        guard isWorking else { return refuse(request, .notLeading) }
        if let run, run.entry.id == id {
            switch run.phase {
            case .looking: self.run = nil
            case .marking, .starting: return refuse(request, .beingBegun)
            case .running: break
            }
        }
        do throws(ScheduleReason) {
            try record.cancel(asked: id, cancellation, configured: configured)
        } catch {
            return refuse(request, error)
        }
        enqueue(request, id)
    }

    private mutating func enqueue(_ request: String, _ id: String) {
        isDirty = true
        writeAgain = .zero
        requests.append(PendingRequest(request: request, id: id, ticket: nil, asked: now.time))
    }

    private mutating func refuse(_ request: String, _ reason: ScheduleReason) {
        act(.answer(request: request, .refused(reason)))
    }

    /// Answers those whose change was written somewhere: the other site gets it with the next write.
    private mutating func answerRequests(upTo ticket: ScheduleTicket, _ missing: [String: String]) {
        guard missing.count < 2 else {
            // It is tried again.
            for index in requests.indices { requests[index].ticket = nil }
            return
        }
        for asked in requests where asked.ticket.map({ $0 <= ticket }) ?? false {
            guard let entry = record.entry(asked.id) else { continue }
            act(.answer(request: asked.request, .accepted(entry, missing: missing)))
        }
        requests.removeAll { $0.ticket.map { $0 <= ticket } ?? false }
    }

    private mutating func answerThoseThatWaited() -> Bool {
        guard let asked = requests.first(where: { now.time - $0.asked > Self.requestPatience }) else { return false }
        requests.removeAll { $0.request == asked.request }
        refuse(asked.request, .notWritten)
        return true
    }

    /// Nobody else writes what they ask for.
    mutating func refuseRequests() -> Bool {
        guard !requests.isEmpty else { return false }
        for asked in requests { refuse(asked.request, .notWritten) }
        requests = []
        return true
    }
}

extension ScheduleRecord {
    /// Takes an entry that somebody asks for.
    package mutating func add(asked entry: ScheduleEntry, configured: [ScheduleEntry], now: Date) throws(ScheduleReason)
    {
        if case .at(let date, _) = entry.timing, date <= now {
            throw ScheduleReason(
                code: .timePassed,
                message: "\(RFC3339.text(date)) has passed: it is \(RFC3339.text(now)); nothing was planned",
                hint: "give a time to come"
            )
        }
        guard waiting.count < Self.mostEntries else {
            throw ScheduleReason(
                code: .tooManyEntries,
                message: "\(waiting.count) entries wait already; nothing was planned",
                hint: "cancel those that are not needed"
            )
        }
        if let other = (configured + waiting).first(where: { $0.site == entry.site && $0.timing == entry.timing }) {
            throw ScheduleReason(
                code: .plannedAlready,
                message: "entry \(other.id) plans the same already; nothing was changed",
                hint: "cancel that one first"
            )
        }
        add(entry, now: now)
    }

    /// Takes an entry back that somebody asks for.
    package mutating func cancel(
        asked id: String,
        _ cancellation: ScheduleEntry.Cancellation,
        configured: [ScheduleEntry]
    ) throws(ScheduleReason) {
        guard !configured.contains(where: { $0.id == id }) else {
            throw ScheduleReason(
                code: .configured,
                message: "entry \(id) stands in the configuration; nothing was changed",
                hint: "remove it there and have the daemon read the file again (SIGHUP)"
            )
        }
        guard let entry = entry(id) else {
            throw ScheduleReason(
                code: .unknownEntry,
                message: "no entry of the schedule has the id '\(id)'; nothing was changed",
                hint: "see ropeway schedule list"
            )
        }
        guard !isOver(entry) || entry.cancelled != nil else {
            throw ScheduleReason(
                code: .over,
                message: "the time of entry \(id) has come; nothing was changed",
                hint: "see ropeway history; a promotion that is under way is taken back with ropeway abort"
            )
        }
        cancel(id, cancellation)
    }
}

extension ScheduleReason {
    static let notLeading = ScheduleReason(
        code: .notLeading,
        message: "this daemon does not lead the pair; nothing was changed",
        hint: "ask the daemon that leads, or wait until this one does"
    )
    static let notWritten = ScheduleReason(
        code: .notWritten,
        message: "no site took it in time; it may be written or not",
        hint: "see ropeway schedule list"
    )
    static let beingBegun = ScheduleReason(
        code: .beingBegun,
        message: "it is being begun at this moment; nothing was changed",
        hint: "take the promotion back with ropeway abort"
    )
}

extension ScheduleReason: Error {}
