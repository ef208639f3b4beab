import ControlModel
import Foundation
import Leadership
import Logging
import Management
import Relay
import RopewayConfiguration

/// The driver: performs what the machine wants done, each action in a task of its own, and feeds back what came of it.
extension PairEngine {
    /// Performs actions until everything has ended.
    func drive() async {
        let works = works
        let lane = lane
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepTime() }
            group.addTask { await lane.run() }
            group.addTask { await self.keepWatch() }
            group.addTask { await self.keepLookingAtPromotability() }
            group.addTask { await self.keepReplayShapes() }
            group.addTask { await self.keepFindingLosses() }
            group.addTask { await self.keepTopology() }
            group.addTask { await self.keepHooks() }
            group.addTask { await self.keepPauses() }
            group.addTask { await self.keepSchedule() }
            for await work in works { group.addTask { await work() } }
            group.cancelAll()
        }
    }

    /// Feeds the machine with time, when time alone may change something.
    private func keepTime() async {
        while !Task.isCancelled {
            feed(.tick)
            let now = moment.time
            let next = machine.nextWake ?? now + .seconds(60)
            wakesAt = next
            await wake.wait(for: max(.milliseconds(1), next - now))
        }
    }

    var moment: Moment { Moment(time: ContinuousClock.now - start, date: Date()) }

    /// Tells the machine of an event, and begins what follows.
    func feed(_ event: LeaderEvent) {
        if case .stop = event { isEnding = true }
        let actions = machine.handle(event, at: moment)
        canaries.leaveCaptures(machine.operation != nil)
        watch.leaveStores(machine.operation?.mayReadStores ?? false)
        // One that rested goes on under its id: what is told of it then is new.
        if let run = machine.operation, run.isBegun, progress?.id != run.id || progress?.hasEnded == true {
            observe(run.id)
        }
        if let run = machine.operation, run.isBegun, let epoch = run.epoch, let progress {
            for step in progress.walk(run, epoch: epoch) { tell(of: step, run) }
        }
        for action in actions { perform(action) }
        endOutdatedTopologyRun()
        noteObstacle()
        if let next = machine.nextWake, let wakesAt, next < wakesAt { wake.signal() }
    }

    private func tell(of step: PromotionStep, _ run: OperationRun) {
        var metadata: Logger.Metadata = ["operation": "\(run.id)", "step": "\(step.code)"]
        if let site = step.site { metadata["site"] = "\(site)" }
        logger.info("promotion step", metadata: metadata)
    }

    private func noteObstacle() {
        guard let obstacle = machine.obstacle else {
            obstacleSince = nil
            return
        }
        guard obstacleSince?.code != obstacle.code else { return }
        obstacleSince = (obstacle.code, Date())
        logger.warning("not leading", metadata: ["code": "\(obstacle.code)", "error": "\(obstacle.message)"])
    }

    private func perform(_ action: LeaderAction) {
        switch action {
        case .readRecord(let name, let ticket):
            guard let site = sites[name] else { return }
            submit { await self.feed(.recordRead(site: name, ticket, await self.records.read(site))) }
        case .takeLock(let name, let ticket, let patience):
            guard let site = sites[name] else { return }
            submit { await self.takeLock(site, ticket, patience) }
        case .releaseLock(let handle):
            let lock = locks.removeValue(forKey: handle)
            let hold = hookHold
            submit {
                await hold?.value
                await lock?.release()
                await self.feed(.lockReleased(handle))
            }
        case .writeRecord(let record, let handle, let ticket):
            guard let site = sites[handle.site] else { return }
            let lock = locks[handle]
            submit { await self.write(record, to: site, under: lock, ticket) }
        case .startRoutes(let order, let handle):
            lane.append { await self.startRoutes(order, under: handle) }
        case .stopRoutes(let ticket):
            lane.append {
                await self.stopRelaying()
                await self.feed(.routesStopped(ticket))
            }
        case .perform(let order, let handle, let ticket):
            perform(order, under: handle, ticket)
        case .cancelStep(let ticket):
            steps[ticket]?.cancel()
        case .answer(let request, let answer):
            requests.removeValue(forKey: request)?.resume(returning: answer)
        case .ended(let end):
            ended(end)
        case .applySettings:
            applySettings()
        case .stopped:
            lane.finish()
            submission.finish()
        }
    }

    /// Runs hooks beside everything else.
    func submitHooks(_ work: @escaping @Sendable () async -> Void) { submit(work) }

    func submit(_ work: @escaping @Sendable () async -> Void) { submission.yield(work) }

    // MARK: Locks and records

    private func takeLock(_ site: Site, _ ticket: Ticket, _ patience: Duration) async {
        await giveUpWatchLock(of: site.name)
        do throws(LockError) {
            let lock = try await SiteLock.acquire(
                site: site,
                pair: configuration.name,
                holder: holder,
                timeout: patience
            )
            let handle = LockHandle(site: site.name, generation: lock.generation, ticket: ticket)
            locks[handle] = lock
            lock.whenEnded { Task { await self.lockEnded(handle) } }
            logger.info("lock held", metadata: ["site": "\(site.name)", "generation": "\(lock.generation)"])
            feed(.lockTaken(handle))
        } catch {
            let kind: LockRefusal.Kind = if case .heldByAnother = error.kind { .heldByAnother } else { .unavailable }
            feed(.lockRefused(site: site.name, ticket, LockRefusal(kind, summary: error.summary, hint: error.hint)))
        }
    }

    private func lockEnded(_ handle: LockHandle) async {
        // One that was given back is not there any more.
        guard let lock = locks.removeValue(forKey: handle) else { return }
        let reason = await lock.waitUntilLost().reason
        logger.warning("lock lost", metadata: ["site": "\(handle.site)", "reason": "\(reason)"])
        feed(.lockLost(handle, reason: reason))
        followLocks()
    }

    private func write(_ record: PairRecord, to site: Site, under lock: HeldLock?, _ ticket: Ticket) async {
        do throws(WriteRefusal) {
            guard let lock else { throw WriteRefusal.lockLost(site.name) }
            let written = try await RecordStore(site: site, pair: configuration.name).write(record, under: lock)
            feed(.recordWritten(ticket, written))
        } catch {
            feed(.recordNotWritten(ticket, error))
        }
    }

    // MARK: Steps

    private func perform(_ order: StepOrder, under handle: LockHandle, _ ticket: Ticket) {
        guard let target = sites[order.target], let origin = sites[order.origin], let lock = locks[handle] else {
            submit { await self.feed(.stepFailed(ticket, StepFailure.lockLost(handle.site))) }
            return
        }
        let performer = StepPerformer(
            pair: configuration.name,
            target: target,
            origin: origin,
            lock: lock,
            routes: routes(of: order),
            hooks: configuration.hooks,
            runHooks: { order in
                if let veto = await self.runHooksBefore(order, under: lock) { return veto }
                return await self.holdAfterHooks(order)
            },
            relays: { await self.currentRelays() },
            gaps: { () async throws(OperationError) in try await self.gapsNow() },
            knownGaps: { await self.knownGaps(at: target) },
            seenStores: { await self.watch.seenStores(at: target, epoch: $0) },
            noteCaptures: { await self.watch.note(captures: $0, at: target, under: lock) },
            progress: progress,
            logger: logger,
            waits: { reason in await self.feed(.stepWaits(ticket, reason: reason)) }
        )
        // One that was cancelled ends before the next one starts, since both may work on the same objects.
        let task = Task { [previous = lastStep] in
            _ = await previous?.value
            return await performer.perform(order)
        }
        steps[ticket] = task
        lastStep = task
        submit {
            let result = await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
            await self.stepEnded(ticket, result)
        }
    }

    private func stepEnded(_ ticket: Ticket, _ result: Result<StepOutcome, StepFailure>) {
        steps[ticket] = nil
        switch result {
        case .success(let outcome): feed(.stepEnded(ticket, outcome))
        case .failure(let failure): feed(.stepFailed(ticket, failure))
        }
    }

    /// The routes that an operation works on: those of its plan.
    private func routes(of order: StepOrder) -> [RouteConfiguration] {
        order.record.operation?.id == order.operation && order.record.operation?.plan == nil
            ? configuration.routes : order.plan.routes.map(\.configuration)
    }

    /// The routes that run, once what was to start or end before has.
    private func currentRelays() async -> RouteSet? {
        await withCheckedContinuation { continuation in
            if !lane.append({ continuation.resume() }) { continuation.resume() }
        }
        return relays
    }
}
