import ErrorCodes
import Leadership

/// A step that is performed.
final class RunningStep {
    let order: StepOrder
    let lock: LockHandle
    var isCancelled = false

    init(order: StepOrder, lock: LockHandle) {
        self.order = order
        self.lock = lock
    }
}

extension SimulatedProcess {
    func perform(_ order: StepOrder, under lock: LockHandle, _ ticket: Ticket) {
        let step = RunningStep(order: order, lock: lock)
        steps[ticket] = step
        guard holds(lock) else {
            step.isCancelled = true
            return
        }
        if let limit = order.limit {
            later(Int(limit / .milliseconds(1)) + 1) { [unowned self] in
                fail(ticket, .timedOut, "it took longer than it may")
            }
        }
        // Now and then one fails, or takes very long.
        if !world.isQuiet, world.random.chance(4) {
            return later(world.random.number(10...3000)) { [unowned self] in fail(ticket, .stepFailed, "it failed") }
        }
        let pause = !world.isQuiet && world.random.chance(4) ? world.random.number(1000...60_000) : 1
        later(pause) { [unowned self] in run(ticket) }
    }

    func cancelStep(_ ticket: Ticket) {
        guard let step = steps.removeValue(forKey: ticket) else { return }
        step.isCancelled = true
        guard world.plants(.undoStartsRoutesTwice) else { return }
        later(world.random.number(1...2000)) { [unowned self] in
            startRoutes(RelayOrder(from: step.order.origin, to: step.order.target, epoch: 1), under: step.lock)
        }
    }

    private func end(_ ticket: Ticket, _ outcome: StepOutcome = .done) {
        guard let step = steps.removeValue(forKey: ticket), !step.isCancelled else { return }
        feed(.stepEnded(ticket, outcome))
    }

    private func fail(_ ticket: Ticket, _ code: ErrorCode, _ message: String) {
        guard let step = steps.removeValue(forKey: ticket), !step.isCancelled else { return }
        step.isCancelled = true
        feed(.stepFailed(ticket, StepFailure(code: code, message: message, hint: "")))
    }

    private func run(_ ticket: Ticket) {
        guard let step = steps[ticket], !step.isCancelled else { return }
        let target = world.site(step.order.target)
        let origin = world.site(step.order.origin)
        switch step.order.step {
        case .check:
            ask(ticket, target) { _ in
                true
            } then: { [unowned self] _ in
                if step.order.kind == .forced { return end(ticket) }
                ask(ticket, origin) { _ in
                    true
                } then: { [unowned self] _ in
                    end(ticket)
                }
            }
        case .beforeHooks:
            // Programs of the operator's: they ask no site, take their time, and now and then one vetoes.
            let isVeto = !world.isQuiet && step.order.kind == .planned && world.random.chance(10)
            later(world.random.number(1...2000)) { [unowned self] in
                isVeto ? fail(ticket, .hookVeto, "a hook failed") : end(ticket)
            }
        case .drain:
            ask(ticket, origin, retries: true) {
                $0.capture.isEmpty
            } then: { [unowned self] isEmpty in
                if isEmpty { return end(ticket) }
                feed(.stepWaits(ticket, reason: "the capture is not empty"))
                again(ticket)
            }
        case .settle:
            ask(ticket, origin) {
                !$0.isPublishing && $0.capture.isEmpty
            } then: { [unowned self] isSettled in
                if isSettled { return end(ticket) }
                if world.random.chance(20) { return fail(ticket, .lateMessages, "applications publish") }
                again(ticket)
            }
        case .verifyEmpty:
            ask(ticket, origin) {
                $0.capture.isEmpty
            } then: { [unowned self] isEmpty in
                isEmpty ? end(ticket) : fail(ticket, .drainFailed, "the capture is not empty")
            }
        case .closeBarrier:
            let epoch = step.order.record.epoch
            ask(ticket, target, .amqp) {
                $0.store.closeBarrier(below: epoch)
            } then: { [unowned self] _ in
                end(ticket)
            }
        case .captureReverse:
            ask(ticket, target) {
                $0.capture.exists = true
            } then: { [unowned self] _ in
                end(ticket)
            }
        case .seal:
            let record = step.order.record
            ask(ticket, target, .publishing) {
                $0.store.seal(for: step.order.operation, epoch: record.epoch)
            } then: {
                [unowned self] seal in
                end(ticket, .sealed(["orders": PairRecord.Store(count: seal)]))
            }
        case .replay: replay(ticket, target, world.random.number(1...5))
        default:
            world.violate("\(name) is to perform \(step.order.step.code), which is no step to perform")
        }
    }

    private func replay(_ ticket: Ticket, _ target: SimulatedSite, _ rounds: Int) {
        guard rounds > 0 else {
            return end(ticket, .replayed(.init(replayed: 0, expired: 0, quarantined: 0)))
        }
        ask(ticket, target, .publishing) { _ in
        } then: { [unowned self] _ in
            later(200) { [unowned self] in replay(ticket, target, rounds - 1) }
        }
    }

    private func again(_ ticket: Ticket) {
        later(world.random.number(200...800)) { [unowned self] in run(ticket) }
    }

    /// Asks a site for a step; where it can't be asked the step fails, or asks again.
    private func ask<Value>(
        _ ticket: Ticket,
        _ site: SimulatedSite,
        _ plane: SimulatedSite.Plane = .management,
        retries: Bool = false,
        _ body: @escaping (SimulatedSite) -> Value,
        then: @escaping (Value) -> Void
    ) {
        call(site, plane, patience: 10_000, body) { [unowned self] answer in
            guard let step = steps[ticket], !step.isCancelled else { return }
            switch answer {
            case .value(let value): then(value)
            case .refused, .unknown:
                retries ? again(ticket) : fail(ticket, .unreachable, "\(site.name) does not answer")
            }
        }
    }
}
