import Leadership
import Logging
import Relay
import RopewayConfiguration

extension PairEngine {
    /// - Parameter holdsPolicies: whether the stores' policies are left as they are, for a promotion that follows.
    func startRelaying(
        from active: Site,
        to standby: Site,
        epoch: Int,
        holdsPolicies: Bool = false
    ) throws(OperationError) {
        relays = RouteSet(
            try makeRoutes(configuration.routes, from: active, to: standby, epoch: epoch, holdsPolicies: holdsPolicies),
            into: standby
        )
        logger.info(
            "relaying",
            metadata: [
                "from": "\(active.name)", "to": "\(standby.name)", "epoch": "\(epoch)",
                "routes": "\(configuration.routes.count)",
            ]
        )
    }

    private func makeRoutes(
        _ configurations: [RouteConfiguration],
        from active: Site,
        to standby: Site,
        epoch: Int,
        holdsPolicies: Bool = false
    ) throws(OperationError) -> [Route] {
        do {
            return try configurations.map { wanted in
                let route = try Route(
                    pair: configuration.name,
                    configuration: wanted,
                    from: active,
                    to: standby,
                    epoch: epoch,
                    holdsPolicies: holdsPolicies,
                    logger: logger
                )
                if paused.contains(wanted.name) { route.pause() }
                return route
            }
        } catch {
            throw OperationError(.failed, code: "route-invalid", message: "\(error)", hint: "correct the configuration")
        }
    }

    func stopRoutes() async {
        let routes = relays
        relays = nil
        await routes?.stop()
    }

    /// Begins, changes and ends routes as the configuration has them; those that it has as they run are left alone.
    ///
    /// Only ``round()`` does so: what ends is waited for, and another could begin its successor meanwhile.
    func updateRoutes() async throws(OperationError) {
        guard let running = relays else { return }
        let (kept, outdated) = running.keeping(configuration.routes)
        if !outdated.isEmpty {
            relays = kept
            await outdated.stopAll()
        }
        // A promotion that began meanwhile has the routes to itself.
        guard !isPromoting, !Task.isCancelled, let relays, relays.destination == running.destination else { return }
        let missing = configuration.routes.filter { relays.route($0.name) == nil }
        guard !missing.isEmpty, let record, let active = sites[record.active], let standby = sites[relays.destination]
        else { return }
        self.relays = relays.adding(try makeRoutes(missing, from: active, to: standby, epoch: record.epoch))
        logger.info("routes begun", metadata: ["routes": "\(missing.map(\.name).joined(separator: ", "))"])
    }

    /// Begins, changes and ends shovels as the configuration has them; those that it has as they run are left alone.
    ///
    /// Only ``round()`` does so: what ends is waited for, and another could begin its successor meanwhile.
    func updateShovels() async throws(OperationError) {
        let ended = await shovels.takeOutdated(by: configuration).stopAll()
        shovels.note(ended)
        guard relays != nil, !Task.isCancelled else { return }
        do {
            try shovels.beginMissing(of: configuration, sites: sites, paused: paused, logger: logger)
        } catch {
            throw OperationError(
                .failed,
                code: "shovel-invalid",
                message: "\(error)",
                hint: "correct the configuration"
            )
        }
    }

    func stopShovels() async {
        let ended = await shovels.takeAll().stopAll()
        shovels.note(ended)
    }

    func stopRelaying() async {
        async let stopped: Void = stopRoutes()
        await stopShovels()
        await stopped
    }

    /// Takes a changed configuration over, and passwords and certificates that changed without it.
    ///
    /// Of routes and shovels, those that have changed are begun anew, which loses and reorders nothing; all are where a
    /// site has changed, or nothing at all. A configuration that can't be taken over changes nothing.
    public func reload(_ loaded: LoadedConfiguration) async {
        guard loaded.configuration.name == configuration.name else {
            logger.error("the pair's name can't be changed by a reload; restart the daemon")
            return
        }
        guard !isPromoting else {
            logger.error("the configuration can't be changed while a promotion runs; reload again afterwards")
            return
        }
        do {
            let sites = try Self.makeSites(loaded.configuration, client)
            let keepsSites = loaded.configuration.differsOnlyInRoutesAndShovels(from: configuration)
            configuration = loaded.configuration
            lastReading = nil
            if !keepsSites {
                self.sites = sites
                monitors = Self.makeMonitors(sites, loaded.configuration)
                renewsRelaying = true
                await stopMonitors()
                startMonitors()
            }
            wake.signal()
            logger.info(keepsSites ? "configuration reloaded; the sites are the same" : "configuration reloaded")
        } catch {
            logger.error("configuration not reloaded", metadata: ["error": "\(error)"])
        }
    }
}

extension PairConfiguration {
    /// Whether another one has other routes or shovels, and all else alike. Where nothing differs at all, what is asked
    /// for is that passwords and certificates are read again.
    fileprivate func differsOnlyInRoutesAndShovels(from other: PairConfiguration) -> Bool {
        (shovels != other.shovels || routes != other.routes)
            && active == other.active && sites == other.sites && health == other.health && api == other.api
    }
}
