import ErrorCodes

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What is known of the sites, and what it says.
extension LeaderStateMachine {
    /// Takes note of a record that a site has. It counts only if nothing newer is known, or what is known was written too
    /// late: it was read before the record that takes its operation back was there.
    mutating func know(_ found: PairRecord) {
        guard let record else {
            self.record = found
            return
        }
        if found.isNewer(than: record) || found.voids(record) { self.record = found }
    }

    /// Takes note of a record that was written and read back.
    mutating func noteWritten(_ written: PairRecord, at site: String) {
        lastWrite = issue()
        sites[site]?.reading = .record(written)
        sites[site]?.readUnder = lastWrite
        sites[site]?.readAt = now.time
        know(written)
        if let uncertain, uncertain.record.epoch <= written.epoch { self.uncertain = nil }
    }

    /// A site's record as it may be relied on: `nil` while it is waited for.
    func reading(of site: String, since ticket: Ticket = Ticket(0), patience: Duration) -> RecordReading? {
        guard let state = sites[site] else { return nil }
        if state.pendingRead != nil, now.time - state.pendingSince < patience { return nil }
        if let reading = state.reading, state.readUnder >= ticket, now.time - state.readAt <= settings.readingAge {
            return reading
        }
        guard state.pendingRead != nil, now.time - state.pendingSince >= patience else { return nil }
        return .unreachable(
            RecordFault(
                site: site,
                summary: "the record of site '\(site)' is not read yet",
                hint: "look whether its management API answers"
            )
        )
    }

    func other(than site: String) -> String { site == settings.first ? settings.second : settings.first }

    var isRelaying: Bool { if case .running = routes { true } else { false } }

    /// From where to where is relayed, if it is.
    package var relaying: RelayOrder? { if case .running(let order, _) = routes { order } else { nil } }

    /// The lock of a site, if this process holds it.
    package func lock(of site: String) -> LockHandle? { sites[site]?.heldLock }

    /// Whether another process leads.
    package var isStandingBy: Bool { obstacle?.code == .standingBy }

    /// Whether an operation that this process has ended, or never worked on, is over: nobody is to go on with it or to take
    /// it back.
    package func isOver(_ id: String) -> Bool {
        operation?.id != id && uncertain?.run.id != id && record != nil && record?.operation?.id != id
    }

    /// Whether applications may use the active site, as far as this process knows: its own record says so, was read not
    /// long ago, and no promotion of it is unfinished.
    package var isOpen: Bool { isOpen(at: now.time) }

    /// The same at an instant, which may be later than the last event.
    package func isOpen(at time: Duration) -> Bool {
        guard let record, record.operation?.site != record.active, let state = sites[record.active],
            case .record(let own) = state.reading, own.epoch == record.epoch, own.active == record.active,
            time - state.readAt <= settings.readingAge
        else { return false }
        return !isContradicted
    }

    /// Whether a site says that the record is not the last word: it names another active site, or was promoted since.
    private var isContradicted: Bool {
        switch view {
        case .disagreeing: true
        case .unreadable:
            sites.values.contains { if case .setBack = $0.reading { true } else { false } }
        case RecordView.none?, .agreed, .lost, .oneSided, .superseding, .unknown, nil: false
        }
    }
}
