import ControlModel
import ErrorCodes
import Leadership
import Logging
import Relay
import RopewayConfiguration

extension PairEngine {
    package func acknowledge(_ name: String) async throws(OperationError) {
        guard let wanted = configuration.routes.first(where: { $0.name == name }) else {
            throw OperationError(
                .usage,
                code: .unknownName,
                message: "no route is named '\(name)'; shovels have no gaps",
                hint: "routes are: \(configuration.routes.map(\.name).joined(separator: ", "))"
            )
        }
        if let route = relays?.route(name) {
            if !wanted.copiesStream { try await acknowledge(route.names, on: route.source) }
            try await watch.acknowledge(name, at: Array(sites.values))
        } else if mode == .command {
            try await acknowledgeAlone(wanted)
        } else {
            throw OperationError(
                .preconditionFailed,
                code: .notRelaying,
                message: "this daemon does not run route '\(name)'; nothing was changed",
                hint: machine.obstacle?.hint ?? "wait until it relays, or ask the daemon that leads"
            )
        }
        if let fault = await watch.fault { throw fault }
        logger.notice("gap acknowledged", metadata: ["route": "\(name)"])
    }

    /// Where no daemon answers: under the lock that whoever relays would hold.
    private func acknowledgeAlone(_ route: RouteConfiguration) async throws(OperationError) {
        let name = route.name
        await readRecords()
        if let view, view.isHeld { throw OperationError(machine.heldFault(view.summary)) }
        guard let record, let active = sites[record.active], let standby = other(than: record.active) else {
            throw OperationError(
                .unknown,
                code: .noRecord,
                message: "no site could tell which of them is active; nothing was changed",
                hint: "check that a site answers, and that the pair was begun by the daemon"
            )
        }
        let lock = try await acquire(standby, timeout: .seconds(5))
        do throws(OperationError) {
            if !route.copiesStream {
                try await acknowledge(ObjectNames(pair: configuration.name, route: name), on: active)
            }
            try await watch.acknowledge(name, at: Array(sites.values), under: [standby.name: lock])
        } catch {
            await lock.release()
            throw error
        }
        await lock.release()
    }

    /// Takes a site's lock for one command.
    func acquire(_ site: Site, timeout: Duration) async throws(OperationError) -> HeldLock {
        do throws(LockError) {
            return try await SiteLock.acquire(site: site, pair: configuration.name, holder: holder, timeout: timeout)
        } catch {
            switch error.kind {
            case .heldByAnother:
                throw OperationError(.locked, code: .standingBy, message: error.summary, hint: error.hint)
            case .unreachable, .lost, .broken, .cancelled:
                throw OperationError(.failed, code: .lockUnreachable, message: error.summary, hint: error.hint)
            }
        }
    }

    private func acknowledge(_ names: ObjectNames, on site: Site) async throws(OperationError) {
        do {
            try await site.acknowledgeGap(of: names)
        } catch {
            let fate = error.isOutcomeUnknown ? "may be acknowledged or not" : "is as it was"
            throw OperationError(
                error.code == .objectMissing ? .preconditionFailed : .failed,
                code: .gapNotAcknowledged,
                message: "the gap of route '\(names.route)' on site '\(site.name)' \(fate): \(error.message)",
                hint: error.code == .objectMissing
                    ? "the queue '\(names.gap)' is declared as soon as the route runs"
                    : error.isOutcomeUnknown ? "acknowledge it again: that does no harm" : error.hint
            )
        }
    }
}
