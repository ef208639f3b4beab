import Management
import Recovery
import Relay

/// Takes the locks of a pair's sites for its removal, all or none.
struct RemovalLocks: Sendable {
    let pair: String
    let sites: [Site]
    let holder: LockHolder

    private var names: PairNames { PairNames(pair: pair) }

    /// Why a lock could not be had.
    private struct Refusal: Error {
        var reason: String
        var hint: String
        var code: String
        var exit: ExitCode
        /// Whether somebody else has it, or waits for it.
        var isUsed = false
    }

    /// Takes the locks of all sites.
    ///
    /// - Throws: ``PairRemovalError`` where one can't be had: what was declared on the way is taken back.
    func acquire(_ plan: RemovalPlan) async throws(PairRemovalError) -> [HeldLock] {
        var held: [HeldLock] = []
        for site in sites {
            do throws(Refusal) {
                held.append(try await lock(site))
            } catch {
                var left: [String] = []
                for (site, lock) in zip(sites, held) {
                    left += await takeBack(site, plan)
                    await lock.release()
                }
                // A queue that another process consumes is that one's, whoever declared it.
                if !error.isUsed { left += await takeBack(site, plan) }
                let rest = left.isEmpty ? "nothing was changed" : "left: \(left.joined(separator: ", "))"
                throw PairRemovalError(
                    code: error.code,
                    exit: left.isEmpty || error.exit != .failed ? error.exit : .incomplete,
                    message: "the lock of site '\(site.name)' can't be had: \(error.reason); \(rest)",
                    hint: error.hint
                )
            }
        }
        return held
    }

    private func lock(_ site: Site) async throws(Refusal) -> HeldLock {
        let lock: HeldLock
        do throws(LockError) {
            lock = try await SiteLock.acquire(site: site, pair: pair, holder: holder, timeout: .seconds(5))
        } catch {
            throw refusal(error)
        }
        if await isWaitedFor(site) {
            await lock.release()
            throw Refusal(
                reason: "a daemon of the pair stands by there, and would begin the pair again",
                hint: "stop all daemons of the pair first",
                code: "locked",
                exit: .locked,
                isUsed: true
            )
        }
        return lock
    }

    private func refusal(_ error: LockError) -> Refusal {
        guard case .heldByAnother = error.kind else {
            return Refusal(reason: error.reason, hint: error.hint, code: "lock-unreachable", exit: .failed)
        }
        if error.isOwnPredecessor {
            return Refusal(
                reason: "it is that of the other site, whose lock this process holds: both lead to one broker and one "
                    + "virtual host",
                hint: "correct the addresses of the sites in the configuration",
                code: "sites-mistaken",
                exit: .held,
                isUsed: true
            )
        }
        return Refusal(
            reason: error.reason,
            hint: "stop the daemons of the pair first",
            code: "locked",
            exit: .locked,
            isUsed: true
        )
    }

    /// Deletes what taking a lock has declared, where nothing of it was there before.
    ///
    /// - Returns: what is left of it.
    private func takeBack(_ site: Site, _ plan: RemovalPlan) async -> [String] {
        guard let own = plan.own.first(where: { $0.site == site.name }) else { return [] }
        var left: [String] = []
        if !own.queues.contains(where: { $0.name == names.lock }) {
            let isGone = (try? await site.admin.deleteQueue(names.lock, virtualHost: site.virtualHost)) != nil
            if !isGone { left.append("queue '\(names.lock)' of site '\(site.name)'") }
        }
        if !own.policies.contains(names.lock) {
            let isGone = (try? await site.admin.deletePolicy(names.lock, virtualHost: site.virtualHost)) != nil
            if !isGone { left.append("policy '\(names.lock)' of site '\(site.name)'") }
        }
        return left
    }

    /// Whether another process waits for a lock that is held. The broker's list of consumers is up to 5 s old, and the count
    /// beside it can't be relied on (3.10).
    private func isWaitedFor(_ site: Site) async -> Bool {
        let limit = ContinuousClock.now + .seconds(8)
        while true {
            let queue = try? await site.management.queue(names.lock, virtualHost: site.virtualHost)
            let consumers = queue?.consumerDetails ?? []
            if consumers.contains(where: { $0.isActive == true }), consumers.allSatisfy({ $0.isActive != false }) {
                return false
            }
            guard .now < limit, (try? await Task.sleep(for: .milliseconds(500))) != nil else { return true }
        }
    }
}
