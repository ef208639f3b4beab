import ControlModel
import ErrorCodes
import FoundationEssentials
import Leadership
import Management
import Relay
import RopewayConfiguration

/// What follows from the facts. It asks nobody, and the same facts give the same findings.
struct CheckJudgement: Sendable {
    let facts: CheckFacts
    let purpose: CheckPurpose

    /// What was found, in the order in which it is told.
    var findings: [CheckFinding] {
        let sites = [facts.active, facts.standby]
        guard purpose == .check else {
            // What is refused first is what the promoted site lacks.
            let all =
                siteObservations(facts.standby) + standbyObservations + comparison + siteObservations(facts.active)
                + activeObservations + pauseObservations + hookObservations
            return all.compactMap { $0.finding(for: purpose) }
        }
        var findings: [CheckFinding] = []
        for site in sites.sorted(by: { $0.name < $1.name }) { findings += health(site) }
        findings += recordFindings
        let observations =
            sites.flatMap { siteObservations($0) } + activeObservations + standbyObservations + comparison
        let found = observations.compactMap { $0.finding(for: purpose) }
        for site in sites.sorted(by: { $0.name < $1.name }) {
            let subject = "site \(site.name)"
            findings += found.filter { $0.subject == subject }
            for route in facts.routes {
                let subject = Self.subject(route, site)
                let ofRoute = found.filter { $0.subject == subject }
                findings += ofRoute
                if ofRoute.isEmpty, site.routes[route.name] != nil {
                    findings.append(
                        CheckFinding(
                            .ok,
                            code: .exchange,
                            subject: subject,
                            message: "exchange '\(route.exchange)' is there and bound"
                        )
                    )
                }
            }
        }
        findings += (pauseObservations + hookObservations).compactMap { $0.finding(for: purpose) }
        return findings
    }

    private var hookObservations: [CheckObservation] {
        facts.hooks.map { CheckObservation(.hookUnusable, "hook \($0.hook)", $0.message, hint: $0.hint) }
    }

    /// A copy that can't be read says nothing: the other may.
    private var pauseObservations: [CheckObservation] {
        var ledger = PauseLedger()
        for case .known(let copy?) in [facts.active.pauses, facts.standby.pauses] { ledger.merge(copy) }
        return facts.routes.compactMap { route in
            guard let mark = ledger.pause(of: route.name) else { return nil }
            return CheckObservation(
                .routePaused,
                "route \(route.name)",
                "route '\(route.name)' is paused, by \(mark.by) at \(mark.at.formatted(.iso8601)): what it captures stays "
                    + "on the active site, and a planned promotion waits until it is relayed",
                hint: "ropeway resume \(route.name)"
            )
        }
    }

    static func subject(_ route: RouteConfiguration, _ site: SiteFacts) -> String {
        "route \(route.name), site \(site.name)"
    }

    // MARK: The active site

    /// What keeps routes from relaying. A forced promotion asks nothing of this.
    private var activeObservations: [CheckObservation] {
        if case .forced = purpose { return [] }
        return facts.routes.flatMap { route -> [CheckObservation] in
            guard let told = facts.active.routes[route.name] else { return [] }
            let subject = Self.subject(route, facts.active)
            guard case .known(let found) = told.exchange else { return [unread(told.exchange, subject)] }
            guard let exchange = found else { return [missing(route, facts.active)] }
            return exchangeObservations(route, told, exchange, subject)
                + captureObservations(route, told, facts.active, subject)
                + rights(told.routeRights, .routePermission, subject)
                + promotionRights(route, told, facts.active)
        }
    }

    private func exchangeObservations(
        _ route: RouteConfiguration,
        _ told: RouteFacts,
        _ exchange: Exchange,
        _ subject: String
    ) -> [CheckObservation] {
        guard case .known(let graph) = told.graph else { return [unread(told.graph, subject)] }
        var found = foresight(route).exchangeFaults(exchange, graph).map { fault($0, .route, subject) }
        if graph.bindings.isEmpty {
            found.append(
                CheckObservation(
                    .exchangeIdle,
                    subject,
                    "nothing is bound to exchange '\(exchange.name)': nothing is captured",
                    hint: "bind the application's queues to it"
                )
            )
        }
        if case .known(let alternate?) = told.alternate, !facts.routes.contains(where: { $0.exchange == alternate }) {
            found.append(
                CheckObservation(
                    .alternateExchange,
                    subject,
                    "what exchange '\(exchange.name)' does not route goes to its alternate exchange '\(alternate)', which "
                        + "leads to queues, and is not captured",
                    hint: "add a route for exchange '\(alternate)'"
                )
            )
        }
        return found
    }

    private func captureObservations(
        _ route: RouteConfiguration,
        _ told: RouteFacts,
        _ site: SiteFacts,
        _ subject: String
    ) -> [CheckObservation] {
        guard case .known(let capture) = told.capture else { return [unread(told.capture, subject)] }
        var found: [CheckObservation] = []
        if let capture, capture.lacksMajority {
            found.append(
                CheckObservation(
                    .captureWithoutMajority,
                    subject,
                    "capture '\(capture.name)' has \(capture.online.count) of \(capture.members.count) members online: "
                        + "publishers' confirms are held up",
                    hint: "start the missing nodes, or detach the capture"
                )
            )
        }
        if route.copiesStream { found.append(streamCapture(subject)) }
        if let fault = copyFault(route, from: site, to: facts.standby) {
            found.append(self.fault(fault, .route, subject))
        }
        guard let premises = site.premises else { return found + [unpoliced(site, subject)] }
        return found + foresight(route).captureFaults(existing: capture, premises).map { fault($0, .route, subject) }
    }

    // MARK: The standby site

    private var standbyObservations: [CheckObservation] {
        facts.routes.flatMap { route -> [CheckObservation] in
            let site = facts.standby
            guard let told = site.routes[route.name] else { return [] }
            let subject = Self.subject(route, site)
            guard case .known(let found) = told.exchange else {
                return [purpose == .check ? unread(told.exchange, subject) : unreachable(told.exchange, subject)]
            }
            guard let exchange = found else { return [missing(route, site)] }
            var observations: [CheckObservation] = []
            if case .known(let graph) = told.graph, graph.bindings.isEmpty {
                observations.append(
                    CheckObservation(
                        .exchangeUnbound,
                        subject,
                        "nothing is bound to exchange '\(route.exchange)' of route '\(route.name)' on site '\(site.name)'",
                        hint: "bind the queues there; everything replayed would be returned as unroutable"
                    )
                )
            }
            return observations + promotionRights(route, told, site)
                + storeObservations(route, told, subject) + rights(told.routeRights, .routePermission, subject)
                + queueObservations(route, told, subject) + wayBack(route, told, exchange, subject)
        }
    }

    private func storeObservations(
        _ route: RouteConfiguration,
        _ told: RouteFacts,
        _ subject: String
    ) -> [CheckObservation] {
        guard case .known(let store) = told.store else { return [unread(told.store, subject)] }
        guard let premises = facts.standby.premises else { return [unpoliced(facts.standby, subject)] }
        var found = foresight(route).storeFaults(existing: store, premises).map { fault($0, .store, subject) }
        if route.standby.type == .stream, case .success(1)? = facts.standby.nodes {
            found.append(
                CheckObservation(
                    .streamNotSynced,
                    subject,
                    "the store is a stream on a site of one node: what a stream has confirmed may be lost with the node's "
                        + "power, since it is not written through to the disk",
                    hint: "use a site of three nodes, or a quorum queue as store, where that matters"
                )
            )
        }
        return found
    }

    private func wayBack(
        _ route: RouteConfiguration,
        _ told: RouteFacts,
        _ exchange: Exchange,
        _ subject: String
    ) -> [CheckObservation] {
        guard let premises = facts.standby.premises, let graph = told.graph.value, let capture = told.capture.value
        else { return [] }
        let foresight = foresight(route)
        let faults =
            foresight.exchangeFaults(exchange, graph) + foresight.captureFaults(existing: capture, premises)
            + [copyFault(route, from: facts.standby, to: facts.active)].compactMap(\.self)
        return faults.prefix(1).map { fault in
            CheckObservation(
                .wayBack,
                subject,
                "after a promotion of site '\(facts.standby.name)' the route back could not be set up: \(fault.message)",
                hint: fault.hint
            )
        }
    }

    // MARK: Parts

    func foresight(_ route: RouteConfiguration) -> RouteForesight {
        RouteForesight(names: ObjectNames(pair: facts.pair, route: route.name), route: route)
    }

    func fault(_ error: TopologyError, _ check: Check, _ subject: String) -> CheckObservation {
        CheckObservation(check, code: error.code.errorCode, subject, error.message, hint: error.hint)
    }

    func missing(_ route: RouteConfiguration, _ site: SiteFacts) -> CheckObservation {
        let other = site.name == facts.standby.name ? facts.active.name : facts.standby.name
        let sync = site.name == facts.standby.name ? ": `ropeway topology sync`" : ""
        return CheckObservation(
            .exchangeMissing,
            Self.subject(route, site),
            "exchange '\(route.exchange)' of route '\(route.name)' does not exist on site '\(site.name)'",
            hint: "declare it and its bindings there, as they are on site '\(other)'\(sync)"
        )
    }

    func unread<Value>(_ fact: Known<Value>, _ subject: String) -> CheckObservation {
        CheckObservation(
            .management,
            subject,
            fact.reason,
            hint: "look whether the site's management API answers this user, then check again"
        )
    }

    func unreachable<Value>(_ fact: Known<Value>, _ subject: String) -> CheckObservation {
        CheckObservation(
            .targetUnreachable,
            subject,
            "site '\(facts.standby.name)' could not be checked: \(fact.reason)",
            hint: "promote once its brokers answer"
        )
    }

    func unpoliced(_ site: SiteFacts, _ subject: String) -> CheckObservation {
        let reasons = [site.version.reason, site.policies.reason, site.operatorPolicies.reason].filter { !$0.isEmpty }
        return CheckObservation(
            .management,
            subject,
            "version and policies could not be read: \(reasons.first ?? "unknown")",
            hint: "give the user for policies the tag policymaker, and look whether the management API answers"
        )
    }
}

extension Known {
    /// Why it is not known; empty where it is.
    var reason: String {
        if case .unknown(let reason) = self { reason } else { "" }
    }
}
