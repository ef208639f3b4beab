import Leadership

/// The routes of one direction, while they run.
final class RouteSet {
    let number: Int
    let order: RelayOrder
    let lock: LockHandle
    var isRunning = true

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

    /// Takes some messages, stores them, and acknowledges what was confirmed.
    private func relay(_ set: RouteSet) {
        guard set.isRunning else { return }
        let from = world.site(set.order.from)
        call(from, .amqp, patience: 10_000) { [world] in
            $0.capture.deliver(to: set.number, at: world.now)
        } _: { [unowned self] answer in
            guard set.isRunning else { return }
            guard case .value(let messages) = answer, !messages.isEmpty else {
                return later(world.random.number(500...1500)) { [unowned self] in relay(set) }
            }
            world.troubleNow(self, world.site(set.order.to))
            publish(messages, set)
        }
    }

    private func publish(_ messages: [Int], _ set: RouteSet) {
        guard set.isRunning else { return }
        let to = world.site(set.order.to)
        call(to, .publishing, patience: 20_000) { [world] in
            world.plants(.barrierLeftOut)
                ? $0.store.publish(messages, epoch: max(set.order.epoch, $0.store.barrier), claimed: set.order.epoch)
                : $0.store.publish(messages, epoch: set.order.epoch, claimed: set.order.epoch)
        } _: { [unowned self] answer in
            // A confirm is followed by an acknowledgement even if the routes are about to end.
            switch answer {
            case .value(true): acknowledge(messages, set)
            case .value(false): later(2000) { [unowned self] in relay(set) }
            case .refused, .unknown: later(1000) { [unowned self] in publish(messages, set) }
            }
        }
    }

    private func acknowledge(_ messages: [Int], _ set: RouteSet) {
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
        } _: { [unowned self] _ in
            relay(set)
        }
    }
}
