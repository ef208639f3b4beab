import Consumption
import ControlModel
import ErrorCodes
import FoundationEssentials
import Leadership
import Logging
import Relay
import RopewayConfiguration
import Schedule

/// Routes, and the configuration of all: it runs in the lane, one after the other.
extension PairEngine {
    func startRoutes(_ order: RelayOrder, under handle: LockHandle) async {
        // The machine may have changed its mind while this waited for its turn.
        guard machine.relaying == order, let lock = locks[handle], let active = sites[order.from],
            let standby = sites[order.to]
        else { return }
        let floors = await floors(at: standby, order.epoch)
        await learnPauses()
        guard machine.relaying == order else { return }
        do throws(OperationError) {
            let made = try makeRoutes(configuration.routes, from: active, to: standby, order, floors: floors)
            relays = RouteSet(made, into: standby, under: lock)
            routesFault = nil
            logger.info(
                "relaying",
                metadata: [
                    "from": "\(order.from)", "to": "\(order.to)", "epoch": "\(order.epoch)",
                    "routes": "\(configuration.routes.count)",
                ]
            )
        } catch {
            note(error)
        }
        if mode == .daemon { await updateShovels() }
    }

    private func note(_ error: OperationError) {
        routesFault = ErrorReport(code: error.code, message: error.message, hint: error.hint, since: .now)
        logger.error("routes can't run", metadata: ["error": "\(error.message)"])
    }

    private func makeRoutes(
        _ configurations: [RouteConfiguration],
        from active: Site,
        to standby: Site,
        _ order: RelayOrder,
        floors: [String: Position] = [:],
        continuing positions: [String: RoutePositions] = [:]
    ) throws(OperationError) -> [Route] {
        do {
            let made = try configurations.map { wanted in
                try Route(
                    pair: configuration.name,
                    configuration: wanted,
                    from: active,
                    to: standby,
                    epoch: order.epoch,
                    holdsPolicies: order.holdsPolicies,
                    isPaused: paused.contains(wanted.name),
                    positions: positions[wanted.name].map { kept in
                        kept.endCanaries(false)
                        return kept
                    }
                        ?? RoutePositions(floor: floors[wanted.name], instance: holder.instance),
                    logger: logger
                )
            }
            // Before the first canary has arrived, it is not known that the way is open.
            if mode == .daemon {
                for route in made where !route.configuration.copiesStream {
                    route.positions.expectCanaries(within: .seconds(5))
                }
            }
            return made
        } catch {
            throw OperationError(.failed, code: .routeInvalid, message: "\(error)", hint: "correct the configuration")
        }
    }

    /// Positions that were handed out in this epoch, by route: whatever the clock of this machine says, none lies before.
    private func floors(at standby: Site, _ epoch: Int) async -> [String: Position] {
        guard configuration.routes.contains(where: { $0.replay.window == .watermark }) else { return [:] }
        do {
            guard let known = try await WatermarkStore(site: standby, pair: configuration.name).read(),
                known.epoch == epoch
            else { return [:] }
            return known.routes.compactMapValues { queues in queues.values.map(\.position).max() }
        } catch {
            logger.warning(
                """
                the consumed positions on site '\(standby.name)' can't be read: relaying goes on by this machine's clock; \
                see that it is not behind that of the daemon before
                """,
                metadata: ["error": "\(error)"]
            )
            return [:]
        }
    }

    /// Waits for a moment until no canary is left in the captures of routes that end: nobody would take it for anything
    /// but a message.
    private func settleCanaries(of routes: [Route], within limit: Duration) async {
        for route in routes { route.positions.endCanaries() }
        let deadline = ContinuousClock.now + limit
        while routes.contains(where: \.positions.hasCanaries), ContinuousClock.now < deadline {
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { return }
        }
    }

    func stopRelaying() async {
        let routes = relays
        relays = nil
        if isEnding { await settleCanaries(of: routes?.routes ?? [], within: .seconds(1)) }
        async let stopped: Void? = routes?.stop()
        await stopBarredShovels()
        await stopped
        // The lock of the standby site is released next.
        await watch.noteEnds(of: routes?.routes ?? [])
        if isEnding { await watch.writeDown() }
    }

    /// Starts, changes and ends routes and shovels as the configuration has them; those that it has as they run are left
    /// alone.
    func followConfiguration() async {
        do throws(OperationError) {
            try await updateRoutes()
        } catch {
            note(error)
        }
        await updateShovels()
    }

    private func updateRoutes() async throws(OperationError) {
        guard let running = relays, let order = machine.relaying, machine.operation == nil else { return }
        let (kept, outdated) = running.keeping(configuration.routes)
        relays = kept
        let removed = outdated.map(\.route).filter { old in
            !configuration.routes.contains { $0.name == old.configuration.name }
        }
        await settleCanaries(of: removed, within: .seconds(3))
        await outdated.stopAll()
        let missing = configuration.routes.filter { kept.route($0.name) == nil }
        guard !missing.isEmpty, let active = sites[order.from], let standby = sites[order.to] else { return }
        // What was counted of a capture goes on to count, however its messages are retained from now on.
        let positions = outdated.reduce(into: [String: RoutePositions]()) { positions, running in
            positions[running.route.names.route] = running.route.positions
        }
        let unchanged = outdated.map(\.route.configuration).filter { old in missing.contains { $0.isCaptured(as: old) }
        }
        relays = kept.adding(
            try makeRoutes(
                missing,
                from: active,
                to: standby,
                order,
                floors: positions.compactMapValues(\.log.end),
                continuing: positions.filter { name, _ in unchanged.contains { $0.name == name } }
            )
        )
        logger.info("routes started", metadata: ["routes": "\(missing.map(\.name).joined(separator: ", "))"])
    }

    // MARK: Reloading

    /// Takes a changed configuration over, and passwords and certificates that changed without it.
    ///
    /// Of routes and shovels, those that have changed are started again, which loses and reorders nothing; where a site has
    /// changed, or nothing at all, everything ends, locks are given back where they are held, and all starts again.
    package func reload(_ loaded: LoadedConfiguration) async {
        guard loaded.configuration.name == configuration.name else {
            logger.error("the pair's name can't be changed by a reload; restart the daemon")
            return
        }
        guard loaded.configuration.sites.map(\.name) == configuration.sites.map(\.name) else {
            logger.error("the names of the sites can't be changed by a reload; restart the daemon")
            return
        }
        guard machine.operation == nil else {
            logger.error("the configuration can't be changed while a promotion runs; reload again afterwards")
            return
        }
        do {
            _ = try Self.makeSites(loaded.configuration, client)
            if loaded.configuration.keepsSites(of: configuration) {
                configuration = loaded.configuration
                feedSchedule(.configured(configuration.schedule))
                lane.append { await self.followConfiguration() }
                logger.info("configuration reloaded; the sites are the same")
            } else {
                nextConfiguration = loaded
                feed(.renew)
                logger.info("configuration reloaded")
            }
        } catch {
            logger.error("configuration not reloaded", metadata: ["error": "\(error)"])
        }
    }

    /// Takes over the configuration that was waited for, now that nothing runs with the old one.
    func applySettings() {
        guard let loaded = nextConfiguration else { return }
        nextConfiguration = nil
        do {
            sites = try Self.makeSites(loaded.configuration, client)
        } catch {
            logger.error("configuration not reloaded", metadata: ["error": "\(error)"])
            return
        }
        configuration = loaded.configuration
        feedSchedule(.configured(configuration.schedule))
        promotability = nil
        monitors = Self.makeMonitors(sites, loaded.configuration)
        lane.append {
            // Those within one site may run still, with the old passwords and certificates.
            await self.stopShovels()
            await self.updateShovels()
            await self.stopMonitors()
            await self.startMonitors()
        }
    }
}

extension PairConfiguration {
    /// Whether another one has other routes, shovels, plans, hooks or wishes for the topology, and all else alike. Where nothing
    /// differs at all, what is asked for is that passwords and certificates are read again.
    fileprivate func keepsSites(of other: PairConfiguration) -> Bool {
        (shovels != other.shovels || routes != other.routes || schedule != other.schedule || hooks != other.hooks
            || topology != other.topology)
            && active == other.active && sites == other.sites && health == other.health && api == other.api
    }
}
