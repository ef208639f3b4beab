import ControlModel
import ErrorCodes
import Leadership
import Logging
import Relay
import RopewayConfiguration

/// The watch of both sites: it runs beside the machine, and takes from it only what to watch.
extension PairEngine {
    /// Tells the watch what this process may do, and what it relays.
    func tellWatch() { watch.give(locks: heldLocks, routes: relays?.routes ?? []) }

    /// The locks of sites that this process holds, whatever for.
    var heldLocks: [String: HeldLock] {
        var held: [String: HeldLock] = [:]
        if let watchLock { held[watchLock.site] = watchLock }
        for (handle, lock) in locks { held[handle.site] = lock }
        return held
    }

    /// Has the pair watched as the record has it, also while the other site is away, until the task is cancelled.
    func keepWatch() async {
        while !Task.isCancelled {
            await updateWatch()
            await consumption.follow(consumptionSituation)
            await protectUnconsumed()
            await canaries.follow(canarySituation)
            followLocks()
            try? await Task.sleep(for: .seconds(1))
        }
        await closeShovels()
        await consumption.stop()
        await canaries.stop()
        await watch.stop()
        watchLockAttempt?.task.cancel()
        await watchLockAttempt?.task.value
        await watchLock?.release()
        watchLock = nil
    }

    /// What stands in the way where a site does not answer, and nobody else is known to lead.
    private static let silenceCodes: Set<ErrorCode?> = [.lockUnreachable, .recordUnknown]

    /// Whoever leads, or could if the standby site answered, holds the active site's lock as well: the bindings of
    /// captures are kept under it, and gaps are written down.
    private func updateWatch() async {
        guard machine.operation == nil else { return }
        guard let record, record.operation == nil, view?.isHeld != true, let active = sites[record.active],
            let standby = other(than: record.active)
        else { return }
        if machine.relaying != nil || Self.silenceCodes.contains(machine.obstacle?.code) {
            takeWatchLock(active)
            await follow(active, standby, record.epoch)
            return
        }
        // Another leads: it writes, and this one reads what it wrote.
        if machine.isStandingBy {
            await watch.stop()
            await giveUpWatchLock(of: active.name)
        }
        await watch.load(from: [active, standby])
    }

    /// The captures of all routes that are relayed. What is put into a stream would be copied into the store.
    private var canarySituation: CanaryKeeper.Situation? {
        guard mode == .daemon, let order = machine.relaying, let relays, let active = sites[order.from] else {
            return nil
        }
        return CanaryKeeper.Situation(active: active, routes: relays.routes.filter { !$0.configuration.copiesStream })
    }

    /// What is to be known of consumption: where nothing is relayed, nothing.
    private var consumptionSituation: ConsumptionWatch.Situation? {
        guard mode == .daemon, let order = machine.relaying, let relays, let active = sites[order.from],
            let standby = sites[order.to], let lock = heldLocks[order.to]
        else { return nil }
        let routes = relays.routes.filter {
            $0.configuration.replay.window == .watermark && !$0.configuration.copiesStream
        }
        return ConsumptionWatch.Situation(
            active: active,
            standby: standby,
            epoch: order.epoch,
            lock: lock,
            routes: routes
        )
    }

    private func follow(_ active: Site, _ standby: Site, _ epoch: Int) async {
        await watch.follow(
            PairWatch.Situation(active: active, standby: standby, epoch: epoch, routes: configuration.routes)
        )
    }

    /// Compares everything once more, for an operation that relies on it.
    func gapsNow() async throws(OperationError) -> [Gap] {
        if let order = machine.relaying, let active = sites[order.from], let standby = sites[order.to] {
            // One command has nothing watched before it needs it.
            await follow(active, standby, order.epoch)
        }
        return try await watch.compareNow()
    }

    /// The gaps that nobody took note of; a command reads them from the site.
    func knownGaps(at site: Site) async -> [Gap] {
        if machine.relaying == nil { _ = await watch.load(from: [site]) }
        return await watch.openGaps
    }

    /// Takes the lock beside what else is done: a site that hangs keeps nobody waiting.
    private func takeWatchLock(_ active: Site) {
        if let watchLock, watchLock.isHeld, watchLock.site == active.name { return }
        guard watchLockAttempt == nil, machine.lock(of: active.name) == nil else { return }
        let task = Task {
            defer { watchLockAttempt = nil }
            await watchLock?.release()
            watchLock = nil
            let taken = try? await SiteLock.acquire(
                site: active,
                pair: configuration.name,
                holder: holder,
                timeout: .seconds(3)
            )
            // The machine may have begun what needs it.
            guard machine.operation == nil, !Task.isCancelled, let taken else {
                await taken?.release()
                return
            }
            watchLock = taken
        }
        watchLockAttempt = (active.name, task)
    }

    /// Gives the lock back before the machine takes it.
    func giveUpWatchLock(of site: String) async {
        // One at the other site, which may hang, keeps nobody waiting.
        if let attempt = watchLockAttempt, attempt.site == site {
            attempt.task.cancel()
            await attempt.task.value
        }
        guard let lock = watchLock, lock.site == site else { return }
        watchLock = nil
        await lock.release()
    }
}
