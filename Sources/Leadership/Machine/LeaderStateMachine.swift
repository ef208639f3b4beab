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
    /// What it is about, and how patient it is.
    package struct Settings: Sendable, Hashable {
        package var pair: String
        /// The pair's sites, sorted by name.
        package var first: String
        package var second: String
        /// The active site at first start; afterwards the records decide.
        package var configuredActive: String
        /// Whether it leads by itself, as a daemon; else it does only what is ordered.
        package var leads: Bool
        /// How often the records are read while nothing happens.
        package var readingInterval = Duration.seconds(5)
        /// The same while routes do not run.
        package var searchInterval = Duration.seconds(1)
        /// How long a site may take to tell its record until it counts as silent.
        package var readingPatience = Duration.milliseconds(2500)
        /// The same for the other site in a forced promotion, which needs nothing of it.
        package var forcedPatience = Duration.milliseconds(500)
        /// How old a reading may be that is relied on.
        package var readingAge = Duration.seconds(12)
        /// How long a daemon waits for a lock in one attempt.
        package var lockPatience = Duration.seconds(5)
        /// How long a planned promotion waits for a lock.
        package var plannedLockPatience = Duration.seconds(10)
        /// How long a forced promotion waits for a holder that may be gone: until the broker has missed its heartbeats.
        package var forcedLockPatience = Duration.seconds(18)

        package init(pair: String, first: String, second: String, configuredActive: String, leads: Bool) {
            self.pair = pair
            self.first = first
            self.second = second
            self.configuredActive = configuredActive
            self.leads = leads
        }
    }

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
    private var attempted: PairRecord?
    /// Readings that began before it may lack what was written.
    var lastWrite = Ticket(0)
    /// Operations that failed and are tried again later.
    var rests: [String: Rest] = [:]
    var writeRest = Rest(first: .seconds(1), longest: .seconds(30))
    var isStopping = false
    var isRenewing = false
    var hasStopped = false
    var now = Moment(time: .zero, date: .init(timeIntervalSince1970: 0))

    private var issued: UInt64 = 0
    private var actions: [LeaderAction] = []

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

    private mutating func take(_ event: LeaderEvent) {
        switch event {
        case .tick:
            break
        case .recordRead(let site, let ticket, let reading):
            takeReading(reading, of: site, under: ticket)
        case .lockTaken(let handle):
            takeLock(handle)
        case .lockRefused(let site, let ticket, let refusal):
            guard case .taking(ticket) = sites[site]?.lock else { return }
            sites[site]?.lock = .free
            sites[site]?.lockRefusal = refusal
            switch refusal.kind {
            case .unavailable: sites[site]?.lockRest.fail(at: now.time)
            // The attempt itself was the wait, so that a lock that becomes free is had at once.
            case .heldByAnother: sites[site]?.lockRest.pause(until: now.time + .milliseconds(200))
            }
            lockRefused(site, ticket, refusal)
        case .lockLost(let handle, let reason):
            guard case .held(handle, _) = sites[handle.site]?.lock else { return }
            sites[handle.site]?.lock = .free
            lockLost(handle, reason)
        case .lockReleased(let handle):
            if case .releasing(handle) = sites[handle.site]?.lock { sites[handle.site]?.lock = .free }
        case .recordWritten(let ticket, let record):
            takeWritten(record, under: ticket)
        case .recordNotWritten(let ticket, let refusal):
            takeNotWritten(refusal, under: ticket)
        case .routesStopped(let ticket):
            if case .stopping(ticket) = routes { routes = .stopped }
        case .stepWaits(let ticket, let reason):
            if operation?.pendingStep == ticket { operation?.waitsFor = reason }
        case .stepEnded(let ticket, let outcome):
            stepEnded(ticket, outcome)
        case .stepFailed(let ticket, let failure):
            guard operation?.pendingStep == ticket else { return }
            operation?.pendingStep = nil
            stepFailed(failure)
        case .promote(let order):
            takeOrder(order)
        case .abort(let request):
            takeAbort(request)
        case .renew:
            isRenewing = true
        case .stop:
            isStopping = true
        }
    }

    private mutating func takeReading(_ reading: RecordReading, of site: String, under ticket: Ticket) {
        guard var state = sites[site], state.pendingRead == ticket else { return }
        defer { sites[site] = state }
        state.pendingRead = nil
        // It may lack what was written meanwhile.
        guard ticket > lastWrite else {
            state.nextRead = now.time
            return
        }
        state.reading = reading
        state.readUnder = ticket
        state.readAt = now.time
        state.nextRead = now.time + (isRelaying ? settings.readingInterval : settings.searchInterval)
        if let found = reading.record { know(found) }
    }

    private mutating func takeLock(_ handle: LockHandle) {
        guard case .taking(handle.ticket) = sites[handle.site]?.lock else {
            // Asked for under circumstances that are over.
            act(.releaseLock(handle))
            return
        }
        let seen = issue()
        sites[handle.site]?.lock = .held(handle, seen: seen)
        sites[handle.site]?.lockRest.reset()
        sites[handle.site]?.lockRefusal = nil
        if operation?.pendingLock == handle.ticket { operation?.pendingLock = nil }
        // What was read before may have been changed by the holder before.
        readAgain()
    }

    private mutating func takeWritten(_ written: PairRecord, under ticket: Ticket) {
        let site = endWriting(ticket)
        if let pending = pendingWrite, pending.ticket == ticket {
            pendingWrite = nil
            writeRest.reset()
            noteWritten(written, at: pending.site)
        } else if operation?.pendingWrite == ticket {
            operation?.pendingWrite = nil
            stepWritten(written)
        } else if let site {
            // Nobody waits for it any more, and it is there all the same.
            noteWritten(written, at: site)
        }
    }

    private mutating func takeNotWritten(_ refusal: WriteRefusal, under ticket: Ticket) {
        _ = endWriting(ticket)
        if pendingWrite?.ticket == ticket {
            let site = pendingWrite?.site
            pendingWrite = nil
            lastWrite = issue()
            writeRest.fail(at: now.time)
            obstacle = OperationFault(
                .failed,
                code: "record-not-written",
                message: refusal.summary,
                hint: refusal.hint
            )
            uncertain?.rest.fail(at: now.time)
            if refusal.kind == .superseded, let site {
                // A later holder of the lock wrote: whatever the broker says, it is not held any more.
                sites[site]?.lockRest.fail(at: now.time)
                let handle = sites[site]?.heldLock
                _ = release(site)
                if let handle { lockLost(handle, refusal.summary) }
            }
            readAgain()
        } else if operation?.pendingWrite == ticket {
            operation?.pendingWrite = nil
            lastWrite = issue()
            stepNotWritten(refusal)
        } else {
            lastWrite = issue()
            readAgain()
        }
    }

    // MARK: What is known

    /// Takes note of a record that a site has. It counts only if nothing newer is known.
    mutating func know(_ found: PairRecord) {
        guard let record else {
            self.record = found
            return
        }
        if found.isNewer(than: record) { self.record = found }
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
    package var isStandingBy: Bool { obstacle?.code == Self.standingBy }

    static let standingBy = "standing-by"

    /// Whether applications may use the active site, as far as this process knows: its own record says so, was read not
    /// long ago, and no promotion of it is unfinished.
    package var isOpen: Bool { isOpen(at: now.time) }

    /// The same at an instant, which may be later than the last event.
    package func isOpen(at time: Duration) -> Bool {
        guard let record, record.operation?.site != record.active, let state = sites[record.active],
            case .record(let own) = state.reading, own.epoch == record.epoch, own.active == record.active,
            time - state.readAt <= settings.readingAge
        else { return false }
        return true
    }

    // MARK: Deciding

    /// Takes one decision that follows from what is known.
    ///
    /// - Returns: whether something changed, so that another decision may follow.
    private mutating func proceed() -> Bool {
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

    private mutating func endEverything() -> Bool {
        if let run = operation {
            if let step = run.pendingStep { act(.cancelStep(step)) }
            // Its record says how far it got: whoever leads next goes on.
            let fault = OperationFault(
                run.isCommitAttempted || run.isAnnounced ? .incomplete : .failed,
                code: "interrupted",
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

    private mutating func readDueRecords() -> Bool {
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
    private mutating func endWriting(_ ticket: Ticket) -> String? {
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

extension PairRecord {
    /// Whether this says something later than another record of the pair.
    package func isNewer(than other: PairRecord) -> Bool {
        (epoch, revision) > (other.epoch, other.revision)
    }
}
