import Foundation
import HTTPClient
import Leadership
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
    /// Whether all routes and shovels are to be begun anew, with connections that read passwords and certificates again.
    var renewsRelaying = false
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
    var lastReading: ContinuousClock.Instant?
    /// The health monitors at work.
    private var watching: OwnedTasks?
    let wake = WakeSignal()

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

    static func makeSites(
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

    static func makeMonitors(
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

    func startMonitors() {
        watching = OwnedTasks(monitors.values.map { monitor in { await monitor.run() } })
    }

    func stopMonitors() async {
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
        if renewsRelaying {
            renewsRelaying = false
            await stopRelaying()
        }
        if relays != nil, let lastReading, .now - lastReading < Self.readingInterval { return }
        await readRecords()
        guard !isPromoting, !Task.isCancelled, let view else { return }
        do {
            try await follow(view)
            if relays != nil {
                try await updateRoutes()
                try await updateShovels()
            }
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
        case .lost, .disagreeing, .unreadable:
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
            $0.endOperation("aborted", at: Date(), note: "the process that ran it ended before the new epoch was written")
        }
        try await write(restored, to: standby, lock)
        try await write(restored, to: active, activeLock)
        await release(active.name)
        self.record = restored
        logger.warning("took back an unfinished planned promotion", metadata: ["site": "\(standby.name)"])
        try startRelaying(from: active, to: standby, epoch: restored.epoch)
    }

    /// Has ``run()`` look at once.
    func wakeUp() { wake.signal() }
}
