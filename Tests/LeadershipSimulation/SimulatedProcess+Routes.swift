import Leadership
import Pump

/// The routes of one direction, while they run.
final class RouteSet {
    let number: Int
    let order: RelayOrder
    let lock: LockHandle
    var isRunning = true
    /// The session of its pump.
    var session: SimulatedSession!

    init(number: Int, order: RelayOrder, lock: LockHandle) {
        self.number = number
        self.order = order
        self.lock = lock
    }
}

extension SimulatedProcess {
    func startRoutes(_ order: RelayOrder, under lock: LockHandle) {
        if routes.contains(where: { $0.isRunning }) {
            world.violate("\(name) started a second set of routes beside the first")
        }
        // One whose lock is gone ends before it has begun.
        guard holds(lock) else { return }
        world.ordered += 1
        let set = RouteSet(number: world.ordered, order: order, lock: lock)
        routes.append(set)
        relay(set)
    }

    func stopRoutes(_ ticket: Ticket) {
        for set in routes { set.isRunning = false }
        routes = []
        later(world.random.number(5...300)) { [unowned self] in feed(.routesStopped(ticket)) }
    }

    // MARK: One session of the pump after the other

    private func relay(_ set: RouteSet) {
        guard set.isRunning else { return }
        set.session = SimulatedSession(at: world.now, inFlight: world.random.number(1...12))
        deliver(to: set, set.session)
    }

    /// Takes what the capture has, again and again, until the session has ended.
    private func deliver(to set: RouteSet, _ session: SimulatedSession) {
        guard set.isRunning, set.session === session, !session.machine.hasEnded else { return }
        let from = world.site(set.order.from)
        call(from, .amqp, patience: 10_000) { [world] in
            $0.capture.deliver(to: set.number, at: world.now)
        } _: { [unowned self] answer in
            guard set.isRunning, set.session === session else { return }
            later(world.random.number(500...1500)) { [unowned self] in deliver(to: set, session) }
            guard case .value(let messages) = answer, session.receive(messages) else { return }
            world.troubleNow(self, world.site(set.order.to))
            drive(set, session)
        }
    }

    /// Does what the pump's state machine wants, as ``PumpSession`` does.
    private func drive(_ set: RouteSet, _ session: SimulatedSession) {
        if !set.isRunning { session.machine.stop() }
        session.machine.tick(now: session.time(world.now))
        let publishes = session.publish(at: world.now)
        if !publishes.isEmpty { publish(publishes, set, session) }
        acknowledge(session.settle(at: world.now), set)
        session.machine.concludeIfSettled()
        if session.machine.hasEnded {
            guard !session.isOver else { return }
            session.isOver = true
            acknowledge(session.settleLast(), set)
            later(world.random.number(500...2000)) { [unowned self] in if set.session === session { relay(set) } }
        } else if let deadline = session.takeDeadline(after: world.now) {
            later(deadline - world.now) { [unowned self] in drive(set, session) }
        }
    }

    /// What the store says of publishes.
    private enum Verdict {
        case taken
        /// A full queue (basic.nack).
        case refused
        /// The exchange is closed: the channel ends.
        case barred
    }

    private func publish(_ publishes: [SimulatedSession.Publish], _ set: RouteSet, _ session: SimulatedSession) {
        let to = world.site(set.order.to)
        let messages = publishes.map(\.message)
        let isRefused = world.random.number(1...20) == 1
        call(to, .publishing, patience: 20_000) { [world] site -> Verdict in
            if isRefused { return .refused }
            let isTaken =
                world.plants(.barrierLeftOut)
                ? site.store.publish(
                    messages,
                    epoch: max(set.order.epoch, site.store.barrier),
                    claimed: set.order.epoch
                )
                : site.store.publish(messages, epoch: set.order.epoch, claimed: set.order.epoch)
            return isTaken ? .taken : .barred
        } _: { [unowned self] answer in
            // A confirm is followed by an acknowledgement even if the routes are about to end.
            switch answer {
            case .value(.taken): session.judge(publishes, isTaken: true, at: world.now)
            case .value(.refused): session.judge(publishes, isTaken: false, at: world.now)
            case .value(.barred), .refused, .unknown: session.lose()
            }
            drive(set, session)
        }
    }

    private func acknowledge(_ messages: [Int], _ set: RouteSet) {
        guard !messages.isEmpty else { return }
        let from = world.site(set.order.from)
        let to = world.site(set.order.to)
        call(from, .amqp, patience: 10_000) { [world, unowned self] site in
            let gone = site.capture.acknowledge(messages, by: set.number)
            if let message = gone.first(where: { to.store.swallowed.contains($0) }) {
                world.violate(
                    "message \(message) left the capture of \(site.name) for the store of \(to.name), behind the seal: "
                        + "\(name) relayed it in epoch \(set.order.epoch)"
                )
            }
        } _: { _ in
        }
    }
}
