import ErrorCodes

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Decides what a process does for a pair: which locks it takes, what it writes into the records, which routes run, and how
/// a promotion goes on.
///
/// A value: events come in, actions go out. It reads no clock, opens no socket, starts no task and draws no random number,
/// so that it is run in a simulation. Three rules keep it from following what is not true any more:
/// - An observation carries the ticket that it was begun under. A reading of a record that began before the last write of
///   one, or before the lock was held that it is used under, is dropped and made again.
/// - ``record`` never goes back: neither to a lower epoch nor to a lower revision.
/// - What runs, runs under a ``LockHandle``, and ends when that lock is lost.
package struct LeaderStateMachine: Sendable {
    enum Lock: Sendable, Hashable {
        case free
        case taking(Ticket)
        /// - seen: readings that began after it were made under the lock.
        case held(LockHandle, seen: Ticket)
        case releasing(LockHandle)
    }

    struct SiteState: Sendable, Hashable {
        var reading: RecordReading?
        var readUnder = Ticket(0)
        var readAt = Duration.zero
        var pendingRead: Ticket?
        var pendingSince = Duration.zero
        /// When it is to be read next.
        var nextRead = Duration.zero
        var lock = Lock.free
        var lockRest = Rest(first: .milliseconds(500), longest: .seconds(5))
        var lockRefusal: LockRefusal?

        var heldLock: LockHandle? { if case .held(let handle, _) = lock { handle } else { nil } }
    }

    enum Routes: Sendable, Hashable {
        case stopped
        case running(RelayOrder, LockHandle)
        case stopping(Ticket)
    }

    /// A record that may have been written, or may be yet.
    struct Uncertain: Sendable, Hashable {
        var record: PairRecord
        var lock: LockHandle
        var run: OperationRun
        var rest = Rest(first: .seconds(1), longest: .seconds(30))
    }

    struct PendingWrite: Sendable, Hashable {
        var ticket: Ticket
        var record: PairRecord
        var site: String
    }

    package let settings: Settings

    /// The record that counts, as this process last read or wrote it: it never goes back.
    package internal(set) var record: PairRecord?
    /// What the records said together when both sites were last heard; `nil` before the first time.
    package internal(set) var view: RecordView?
    /// Why this process does not lead, if it does not.
    package internal(set) var obstacle: OperationFault?
    /// The operation that this process works on.
    package internal(set) var operation: OperationRun?

    var sites: [String: SiteState]
    var routes = Routes.stopped
    var uncertain: Uncertain?
    /// A write that is no operation's.
    var pendingWrite: PendingWrite?
    /// The write that is under way at each site, whoever still waits for it: two at a time could land in either order.
    var writing: [String: Ticket] = [:]
    /// The newest record that this process wanted written, wherever that has got to.
    var attempted: PairRecord?
    /// Readings that began before it may lack what was written.
    var lastWrite = Ticket(0)
    /// Operations that failed and are tried again later.
    var rests: [String: Rest] = [:]
    var writeRest = Rest(first: .seconds(1), longest: .seconds(30))
    var isStopping = false
    var isRenewing = false
    var hasStopped = false
    var now = Moment(time: .zero, date: .init(timeIntervalSince1970: 0))

    var issued: UInt64 = 0
    var actions: [LeaderAction] = []

    package init(_ settings: Settings) {
        self.settings = settings
        sites = [settings.first: SiteState(), settings.second: SiteState()]
    }

    // MARK: Events

    /// Takes an event and says what is to be done.
    package mutating func handle(_ event: LeaderEvent, at moment: Moment) -> [LeaderAction] {
        now = moment
        take(event)
        // What follows from what is known is decided until nothing more does.
        while proceed() {}
        defer { actions = [] }
        return actions
    }

    /// When time alone may change something; `nil` if it can't.
    package var nextWake: Duration? {
        guard !hasStopped else { return nil }
        var wakes: [Duration] = []
        let isReading = settings.leads || operation != nil
        for site in sites.values {
            if site.pendingRead == nil, isReading { wakes.append(site.nextRead) }
            if site.pendingRead != nil {
                wakes.append(site.pendingSince + settings.readingPatience)
                wakes.append(site.pendingSince + settings.forcedPatience)
            }
            wakes.append(site.lockRest.until)
        }
        if let deadline = operation?.deadline { wakes.append(deadline) }
        if let operation { wakes.append(operation.commitRest.until) }
        if let uncertain { wakes.append(uncertain.rest.until) }
        wakes.append(writeRest.until)
        wakes += rests.values.map(\.until)
        return wakes.filter { $0 > now.time }.min()
    }

    // MARK: Deciding

    /// Takes one decision that follows from what is known.
    ///
    /// - Returns: whether something changed, so that another decision may follow.
    mutating func proceed() -> Bool {
        if case .running(_, let lock) = routes, sites[lock.site]?.heldLock != lock {
            stopRoutes()
            return true
        }
        if isStopping || isRenewing { return endEverything() }
        if readDueRecords() { return true }
        if operation != nil { return proceedWithOperation() }
        if uncertain != nil { return settleUncertain() }
        return settings.leads ? follow() : releaseAll()
    }

    mutating func endEverything() -> Bool {
        if let run = operation {
            if let step = run.pendingStep { act(.cancelStep(step)) }
            // Its record says how far it got: whoever leads next goes on.
            let fault = OperationFault(
                run.isCommitAttempted || run.isAnnounced ? .incomplete : .failed,
                code: .interrupted,
                message:
                    "the process that runs the promotion of '\(run.target)' ends, or reads its configuration again",
                hint: "run the daemon, or the same command again: it goes on from the record"
            )
            if case .reading = run.phase { return fail(run, fault) }
            end(fault)
            return true
        }
        if case .running = routes {
            stopRoutes()
            return true
        }
        if case .stopping = routes { return false }
        if releaseAll() { return true }
        guard sites.values.allSatisfy({ $0.lock == .free }), !hasStopped else { return false }
        if isStopping {
            hasStopped = true
            act(.stopped)
            return false
        }
        isRenewing = false
        for name in sites.keys {
            // What the old addresses say is not asked for any more.
            sites[name] = SiteState()
        }
        lastWrite = issue()
        act(.applySettings)
        return true
    }

    /// Gives back every lock.
    mutating func releaseAll() -> Bool {
        var isChanged = false
        for name in sites.keys.sorted() where release(name) { isChanged = true }
        return isChanged
    }

    /// Gives a site's lock back.
    ///
    /// - Returns: whether there was one.
    mutating func release(_ site: String) -> Bool {
        switch sites[site]?.lock {
        case .held(let handle, _):
            sites[site]?.lock = .releasing(handle)
            act(.releaseLock(handle))
            return true
        case .taking:
            // Given back as soon as it comes.
            sites[site]?.lock = .free
            return true
        case .releasing, .free, nil:
            return false
        }
    }

    mutating func readDueRecords() -> Bool {
        guard settings.leads || operation != nil,
            sites.values.contains(where: { $0.pendingRead == nil && $0.nextRead <= now.time })
        else { return false }
        var isChanged = false
        // Both at once: what one site said long before the other is not what they say together.
        for name in sites.keys.sorted() {
            guard let state = sites[name], state.pendingRead == nil else { continue }
            let ticket = issue()
            sites[name]?.pendingRead = ticket
            sites[name]?.pendingSince = now.time
            act(.readRecord(site: name, ticket))
            isChanged = true
        }
        return isChanged
    }

    /// Has both records read as soon as possible.
    mutating func readAgain() {
        for name in sites.keys { sites[name]?.nextRead = now.time }
    }

    mutating func stopRoutes() {
        guard isRelaying else { return }
        let ticket = issue()
        routes = .stopping(ticket)
        act(.stopRoutes(ticket))
    }

    /// Has a record written, unless another write to that site is under way.
    ///
    /// - Returns: what it was begun under; `nil` if it has to wait.
    mutating func beginWriting(_ record: PairRecord, under lock: LockHandle) -> Ticket? {
        guard writing[lock.site] == nil else { return nil }
        let ticket = issue()
        writing[lock.site] = ticket
        if attempted.map({ record.isNewer(than: $0) }) ?? true { attempted = record }
        act(.writeRecord(record, under: lock, ticket))
        return ticket
    }

    /// - Returns: the site that was written to.
    mutating func endWriting(_ ticket: Ticket) -> String? {
        let site = writing.first { $0.value == ticket }?.key
        if let site { writing[site] = nil }
        return site
    }

    /// A record that is made from another one, with a revision that no other one has had that this process wanted
    /// written: that may be somewhere by now, or soon.
    func madeNew(_ record: PairRecord) -> PairRecord {
        guard let attempted, attempted.epoch == record.epoch, attempted.revision >= record.revision,
            !attempted.saysTheSame(as: record)
        else { return record }
        var raised = record
        raised.raiseRevision(above: attempted.revision)
        return raised
    }

    /// Wants a site's lock.
    ///
    /// - Returns: whether an attempt was begun.
    mutating func wantLock(_ site: String, patience: Duration) -> Ticket? {
        guard sites[site]?.lock == .free else { return nil }
        let ticket = issue()
        sites[site]?.lock = .taking(ticket)
        act(.takeLock(site: site, ticket, patience: patience))
        return ticket
    }

    mutating func issue() -> Ticket {
        issued += 1
        return Ticket(issued)
    }

    mutating func act(_ action: LeaderAction) { actions.append(action) }
}
