import ControlModel
import ErrorCodes
import FoundationEssentials
import Leadership
import Relay

/// What is known of objects: what a promotion tells the watch of them and asks it, and what a status shows.
extension PairWatch {
    /// Notes what captures are that were just declared, before what they are to capture comes. Those that are known of that
    /// epoch stay as they were: where they are others now, the next look tells of a gap.
    package func note(captures: [String: KnownObjects], at site: Site, under lock: HeldLock) async {
        await load(from: [site])
        let isKnown = { (route: String, epoch: Int) in
            self.book.ledger.known(site: site.name, route: route, role: .capture)?.epoch == epoch
        }
        let new = captures.filter { !isKnown($0.key, $0.value.epoch) }
        guard book.know(new, site: site.name, role: .capture, always: true), lock.isHeld else { return }
        do throws(RecordError) {
            book.ledger.merge(try await MergedParameter<GapLedger>(site: site, pair: pair).write(book.ledger, lock))
        } catch {
            book.outdated.insert(site.name)
            book.note(error, at: site.name)
        }
    }

    /// Notes how far routes had got with their stores that have ended: whoever looks next begins there.
    package func noteEnds(of routes: [Route]) async {
        guard let running else { return }
        for route in routes { await running.stores.ended(route.names.route, await route.publishProgress()) }
    }

    /// Writes down what is known of the objects, for the next process: before the locks are released.
    package func writeDown() async {
        guard let running else { return }
        await know(running, always: true)
        await flush(running.situation)
    }

    /// Takes over what the watches know.
    func know(_ running: Running, always: Bool = false) async {
        let captures = await running.captures.known()
        let stores = await running.stores.known()
        let sites = (running.situation.active.name, running.situation.standby.name)
        let isNew = [
            book.know(captures, site: sites.0, role: .capture, always: always),
            book.know(stores, site: sites.1, role: .store, always: always),
        ]
        if isNew.contains(true) { book.markOutdated(running.situation) }
    }

    /// The routes whose stores were seen at a site in an epoch, by this process or by another that wrote it down there.
    package func seenStores(at site: Site, epoch: Int) async -> Set<String> {
        await load(from: [site])
        return book.ledger.seenStores(at: site.name, epoch: epoch)
    }

    /// The gaps that nobody took note of, the oldest first.
    package var openGaps: [Gap] { book.ledger.open }

    /// All gaps that are kept, acknowledged or not.
    package var allGaps: [Gap] { book.ledger.gaps }

    /// What is wrong with a site's copy of the gaps, where a person has to mend it.
    package var fault: OperationError? { book.fault }

    /// What is known of each route's capture and of its store; `nil` where nothing is watched.
    package func evidence() async -> [String: (capture: RouteEvidence, store: RouteEvidence)]? {
        guard let running else { return nil }
        let stores = await running.stores.evidence
        return await Dictionary(
            uniqueKeysWithValues: running.captures.evidence.map { route, capture in
                (route, (capture, stores[route] ?? RouteEvidence()))
            }
        )
    }
}
