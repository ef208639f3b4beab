import ControlModel
import ErrorCodes
import FoundationEssentials
import Leadership
import Logging
import Relay
import RopewayConfiguration
import Synchronization

/// Watches both sites of a pair for whatever takes messages out of the protection, and keeps the gaps on the brokers.
///
/// It runs whether or not anything is relayed. It changes a site only while it is given that site's lock.
package actor PairWatch {
    /// How often what has changed is written.
    private static let flushInterval = Duration.milliseconds(500)

    /// What changes under the watch's hands: read by its loops, set by who leads.
    private struct Means {
        var locks: [String: HeldLock] = [:]
        var routes: [String: Route] = [:]
        var isStandbyBusy = false
    }

    struct Running {
        let situation: Situation
        let captures: CaptureWatch
        let stores: StoreWatch
        let tasks: OwnedTasks
    }

    let pair: String
    private let logger: Logger
    private let made = Date()
    private nonisolated let means = Mutex(Means())
    var running: Running?
    /// Whether anything was watched since this process began.
    private var hasBegun = false
    var book: GapBook

    package init(pair: String, logger: Logger) {
        self.pair = pair
        self.logger = logger
        book = GapBook(logger: logger)
    }

    // MARK: What it may do

    /// Gives it the locks that are held and the routes that run; what is left out is taken away at once.
    package nonisolated func give(locks: [String: HeldLock], routes: [Route]) {
        means.withLock { means in
            means.locks = locks
            means.routes = Dictionary(uniqueKeysWithValues: routes.map { ($0.names.route, $0) })
        }
    }

    /// Says whether a promotion reads the stores, so that they are left alone.
    package nonisolated func leaveStores(_ isBusy: Bool) { means.withLock { $0.isStandbyBusy = isBusy } }

    // MARK: Watching

    /// Watches what is given, from now on; the same as before goes on without a break.
    package func follow(_ situation: Situation) async {
        if let running, running.situation.isSame(as: situation) { return }
        await stop()
        guard await load(from: [situation.active, situation.standby]) else { return }
        guard running == nil else { return }
        running = begin(situation)
    }

    /// Ends watching; the gaps stay known.
    package func stop() async {
        guard let ended = running else { return }
        running = nil
        await ended.tasks.stop()
        await know(ended, always: true)
        await flush(ended.situation)
    }

    private func begin(_ situation: Situation) -> Running {
        defer { hasBegun = true }
        func known(_ site: String, _ role: GapLedger.Role) -> [String: KnownObjects] {
            Dictionary(
                uniqueKeysWithValues: situation.routes.compactMap { route in
                    book.ledger.known(site: site, route: route.name, role: role).map { (route.name, $0) }
                }
            )
        }
        func task(_ site: Site, _ role: GapLedger.Role) -> WatchTask {
            WatchTask(
                pair: pair,
                site: site,
                epoch: situation.epoch,
                routes: situation.routes,
                known: known(site.name, role),
                countedSince: hasBegun ? nil : made,
                mayChange: { [weak self] in self?.isHeld(site.name) ?? false },
                found: { [weak self] in await self?.record($0) },
                logger: logger
            )
        }
        let captures = CaptureWatch(task(situation.active, .capture)) { [weak self] in
            await self?.route($0)?.progress()
        }
        let stores = StoreWatch(
            task(situation.standby, .store),
            isLeftAlone: { [weak self] in self?.isStandbyBusy ?? true },
            progress: { [weak self] in await self?.route($0)?.publishProgress() }
        )
        let tasks = OwnedTasks([
            { await captures.run() },
            { await stores.run() },
            { [weak self] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.flushInterval)
                    await self?.keepUp()
                }
            },
        ])
        return Running(situation: situation, captures: captures, stores: stores, tasks: tasks)
    }

    private nonisolated func isHeld(_ site: String) -> Bool {
        means.withLock { $0.locks[site]?.isHeld ?? false }
    }

    private nonisolated func route(_ name: String) -> Route? { means.withLock { $0.routes[name] } }

    private nonisolated var isStandbyBusy: Bool { means.withLock { $0.isStandbyBusy } }

    private func record(_ findings: [GapFinding]) {
        for finding in findings { book.record(finding, at: Date()) }
        markOutdated()
    }

    private func markOutdated() {
        if let running { book.markOutdated(running.situation) }
    }

    // MARK: Evidence

    /// Compares everything once more, on both sites, beginning after this call: what was bound, deleted or created again
    /// before it is a gap when it returns. All captures have to be drained.
    ///
    /// - Returns: the gaps that nobody took note of.
    /// - Throws: ``OperationError`` where a site could not be compared, with nothing changed.
    package func compareNow() async throws(OperationError) -> [Gap] {
        guard let running else {
            throw OperationError(
                .unknown,
                code: .notCompared,
                message: "the pair's objects are not watched by this process; nothing was changed",
                hint: "wait until both sites answer, then try again"
            )
        }
        async let captures = running.captures.compare(isDrained: true)
        async let stores = running.stores.compare()
        let failed = await captures.merging(await stores) { one, _ in one }
        collect()
        if let (route, error) = failed.min(by: { $0.key < $1.key }) {
            throw OperationError(
                .unknown,
                code: .notCompared,
                message:
                    "route '\(route)' could not be compared with its exchange: \(error.message); nothing was changed",
                hint: error.hint
            )
        }
        return book.ledger.open
    }

    // MARK: Acknowledging

    /// Takes note of all gaps of a route, and writes that down wherever a lock is held.
    ///
    /// - Returns: of how many.
    /// - Throws: ``OperationError`` where no site has it in writing; everything is as it was then.
    @discardableResult
    package func acknowledge(
        _ route: String,
        at sites: [Site],
        under locks: [String: HeldLock] = [:]
    ) async throws(OperationError) -> Int {
        // What the brokers have may be newer, where another process wrote it.
        _ = await load(from: sites)
        var changed = book.ledger
        let count = changed.acknowledge(route, at: Date())
        await running?.captures.acknowledge(route)
        await running?.stores.acknowledge(route)
        guard count > 0 else { return 0 }
        var failure: RecordError?
        var isWritten = false
        for site in sites {
            guard let lock = locks[site.name] ?? means.withLock({ $0.locks[site.name] }), lock.isHeld else { continue }
            do throws(RecordError) {
                try await MergedParameter<GapLedger>(site: site, pair: pair).write(changed, lock)
                isWritten = true
            } catch {
                failure = error
            }
        }
        guard isWritten else {
            throw OperationError(
                .failed,
                code: .gapNotAcknowledged,
                message: "the gap of route '\(route)' is as it was: \(failure?.summary ?? "no lock is held")",
                hint: failure?.hint ?? "ask the daemon that leads"
            )
        }
        book.ledger.merge(changed)
        markOutdated()
        return count
    }

    // MARK: On the brokers

    /// Takes over what the sites have.
    ///
    /// - Returns: whether at least one of them told, now or before.
    @discardableResult
    package func load(from sites: [Site]) async -> Bool {
        let pair = pair
        await withTaskGroup(of: (String, Result<GapLedger?, RecordError>).self) { group in
            for site in sites {
                group.addTask {
                    do throws(RecordError) {
                        return (
                            site.name, .success(try await MergedParameter<GapLedger>(site: site, pair: pair).read())
                        )
                    } catch {
                        return (site.name, .failure(error))
                    }
                }
            }
            for await (site, result) in group {
                switch result {
                case .success(let found):
                    book.isLoaded = true
                    book.note(nil, at: site)
                    if let found { book.ledger.merge(found) }
                case .failure(let error):
                    book.note(error, at: site)
                    logger.debug("gaps not read", metadata: ["site": "\(site)", "error": "\(error.summary)"])
                }
            }
        }
        return book.isLoaded
    }

    /// Takes over what the routes have found missing themselves.
    ///
    /// - Returns: how much each has found so far, and whether captures are among it that took the place of others.
    @discardableResult
    private func collect() -> (taken: [(Route, Int)], isCaptureNew: Bool) {
        let taken = means.withLock { Array($0.routes.values) }.map { ($0, $0.takeFindings()) }
        let findings = taken.flatMap(\.1.findings)
        if !findings.isEmpty { record(findings) }
        return (taken.map { ($0, $1.count) }, findings.contains { $0.reason == .captureDeleted })
    }

    private func keepUp() async {
        guard let running else { return }
        let (taken, isCaptureNew) = collect()
        await know(running)
        await flush(running.situation)
        // It is not bound before somebody has looked.
        if isCaptureNew { _ = await running.captures.compare() }
        guard !book.outdated.contains(running.situation.standby.name) else { return }
        for (route, count) in taken { route.noteRecorded(count) }
    }

    func flush(_ situation: Situation) async {
        for site in [situation.active, situation.standby] where book.outdated.contains(site.name) {
            guard let lock = means.withLock({ $0.locks[site.name] }), lock.isHeld else { continue }
            book.outdated.remove(site.name)
            do throws(RecordError) {
                book.ledger.merge(try await MergedParameter<GapLedger>(site: site, pair: pair).write(book.ledger, lock))
                book.note(nil, at: site.name)
            } catch {
                book.outdated.insert(site.name)
                book.note(error, at: site.name)
                logger.debug("gaps not written", metadata: ["site": "\(site.name)", "error": "\(error.summary)"])
            }
        }
    }
}
