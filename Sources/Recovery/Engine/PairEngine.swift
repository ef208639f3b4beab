import Foundation
import HTTPClient
import Logging
import Management
import NIOPosix
import Relay
import RopewayConfiguration

/// A pair, run by a daemon or handled by one command: leads where it holds the locks, relays, promotes and reports.
public actor PairEngine: PairControl {
    /// Who uses the engine.
    public enum Mode: Sendable {
        /// ``run()`` is called: it leads, relays and watches.
        case daemon
        /// One command: nothing runs unless it is asked for.
        case command
    }

    let mode: Mode
    let logger: Logger
    let holder: LockHolder
    let client: CurlClient
    var configuration: PairConfiguration
    var sites: [String: Site]
    var monitors: [String: HealthMonitor]

    /// What the records said when they were last read.
    var view: RecordView?
    /// The record that counts, as this process last read or wrote it.
    var record: PairRecord?
    var locks: [String: HeldLock] = [:]
    var relays: RouteSet?
    var shovels = ShovelSet()
    /// Routes and shovels that an operator paused.
    var paused: Set<String> = []
    /// Why this process does not lead, if it does not.
    var obstacle: ErrorReport?
    var isStandingBy = false
    /// The promotion that runs, or the last one.
    var promotion: (id: String, progress: PromotionProgress, task: Task<Void, Never>)?
    var isPromoting = false
    /// An operation that is not gone on with by itself before then.
    var resting: (operation: String, until: ContinuousClock.Instant)?
    /// When the records were last read; `nil` has the next round look at once.
    private var lastReading: ContinuousClock.Instant?
    /// The health monitors at work.
    private var watching: OwnedTasks?
    private let wake = WakeSignal()

    static let readingInterval = Duration.seconds(5)
    /// The least that a request may take that is no health check: records and topology are waited for.
    static let leastCallTime = Duration.seconds(5)
    /// How long the daemon lets a promotion rest that a person has to help.
    static let restAfterRefusal = Duration.seconds(30)

    /// - Parameter apiAddress: where the HTTP API of this process listens, for others to be told.
    /// - Throws: ``OperationError`` where a password or a token can't be read.
    public init(
        configuration loaded: LoadedConfiguration,
        logger: Logger,
        mode: Mode,
        apiAddress: String? = nil
    ) async throws(OperationError) {
        configuration = loaded.configuration
        self.logger = logger
        self.mode = mode
        client = CurlClient()
        holder = LockHolder(
            host: ProcessInfo.processInfo.hostName,
            process: ProcessInfo.processInfo.processIdentifier,
            api: apiAddress,
            instance: UUID().uuidString
        )
        let made: [String: Site]
        do {
            made = try Self.makeSites(loaded.configuration, client)
        } catch {
            await client.shutdown()
            throw error
        }
        sites = made
        monitors = Self.makeMonitors(made, loaded.configuration)
    }

    private static func makeSites(
        _ configuration: PairConfiguration,
        _ client: CurlClient
    ) throws(OperationError) -> [String: Site] {
        var sites: [String: Site] = [:]
        let timeout = max(configuration.health.timeout, leastCallTime)
        for site in configuration.sites {
            do {
                sites[site.name] = try Site(
                    site,
                    client: client,
                    timeouts: ManagementTimeouts(
                        connect: min(timeout, .seconds(3)),
                        request: timeout,
                        call: timeout * 2
                    )
                )
            } catch {
                throw OperationError(
                    .usage,
                    code: "secret-unreadable",
                    message: "site '\(site.name)': \(error)",
                    hint: "check the file or the environment variable that holds the password"
                )
            }
        }
        return sites
    }

    private static func makeMonitors(
        _ sites: [String: Site],
        _ configuration: PairConfiguration
    ) -> [String: HealthMonitor] {
        sites.mapValues {
            HealthMonitor(site: $0, interval: configuration.health.interval, timeout: configuration.health.timeout)
        }
    }

    // MARK: Running

    /// Leads, relays and watches until the task is cancelled, then stops in good order.
    public func run() async {
        startMonitors()
        await withTaskCancellationHandler {
            await lead()
        } onCancel: {
            wake.signal()
        }
        await stopMonitors()
    }

    private func startMonitors() {
        watching = OwnedTasks(monitors.values.map { monitor in { await monitor.run() } })
    }

    private func stopMonitors() async {
        await watching?.stop()
        watching = nil
    }

    private func lead() async {
        while !Task.isCancelled {
            await round()
            await wake.wait(for: .seconds(1))
        }
        if let task = promotion?.task, isPromoting {
            // Its record says how far it got: whoever leads next goes on.
            task.cancel()
            await task.value
        }
        await stopRelaying()
        await releaseLocks()
    }

    /// Ends what ``run()`` does not end: connections to the management APIs, and locks of a command.
    public func shutdown() async {
        await stopRelaying()
        await releaseLocks()
        await client.shutdown()
    }

    /// One look at the records and the locks: starts and stops what follows from them.
    private func round() async {
        guard !isPromoting else { return }
        if let relays, let lock = locks[relays.destination], !lock.isHeld {
            logger.warning("lock lost; relaying stops", metadata: ["site": "\(lock.site)"])
            await stopRelaying()
        }
        if relays != nil, let lastReading, .now - lastReading < Self.readingInterval { return }
        await readRecords()
        guard !isPromoting, !Task.isCancelled, let view else { return }
        do {
            try await follow(view)
            if relays != nil { try await updateShovels() }
            obstacle = nil
            isStandingBy = false
        } catch {
            let isNew = obstacle?.code != error.code
            isStandingBy = error.code == "standing-by"
            obstacle = ErrorReport(
                code: error.code,
                message: error.message,
                hint: error.hint,
                since: isNew ? Date() : obstacle?.since
            )
            if isNew {
                logger.warning("not leading", metadata: ["code": "\(error.code)", "error": "\(error.message)"])
            }
        }
    }

    /// Reads both sites' records at once, so that one that hangs does not delay the other.
    func readRecords() async {
        lastReading = .now
        let pair = configuration.name
        let first = configuration.firstSite.name
        let second = configuration.secondSite.name
        guard let one = sites[first], let two = sites[second] else { return }
        async let firstReading = RecordReading.of(RecordStore(site: one, pair: pair))
        async let secondReading = RecordReading.of(RecordStore(site: two, pair: pair))
        let read = RecordView(
            (first, await firstReading),
            (second, await secondReading),
            configuredActive: configuration.active
        )
        guard !isPromoting else { return }
        view = read
        record = read.record ?? record
    }

    /// Does what the records say: first start, an operation to be resumed or undone, or relaying.
    private func follow(_ view: RecordView) async throws(OperationError) {
        switch view {
        case .none(let active):
            try await writeFirstRecord(active: active)
        case .agreed(let record, let behind):
            try await follow(record, outdated: behind)
        case .superseding(let record, let outdated):
            try await follow(record, outdated: outdated.site)
        case .oneSided(let record, _):
            try await follow(record, outdated: nil)
        case .unknown(let errors):
            throw OperationError(
                .unknown,
                code: "record-unknown",
                message: "no record could be read: \(errors.map(\.summary).joined(separator: "; "))",
                hint: "the daemon tries again until a site answers"
            )
        case .disagreeing, .unreadable:
            await stopRelaying()
            throw held(view)
        }
    }

    /// Why nothing is done while the records contradict each other or can't be read.
    func held(_ view: RecordView) -> OperationError {
        OperationError(
            .held,
            code: "records-held",
            message: "the records of the sites can't be followed: \(view.summary); nothing was changed",
            hint: "look at the global parameters ropeway.\(configuration.name).* on both sites; nothing is relayed"
        )
    }

    private func follow(_ record: PairRecord, outdated: String?) async throws(OperationError) {
        if let operation = record.operation, operation.step != Promotion.Step.draining.rawValue {
            if let resting, resting.operation == operation.id, .now < resting.until { return }
            try await resume(record, operation)
            return
        }
        guard let active = sites[record.active], let standby = other(than: record.active) else { return }
        let lock = try await acquire(standby, timeout: .seconds(5))
        if let outdated, outdated == standby.name {
            // Nothing is relayed into a site before its record is read, and says what the other says.
            try await write(record, to: standby, lock)
        }
        if record.operation != nil {
            try await undo(record, active: active, standby: standby, lock)
            return
        }
        if relays?.destination == standby.name { return }
        await stopRoutes()
        try startRelaying(from: active, to: standby, epoch: record.epoch)
    }

    private func writeFirstRecord(active name: String) async throws(OperationError) {
        guard let active = sites[name], let standby = other(than: name) else { return }
        let lock = try await acquire(standby, timeout: .seconds(5))
        var first = PairRecord(pair: configuration.name, active: name)
        first.change { (_: inout PairRecord) in }
        try await write(first, to: standby, lock)
        let activeLock = try await acquire(active, timeout: .seconds(5))
        try await write(first, to: active, activeLock)
        await release(active.name)
        record = first
        view = .agreed(first, behind: nil)
        logger.info("pair begun", metadata: ["active": "\(name)", "epoch": "\(first.epoch)"])
        try startRelaying(from: active, to: standby, epoch: first.epoch)
    }

    /// Takes back a planned promotion that was cut off before its epoch was written.
    private func undo(
        _ record: PairRecord,
        active: Site,
        standby: Site,
        _ lock: HeldLock
    ) async throws(OperationError) {
        let activeLock = try await acquire(active, timeout: .seconds(5))
        var restored = record
        restored.change {
            $0.endOperation("aborted", note: "the process that ran it ended before the new epoch was written")
        }
        try await write(restored, to: standby, lock)
        try await write(restored, to: active, activeLock)
        await release(active.name)
        self.record = restored
        logger.warning("took back an unfinished planned promotion", metadata: ["site": "\(standby.name)"])
        try startRelaying(from: active, to: standby, epoch: restored.epoch)
    }

    func write(_ record: PairRecord, to site: Site, _ lock: HeldLock) async throws(OperationError) {
        do throws(RecordError) {
            try await RecordStore(site: site, pair: configuration.name).write(record, generation: lock.generation)
        } catch {
            throw OperationError(.failed, code: "record-not-written", message: error.summary, hint: error.hint)
        }
    }

    // MARK: Relaying

    /// - Parameter holdsPolicies: whether the stores' policies are left as they are, for a promotion that follows.
    func startRelaying(
        from active: Site,
        to standby: Site,
        epoch: Int,
        holdsPolicies: Bool = false
    ) throws(OperationError) {
        do {
            let routes = try configuration.routes.map { route in
                try Route(
                    pair: configuration.name,
                    configuration: route,
                    from: active,
                    to: standby,
                    epoch: epoch,
                    holdsPolicies: holdsPolicies,
                    logger: logger
                )
            }
            for route in routes where paused.contains(route.names.route) { route.pause() }
            relays = RouteSet(routes, into: standby)
            logger.info(
                "relaying",
                metadata: [
                    "from": "\(active.name)", "to": "\(standby.name)", "epoch": "\(epoch)", "routes": "\(routes.count)",
                ]
            )
        } catch {
            throw OperationError(.failed, code: "route-invalid", message: "\(error)", hint: "correct the configuration")
        }
    }

    private func stopRoutes() async {
        let routes = relays
        relays = nil
        await routes?.stop()
    }

    /// Begins, changes and ends shovels as the configuration has them; those that it has as they run are left alone.
    ///
    /// Only ``round()`` does so: what ends is waited for, and another could begin its successor meanwhile.
    private func updateShovels() async throws(OperationError) {
        let ended = await shovels.takeOutdated(by: configuration).stopAll()
        shovels.note(ended)
        guard relays != nil, !Task.isCancelled else { return }
        do {
            try shovels.beginMissing(of: configuration, sites: sites, paused: paused, logger: logger)
        } catch {
            throw OperationError(
                .failed,
                code: "shovel-invalid",
                message: "\(error)",
                hint: "correct the configuration"
            )
        }
    }

    func stopShovels() async {
        let ended = await shovels.takeAll().stopAll()
        shovels.note(ended)
    }

    func stopRelaying() async {
        async let stopped: Void = stopRoutes()
        await stopShovels()
        await stopped
    }

    /// Takes a changed configuration over, and passwords and certificates that changed without it.
    ///
    /// Routes are begun anew unless only shovels have changed, which loses and reorders nothing. Of the shovels, those
    /// that have changed are. A configuration that can't be taken over changes nothing.
    public func reload(_ loaded: LoadedConfiguration) async {
        guard loaded.configuration.name == configuration.name else {
            logger.error("the pair's name can't be changed by a reload; restart the daemon")
            return
        }
        guard !isPromoting else {
            logger.error("the configuration can't be changed while a promotion runs; reload again afterwards")
            return
        }
        do {
            let sites = try Self.makeSites(loaded.configuration, client)
            if loaded.configuration.differsOnlyInShovels(from: configuration) {
                configuration = loaded.configuration
                lastReading = nil
                wake.signal()
                logger.info("configuration reloaded; only shovels differ")
                return
            }
            await stopRoutes()
            await stopMonitors()
            configuration = loaded.configuration
            self.sites = sites
            monitors = Self.makeMonitors(sites, loaded.configuration)
            startMonitors()
            wake.signal()
            logger.info("configuration reloaded")
        } catch {
            logger.error("configuration not reloaded", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Locks

    func other(than name: String) -> Site? {
        configuration.site(oppositeTo: name).flatMap { sites[$0.name] }
    }

    func acquire(_ site: Site, timeout: Duration) async throws(OperationError) -> HeldLock {
        if let lock = locks[site.name], lock.isHeld { return lock }
        locks[site.name] = nil
        do throws(LockError) {
            let lock = try await SiteLock.acquire(
                site: site,
                pair: configuration.name,
                holder: holder,
                timeout: timeout
            )
            locks[site.name] = lock
            logger.info("lock held", metadata: ["site": "\(site.name)", "generation": "\(lock.generation)"])
            return lock
        } catch {
            switch error.kind {
            case .heldByAnother:
                throw OperationError(.locked, code: "standing-by", message: error.summary, hint: error.hint)
            case .unreachable, .lost, .broken, .cancelled:
                throw OperationError(.failed, code: "lock-unreachable", message: error.summary, hint: error.hint)
            }
        }
    }

    func release(_ site: String) async {
        guard let lock = locks.removeValue(forKey: site) else { return }
        await lock.release()
    }

    private func releaseLocks() async {
        for name in locks.keys { await release(name) }
    }

    // MARK: Pausing

    public func pause(_ name: String) async throws(OperationError) {
        try checkName(name)
        paused.insert(name)
        relays?.route(name)?.pause()
        shovels.shovel(name)?.pause()
    }

    public func resume(_ name: String) async throws(OperationError) {
        try checkName(name)
        paused.remove(name)
        relays?.route(name)?.resume()
        shovels.shovel(name)?.resume()
    }

    private func checkName(_ name: String) throws(OperationError) {
        guard mode == .daemon else {
            throw OperationError(
                .preconditionFailed,
                code: "no-daemon",
                message: "no daemon of this pair answers, so nothing runs that could be paused or resumed",
                hint: "start the daemon; it begins with everything running"
            )
        }
        let names = configuration.routes.map(\.name) + configuration.shovels.map(\.name)
        guard !names.contains(name) else { return }
        throw OperationError(
            .usage,
            code: "unknown-name",
            message: "no route or shovel is named '\(name)'",
            hint: "names are: \(names.joined(separator: ", "))"
        )
    }

    /// Has ``run()`` look at once.
    func wakeUp() { wake.signal() }
}

extension PairConfiguration {
    /// Whether another one has other shovels, and all else alike.
    fileprivate func differsOnlyInShovels(from other: PairConfiguration) -> Bool {
        shovels != other.shovels && active == other.active && sites == other.sites && routes == other.routes
            && health == other.health && api == other.api
    }
}
