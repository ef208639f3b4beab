import Leadership

extension SimulatedProcess {
    /// Whether this process believes that it holds a lock.
    func holds(_ handle: LockHandle) -> Bool {
        if world.plants(.lockForgotten) { return true }
        return locks.contains { $0.handle == handle && $0.isOpenAtClient }
    }

    func takeLock(_ site: SimulatedSite, _ ticket: Ticket, patience: Int) {
        let connection = LockConnection(process: self, site: site, ticket: ticket)
        connection.heardByClient = world.now
        locks.append(connection)
        call(site, .amqp, patience: patience) { [world] in
            guard connection.isOpenAtClient else { return }
            connection.isOpenAtBroker = true
            connection.heardByBroker = world.now
            $0.lockConnections.append(connection)
            world.grant($0)
        } _: { [unowned self] answer in
            switch answer {
            case .value: connection.wasConnected = true
            case .refused: refuseLock(connection, .unavailable)
            case .unknown: break
            }
        }
        later(patience) { [unowned self] in
            refuseLock(connection, connection.wasConnected ? .heldByAnother : .unavailable)
        }
    }

    private func refuseLock(_ connection: LockConnection, _ kind: LockRefusal.Kind) {
        guard connection.isOpenAtClient, connection.handle == nil else { return }
        disconnect(connection)
        let summary = kind == .heldByAnother ? "another one holds it" : "\(connection.site.name) can't be reached"
        feed(
            .lockRefused(
                site: connection.site.name,
                connection.ticket,
                LockRefusal(kind, summary: summary, hint: "")
            )
        )
    }

    /// The token came.
    func gotToken(_ connection: LockConnection, _ generation: UInt64) {
        guard connection.isOpenAtClient, connection.handle == nil else { return }
        let handle = LockHandle(site: connection.site.name, generation: generation, ticket: connection.ticket)
        connection.wasConnected = true
        connection.handle = handle
        connection.heardByClient = world.now
        feed(.lockTaken(handle))
    }

    func releaseLock(_ handle: LockHandle) {
        ended.insert(handle)
        endEverything(under: handle)
        guard let connection = locks.first(where: { $0.handle == handle }) else {
            return later(1) { [unowned self] in feed(.lockReleased(handle)) }
        }
        disconnect(connection)
        later(world.random.number(5...500)) { [unowned self] in feed(.lockReleased(handle)) }
    }

    private func disconnect(_ connection: LockConnection) {
        connection.isOpenAtClient = false
        locks.removeAll { $0 === connection }
        hangUp(connection)
    }

    /// Tells the broker that a connection ends; where that does not arrive, it misses the heartbeats.
    func hangUp(_ connection: LockConnection) {
        world.after(world.delay()) { [world] in
            guard !connection.site.isDown, !connection.site.isAMQPHung,
                !world.link(connection.process, connection.site).toSite
            else { return }
            world.close(connection)
        }
    }

    /// Looks whether the brokers are still heard, and notices what they closed.
    func watchLocks() {
        for connection in locks where connection.isOpenAtClient && connection.wasConnected {
            let site = connection.site
            let link = world.link(self, site)
            let isTold = !site.isDown && !site.isAMQPHung && !link.toSite && !link.fromSite
            if !connection.isOpenAtBroker, isTold {
                loseLock(connection, "the broker closed its connection")
            } else if world.now - connection.heardByClient > 12_000 {
                loseLock(connection, "no heartbeat came from the broker")
            }
        }
    }

    private func loseLock(_ connection: LockConnection, _ reason: String) {
        guard let handle = connection.handle else { return refuseLock(connection, .unavailable) }
        if world.plants(.lockForgotten) { return }
        disconnect(connection)
        ended.insert(handle)
        endEverything(under: handle)
        feed(.lockLost(handle, reason: reason))
    }

    /// What was started with a lock ends with it.
    private func endEverything(under handle: LockHandle) {
        for set in routes where set.lock == handle { set.isRunning = false }
        for step in steps.values where step.lock == handle { step.isCancelled = true }
    }
}
