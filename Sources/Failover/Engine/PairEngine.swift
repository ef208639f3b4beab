import ControlModel
import ErrorCodes
import Foundation
import HTTPClient
import Leadership
import Logging
import Management
import Relay
import RopewayConfiguration
import Schedule

/// A pair, run by a daemon or handled by one command: leads where it holds the locks, relays, promotes and reports.
///
/// What is done is decided by ``LeaderStateMachine``; this performs it and tells what came of it.
package actor PairEngine: PairControl {
    /// Who uses the engine.
    package enum Mode: Sendable {
        /// ``run()`` is called: it leads, relays and watches.
        case daemon
        /// One command: nothing runs unless it is asked for.
        case command
    }

    package nonisolated var isOwnWork: Bool { true }

    let mode: Mode
    let logger: Logger
    let holder: LockHolder
    let client: CurlClient
    var configuration: PairConfiguration
    var sites: [String: Site]
    var monitors: [String: HealthMonitor]

    var machine: LeaderStateMachine
    /// The locks that the machine knows by their handles.
    var locks: [LockHandle: HeldLock] = [:] { didSet { tellWatch() } }
    var relays: RouteSet? { didSet { tellWatch() } }
    let records: RecordReader
    /// Tells of what vanishes on either site, whether or not anything is relayed.
    let watch: PairWatch
    /// Keeps up to where the consumers of the active site have consumed.
    let consumption: ConsumptionWatch
    let canaries: CanaryKeeper
    /// What the stores of routes are to keep because it may be unconsumed, by the names of the routes.
    var protections: [String: UnconsumedProtection] = [:]
    /// The active site's lock, for the watch, as long as the machine does not want it.
    var watchLock: HeldLock? { didSet { tellWatch() } }
    /// The attempt to take it that is under way.
    var watchLockAttempt: (site: String, task: Task<Void, Never>)?
    /// Runs the hooks, and keeps account of that.
    let hookDesk: HookDesk
    /// What keeps locks from being given back: it is being written down that hooks are run.
    var hookHold: Task<Void, Never>?
    /// The promotions after which this process runs hooks now.
    var hooksUnderWay: Set<String> = []
    /// When this process first saw that another runs the hooks after a promotion.
    var hooksSeen: [String: ContinuousClock.Instant] = [:]
    /// Decides when what is planned is done.
    var planner: ScheduleStateMachine
    let scheduleClock: ScheduleClock
    /// Who waits for the answer to a change of what is planned.
    var scheduleRequests: [String: CheckedContinuation<ScheduleAnswer, Never>] = [:]
    /// Why a site's copy of what is planned can't be read, though the site answers: until somebody mends it.
    var scheduleFaults: [String: RecordError] = [:]
    /// Since when this process leads without a break.
    var leadsSince: ContinuousClock.Instant?
    /// Whether the standby site could be promoted, when it was last looked at.
    var promotability: Promotability?
    /// What forced promotions really lost, as far as that is known.
    var losses = LossLedger()
    /// What the exchanges of the standby site lead to, by site and route, as they were read last.
    var replayShapes: [String: [String: ReplayShape]] = [:]
    /// How the standby site's topology was when it was last synced; `nil` where it is not synced.
    var topologyStatus: TopologyStatus?
    /// The sync that is under way, and what it may go on under.
    var topologyRun: (order: RelayOrder, task: Task<Void, Never>)?
    var shovels = ShovelSet()
    /// Why the shovels could not be started although they should run.
    var shovelsFault: ErrorReport?
    /// Whether this process was told to stop.
    var isEnding = false
    /// Why the routes could not be started although they should run.
    var routesFault: ErrorReport?
    /// Routes and shovels that an operator paused.
    var paused: Set<String> = []
    /// The same, as it is kept on the brokers.
    let pauses: PauseDesk
    /// The promotion that runs, or the last one.
    var progress: PromotionProgress?
    /// How operations ended that nobody was told of yet, the newest last.
    var ends: [OperationEnd] = []
    /// How operations were asked for, by their ids, and the order of those.
    var asked: [String: [String]] = [:]
    var askedOrder: [String] = []
    /// Who waits for the answer to a request.
    var requests: [String: CheckedContinuation<OrderAnswer, Never>] = [:]
    /// Steps of a promotion that are performed.
    var steps: [Ticket: Task<Result<StepOutcome, StepFailure>, Never>] = [:]
    var lastStep: Task<Result<StepOutcome, StepFailure>, Never>?
    /// What the records said when a command read them.
    var commandView: RecordView?
    /// Since when the present obstacle stands in the way.
    var obstacleSince: (code: ErrorCode, date: Date)?
    /// A configuration that is taken over once everything that runs with the old one has ended.
    var nextConfiguration: LoadedConfiguration?

    /// What the machine wanted done.
    let works: AsyncStream<@Sendable () async -> Void>
    let submission: AsyncStream<@Sendable () async -> Void>.Continuation
    /// What starts, changes and ends routes and shovels: one at a time.
    let lane = SerialLane()
    let wake = WakeSignal()
    let start = ContinuousClock.now
    var wakesAt: Duration?
    private var driving: Task<Void, Never>?
    private var watching: OwnedTasks?

    /// The least that a request may take that is no health check: records and topology are waited for.
    static let leastCallTime = Duration.seconds(5)

    /// - Parameters:
    ///   - apiAddress: where the HTTP API of this process listens, for others to be told.
    ///   - scheduleClock: what is planned goes by it.
    /// - Throws: ``OperationError`` where a password or a token can't be read.
    package init(
        configuration loaded: LoadedConfiguration,
        logger: Logger,
        mode: Mode,
        apiAddress: String? = nil,
        scheduleClock: ScheduleClock = .system
    ) async throws(OperationError) {
        configuration = loaded.configuration
        self.logger = logger
        self.mode = mode
        client = CurlClient(logger: logger)
        records = RecordReader(pair: loaded.configuration.name)
        watch = PairWatch(pair: loaded.configuration.name, logger: logger)
        canaries = CanaryKeeper(pair: loaded.configuration.name, logger: logger)
        consumption = ConsumptionWatch(pair: loaded.configuration.name, canaries: canaries, logger: logger)
        holder = LockHolder(
            host: ProcessInfo.processInfo.hostName,
            process: ProcessInfo.processInfo.processIdentifier,
            api: apiAddress,
            instance: UUID().uuidString
        )
        pauses = PauseDesk(
            pair: loaded.configuration.name,
            sites: loaded.configuration.sites.map(\.name),
            logger: logger
        )
        hookDesk = HookDesk(
            pair: loaded.configuration.name,
            sites: loaded.configuration.sites.map(\.name),
            instance: holder.instance,
            client: client,
            logger: logger
        )
        machine = LeaderStateMachine(
            LeaderStateMachine.Settings(
                pair: loaded.configuration.name,
                first: loaded.configuration.firstSite.name,
                second: loaded.configuration.secondSite.name,
                configuredActive: loaded.configuration.active,
                leads: mode == .daemon
            )
        )
        planner = ScheduleStateMachine(leader: holder.instance)
        self.scheduleClock = scheduleClock
        (works, submission) = AsyncStream.makeStream()
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
                    code: .secretUnreadable,
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
    package func run() async {
        startMonitors()
        let driving = startDriving()
        await withTaskCancellationHandler {
            await driving.value
        } onCancel: {
            Task { await self.feed(.stop) }
        }
        await stopMonitors()
    }

    /// Starts to perform what the machine wants done, if that has not started.
    @discardableResult
    func startDriving() -> Task<Void, Never> {
        if let driving { return driving }
        // Its own task: it is told to stop, rather than cancelled, so that what runs ends in good order.
        let task = Task { await self.drive() }
        driving = task
        return task
    }

    func startMonitors() {
        watching = OwnedTasks(monitors.values.map { monitor in { await monitor.run() } })
    }

    func stopMonitors() async {
        await watching?.stop()
        watching = nil
    }

    /// Ends everything, connections to the management APIs as well; more than once is harmless.
    package func shutdown() async {
        if let driving {
            feed(.stop)
            await driving.value
        }
        await client.shutdown()
    }

    func other(than name: String) -> Site? {
        configuration.site(oppositeTo: name).flatMap { sites[$0.name] }
    }

    /// Reads both sites' records at once, for a command that only tells of them.
    func readRecords() async {
        let first = configuration.firstSite.name
        let second = configuration.secondSite.name
        guard let one = sites[first], let two = sites[second] else { return }
        async let firstReading = records.read(one)
        async let secondReading = records.read(two)
        commandView = RecordView(
            (first, await firstReading),
            (second, await secondReading),
            configuredActive: configuration.active
        )
    }

    /// What the records say together.
    var view: RecordView? { mode == .command ? commandView ?? machine.view : machine.view }

    /// The record that counts, as far as this process knows.
    var record: PairRecord? {
        guard let read = view?.record else { return machine.record }
        guard let known = machine.record else { return read }
        return read.isNewer(than: known) ? read : known
    }

    /// Whether a promotion is past its point of no return, so that stores are replayed rather than filled.
    var isReplaying: Bool {
        machine.operation.map { $0.isPastReturn && !$0.isDryRun } ?? false
    }
}
