import ControlModel
import ErrorCodes
import Failover
import Management
import Relay

/// Takes the locks of a pair's sites for its removal, all or none.
struct RemovalLocks: Sendable {
    let pair: String
    let sites: [Site]
    let holder: LockHolder

    private var names: PairNames { PairNames(pair: pair) }

    /// Why a lock could not be had.
    private struct Refusal {
        var reason: String
        var hint: String
        var code: ErrorCode
        var kind: ErrorKind
        /// Whether somebody else has it, or waits for it.
        var isUsed = false
    }

    /// Takes the locks of all sites.
    ///
    /// - Throws: ``OperationError`` where one can't be had: what was declared on the way is taken back.
    func acquire(_ plan: RemovalPlan) async throws(OperationError) -> [HeldLock] {
        var held: [HeldLock] = []
        for site in sites {
            do throws(LockError) {
                held.append(try await SiteLock.acquire(site: site, pair: pair, holder: holder, timeout: .seconds(5)))
            } catch {
                throw await failure(refusal(error), of: site, held, plan)
            }
        }
        guard let site = await waitedFor() else { return held }
        let refusal = Refusal(
            reason: "a daemon of the pair stands by there, and would begin the pair again",
            hint: "stop all daemons of the pair first",
            code: .locked,
            kind: .locked,
            isUsed: true
        )
        throw await failure(refusal, of: site, held, plan)
    }

    /// Gives back what was taken, and takes back what was declared for it.
    ///
    /// - Parameter failed: the site whose lock can't be had.
    private func failure(
        _ refusal: Refusal,
        of failed: Site,
        _ held: [HeldLock],
        _ plan: RemovalPlan
    ) async -> OperationError {
        var left: [String] = []
        for (index, site) in sites.enumerated() {
            let lock = index < held.count ? held[index] : nil
            // A queue that another process consumes is that one's, whoever declared it.
            let isOurs = site.name == failed.name ? !refusal.isUsed : lock != nil
            if isOurs { left += await takeBack(site, plan) }
            await lock?.release()
        }
        let rest = left.isEmpty ? "nothing was changed" : "left: \(left.joined(separator: ", "))"
        return OperationError(
            left.isEmpty || refusal.kind != .failed ? refusal.kind : .incomplete,
            code: refusal.code,
            message: "the lock of site '\(failed.name)' can't be had: \(refusal.reason); \(rest)",
            hint: refusal.hint
        )
    }

    private func refusal(_ error: LockError) -> Refusal {
        guard case .heldByAnother = error.kind else {
            return Refusal(reason: error.reason, hint: error.hint, code: .lockUnreachable, kind: .failed)
        }
        if error.isOwnPredecessor {
            return Refusal(
                reason: "it is that of the other site, whose lock this process holds: both lead to one broker and one "
                    + "virtual host",
                hint: "correct the addresses of the sites in the configuration",
                code: .sitesMistaken,
                kind: .held,
                isUsed: true
            )
        }
        return Refusal(
            reason: error.reason,
            hint: "stop the daemons of the pair first",
            code: .locked,
            kind: .locked,
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

    /// The first site whose lock another process waits for while it is held.
    private func waitedFor() async -> Site? {
        await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, site) in sites.enumerated() { group.addTask { (index, await isWaitedFor(site)) } }
            var found: [Int] = []
            for await (index, isWaitedFor) in group where isWaitedFor { found.append(index) }
            return found.min().map { sites[$0] }
        }
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
