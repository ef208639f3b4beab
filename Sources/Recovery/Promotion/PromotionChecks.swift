import Leadership
import Logging
import Management
import Relay
import RopewayConfiguration

/// What a promotion needs, before anything is changed.
struct PromotionChecks: Sendable {
    let pair: String
    let target: Site
    let origin: Site
    let routes: [RouteConfiguration]
    let kind: PairRecord.OperationKind
    let logger: Logger

    /// What would have the promotion refused.
    func findings() async -> [CheckFinding] {
        do {
            try await check()
            return [CheckFinding(.ok, code: "promotable", message: "site '\(target.name)' can take over")]
        } catch let failure as StepFailure {
            return [CheckFinding(.fail, code: failure.code, message: failure.message, hint: failure.hint)]
        } catch {
            return [CheckFinding(.fail, code: "target-unreachable", message: "\(error)", hint: "see the reason")]
        }
    }

    /// Whether the target could take over: its exchanges are there, lead somewhere, and may be published to.
    func check() async throws {
        var asksForRights = true
        for route in routes {
            do {
                let (exchange, bindings) = try await checkExchange(route)
                // A broker that did not say for one route does not for others: it is not waited for again and again.
                if asksForRights { asksForRights = try await checkRights(route, exchange, bindings) }
            } catch let failure as StepFailure {
                throw failure
            } catch {
                throw StepFailure(
                    code: "target-unreachable",
                    message: "site '\(target.name)' could not be checked: \(error)",
                    hint: "promote once its brokers answer"
                )
            }
        }
    }

    private func checkExchange(_ route: RouteConfiguration) async throws -> (Exchange, [Binding]) {
        let site = target
        guard let exchange = try await site.management.exchange(route.exchange, virtualHost: site.virtualHost) else {
            throw StepFailure(
                code: "exchange-missing",
                message: "exchange '\(route.exchange)' of route '\(route.name)' does not exist on site '\(site.name)'",
                hint: "declare it and its bindings there, as they are on site '\(origin.name)'"
            )
        }
        let own = ObjectNames(pair: pair, route: route.name)
        let bindings = try await site.management.bindings(fromExchange: exchange.name, virtualHost: site.virtualHost)
        guard bindings.contains(where: { $0.destination != own.capture }) else {
            throw StepFailure(
                code: "exchange-unbound",
                message: "exchange '\(route.exchange)' of route '\(route.name)' leads nowhere on site '\(site.name)'",
                hint: "bind the queues there; everything replayed would be returned as unroutable"
            )
        }
        return (exchange, bindings)
    }

    /// - Returns: whether the broker could tell.
    private func checkRights(
        _ route: RouteConfiguration,
        _ exchange: Exchange,
        _ bindings: [Binding]
    ) async throws -> Bool {
        let names = ObjectNames(pair: pair, route: route.name)
        switch try await ReplayRights.probe(target, exchange: exchange, bindings: bindings, names: names) {
        case .granted:
            return true
        case .missing(let error):
            throw StepFailure(code: StepPerformer.permissionMissing, message: error.message, hint: error.hint)
        case .partial(let error):
            logger.warning("some messages will end in the quarantine", metadata: ["error": "\(error)"])
            return true
        case .unknown(let reason):
            // A broker in an alarm can be promoted; its replay waits for the end of the alarm.
            logger.warning("permissions are unknown", metadata: ["reason": "\(reason)"])
            return false
        }
    }
}
