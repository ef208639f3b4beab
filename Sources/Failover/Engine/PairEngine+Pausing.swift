import ControlModel
import ErrorCodes
import Leadership
import Logging
import Relay
import RopewayConfiguration

/// Routes and shovels that an operator holds up, for as long as nobody resumes them, whichever process runs them.
extension PairEngine {
    package func pause(_ name: String, _ request: PauseRequest) async throws(OperationError) {
        try await note(name, isPaused: true, request)
    }

    package func resume(_ name: String, _ request: PauseRequest) async throws(OperationError) {
        try await note(name, isPaused: false, request)
    }

    private func note(_ name: String, isPaused: Bool, _ request: PauseRequest) async throws(OperationError) {
        try checkName(name)
        let who = try request.checkedWho()
        do throws(RecordError) {
            _ = try await pauses.note(name, isPaused: isPaused, by: who, under: heldSites)
        } catch {
            throw OperationError(
                .failed,
                code: .pauseNotKept,
                message: "'\(name)' runs or rests as before: \(heldSites.isEmpty ? "no lock is held" : error.summary)",
                hint: heldSites.isEmpty ? "wait until this daemon leads, or ask the one that does" : error.hint
            )
        }
        await applyPauses()
        logger.notice(isPaused ? "paused" : "resumed", metadata: ["name": "\(name)", "by": "\(who)"])
    }

    private var heldSites: [(site: Site, lock: HeldLock)] {
        heldLocks.compactMap { name, lock in sites[name].map { (site: $0, lock: lock) } }
    }

    /// Has what runs do as was said.
    private func applyPauses() async {
        let wanted = await pauses.ledger.paused
        let changed = wanted.symmetricDifference(paused)
        paused = wanted
        for name in changed {
            if wanted.contains(name) {
                await relays?.route(name)?.pause()
                await shovels.shovel(name)?.pause()
            } else {
                await relays?.route(name)?.resume()
                await shovels.shovel(name)?.resume()
            }
        }
    }

    /// What is paused, read before anything is begun that may be.
    func learnPauses() async {
        await pauses.load(from: Array(sites.values), again: true)
        await applyPauses()
    }

    /// Keeps the sites' copies alike, and learns what a site has that did not answer before, until the task is cancelled.
    func keepPauses() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            guard mode == .daemon, !Task.isCancelled, !heldSites.isEmpty else { continue }
            if await !pauses.isComplete {
                await pauses.load(from: Array(sites.values))
                await applyPauses()
            }
            await pauses.flush(heldSites)
        }
    }

    /// Reports with since when something is paused, and by whom.
    func withPauses(
        _ routes: [RouteReport],
        _ shovels: [ShovelReport]
    ) async -> (routes: [RouteReport], shovels: [ShovelReport]) {
        if mode == .command || machine.isStandingBy { await pauses.load(from: Array(sites.values), again: true) }
        let ledger = await pauses.ledger
        func report(_ name: String) -> OperatorPauseReport? {
            ledger.pause(of: name).map { OperatorPauseReport(since: $0.at, by: $0.by) }
        }
        var (routes, shovels) = (routes, shovels)
        for index in routes.indices { routes[index].paused = report(routes[index].name) }
        for index in shovels.indices { shovels[index].paused = report(shovels[index].name) }
        return (routes, shovels)
    }

    private func checkName(_ name: String) throws(OperationError) {
        guard mode == .daemon else {
            throw OperationError(
                .preconditionFailed,
                code: .noDaemon,
                message: "no daemon of this pair answers, so nothing runs that could be paused or resumed",
                hint: "start the daemon; what was paused before stays paused"
            )
        }
        let names = configuration.routes.map(\.name) + configuration.shovels.map(\.name)
        guard !names.contains(name) else { return }
        throw OperationError(
            .usage,
            code: .unknownName,
            message: "no route or shovel is named '\(name)'",
            hint: "names are: \(names.joined(separator: ", "))"
        )
    }
}
