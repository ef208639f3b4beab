import FoundationEssentials
import HTTPClient
import Hooks
import Leadership
import Logging
import Relay
import RopewayConfiguration

/// Runs a pair's hooks and keeps account of the runs: in memory, and on the brokers wherever a site's lock is held.
actor HookDesk {
    /// How long a write of the account may take while a promotion waits for it.
    static let writeLimit = Duration.seconds(2)
    /// How long a hook before a forced promotion may take that can't veto it.
    static let forcedLimit = Duration.seconds(5)

    private let pair: String
    private let instance: String
    private let client: CurlClient
    private let logger: Logger
    private(set) var ledger = HookLedger()
    private let sites: Set<String>
    /// The sites whose copy is behind: none, as long as no hook is run or owed.
    private var outdated: Set<String> = []
    /// Why a site's copy could not be read or written last, and when that is tried again.
    private var failures: [String: (summary: String, retry: ContinuousClock.Instant)] = [:]
    /// How long a site's copy that fails is left alone.
    private static let rest = Duration.seconds(10)

    init(pair: String, sites: [String], instance: String, client: CurlClient, logger: Logger) {
        self.pair = pair
        self.sites = Set(sites)
        self.instance = instance
        self.client = client
        self.logger = logger
    }

    // MARK: Running

    /// Runs one hook to its end, and writes that down.
    ///
    /// - Parameters:
    ///   - withheld: the variables that hold secrets of the configuration, which programs are not given.
    ///   - limit: the most that it may take, where that is less than its own time limit.
    @discardableResult
    func run(
        _ hook: HookConfiguration,
        _ event: HookEvent,
        withholding withheld: Set<String>,
        within limit: Duration? = nil
    ) async -> HookRun {
        var event = event
        event.hook = hook.name
        event.run = UUID().uuidString.lowercased()
        event.time = Date()
        logger.info("hook", metadata: ["hook": "\(hook.name)", "event": "\(event.occasion.rawValue)"])
        let end: HookEnd
        do throws(HookTrouble) {
            let environment = ProcessInfo.processInfo.environment
            let runner = HookRunner(client: client, environment: environment.filter { !withheld.contains($0.key) })
            end = await runner.run(try Hook(hook), event, within: limit)
        } catch {
            end = HookEnd(.notStarted(error.message), tries: 0)
        }
        let run = HookRun(
            id: event.run,
            hook: hook.name,
            occasion: event.occasion.rawValue,
            operation: event.operation,
            site: event.site,
            epoch: event.epoch,
            started: event.time,
            milliseconds: Int((end.duration / .milliseconds(1)).rounded()),
            code: end.code,
            summary: end.summary
        )
        logger.log(
            level: end.hasSucceeded ? .info : .error,
            end.hasSucceeded ? "hook succeeded" : "hook failed",
            metadata: [
                "hook": "\(hook.name)", "event": "\(event.occasion.rawValue)", "end": "\(end.code)",
                "detail": "\(end.summary)",
            ]
        )
        ledger.record(run)
        outdated = sites
        return run
    }

    /// The runs of an operation's hooks, the oldest first.
    func runs(of operation: String) -> [HookRun] { ledger.runs.filter { $0.operation == operation } }

    // MARK: What is owed

    func owe(_ debt: HookDebt) {
        ledger.owe(debt)
        outdated = sites
    }

    func claim(_ operation: String, for limit: Duration) {
        ledger.claim(operation, by: instance, for: Int(limit / .milliseconds(1)))
        outdated = sites
    }

    func settle(_ operation: String) {
        ledger.settle(operation)
        outdated = sites
    }

    // MARK: On the brokers

    /// Takes over what sites have.
    ///
    /// - Returns: whether all of them told.
    @discardableResult
    func load(from sites: [Site]) async -> Bool {
        let pair = pair
        return await withTaskGroup(of: Result<HookLedger?, RecordError>.self) { group in
            for site in sites {
                group.addTask {
                    do throws(RecordError) {
                        return .success(try await MergedParameter<HookLedger>(site: site, pair: pair).read())
                    } catch {
                        return .failure(error)
                    }
                }
            }
            var isComplete = true
            for await result in group {
                switch result {
                case .success(let found):
                    if let found { ledger.merge(found) }
                case .failure(let error):
                    isComplete = false
                    note(error)
                }
            }
            return isComplete
        }
    }

    /// Says once why a site's copy can't be read or written, and leaves it alone for a while.
    private func note(_ error: RecordError) {
        if failures[error.site]?.summary != error.summary {
            logger.warning(
                "the runs of hooks are not kept at a site",
                metadata: ["site": "\(error.site)", "error": "\(error.summary)", "hint": "\(error.hint)"]
            )
        }
        failures[error.site] = (error.summary, .now + Self.rest)
    }

    /// Whether a site's copy failed a moment ago.
    private func rests(_ site: String) -> Bool { failures[site].map { $0.retry > .now } ?? false }

    /// Whether any site's copy did.
    var rests: Bool { sites.contains { rests($0) } }

    /// Writes what has changed to the sites whose locks are held.
    func flush(_ held: [(site: Site, lock: HeldLock)], within limit: Duration? = nil) async {
        for (site, lock) in held where outdated.contains(site.name) && lock.isHeld {
            // What a promotion waits for is tried in any case.
            guard limit != nil || !rests(site.name) else { continue }
            outdated.remove(site.name)
            if !(await write(to: site, under: lock, within: limit)) { outdated.insert(site.name) }
        }
    }

    private func write(to site: Site, under lock: HeldLock, within limit: Duration?) async -> Bool {
        let ledger = ledger
        let pair = pair
        let written = await withTaskGroup(of: Result<HookLedger, RecordError>?.self) { group in
            group.addTask {
                do throws(RecordError) {
                    return .success(try await MergedParameter<HookLedger>(site: site, pair: pair).write(ledger, lock))
                } catch {
                    return .failure(error)
                }
            }
            if let limit {
                group.addTask {
                    try? await Task.sleep(for: limit)
                    return nil
                }
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        switch written {
        case .success(let written):
            failures[site.name] = nil
            self.ledger.merge(written)
            return true
        case .failure(let error):
            note(error)
            return false
        case nil:
            return false
        }
    }
}
