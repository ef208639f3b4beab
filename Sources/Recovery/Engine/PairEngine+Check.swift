import Foundation
import Leadership
import Management
import Relay
import RopewayConfiguration

extension PairEngine {
    /// Looks at everything that relaying and a promotion need, and changes nothing.
    public func check() async -> CheckReport {
        var findings: [CheckFinding] = []
        let timeout = configuration.health.timeout
        var conditions: [SiteCondition] = []
        await withTaskGroup(of: SiteCondition.self) { group in
            for site in sites.values {
                group.addTask { await SiteProbe.once(site, timeout: timeout) }
            }
            for await condition in group { conditions.append(condition) }
        }
        for condition in conditions.sorted(by: { $0.site < $1.site }) { findings += Self.findings(condition) }
        // A site whose management API does not answer has been named: nothing more is to be learnt of it.
        let reachable = conditions.filter { $0.management == .healthy || $0.management == .degraded }.map(\.site)
        await readRecords()
        findings += recordFindings()
        findings += await gapFindings()
        for site in configuration.sites where reachable.contains(site.name) {
            guard let site = sites[site.name] else { continue }
            findings += await permissionFindings(site)
            if site.name != record?.active { findings += await storeFindings(site) }
            var asksForRights = true
            for route in configuration.routes {
                let found = await routeFindings(route, site, asksForRights: asksForRights)
                // A broker that did not say for one route does not for others.
                asksForRights = asksForRights && !found.contains { $0.code == Self.permissionUnknown }
                findings += found
            }
        }
        for route in configuration.routes where route.replay.window == .watermark {
            findings.append(
                CheckFinding(
                    .warn,
                    code: "watermark-as-all",
                    subject: "route \(route.name)",
                    message:
                        "this version does not know what consumers have consumed: the window 'watermark' acts as 'all'",
                    hint: "expect repeats of everything retained; or set replay.window to {since: …}"
                )
            )
        }
        return CheckReport(pair: configuration.name, findings: findings)
    }

    private static func findings(_ condition: SiteCondition) -> [CheckFinding] {
        let subject = "site \(condition.site)"
        var findings: [CheckFinding] = []
        switch condition.verdict {
        case .healthy:
            findings.append(
                CheckFinding(
                    .ok,
                    code: "healthy",
                    subject: subject,
                    message:
                        "RabbitMQ \(condition.version ?? "of unknown version") answers over AMQP and management, all checks pass"
                )
            )
        case .degraded, .unreachable, .unauthorized:
            findings.append(
                CheckFinding(
                    .fail,
                    code: condition.verdict.rawValue,
                    subject: subject,
                    message: condition.reasons.isEmpty
                        ? "the site is \(condition.verdict.rawValue)" : condition.reasons.joined(separator: "; "),
                    hint: condition.hints.isEmpty
                        ? "see the reasons; nothing was changed" : condition.hints.joined(separator: "; ")
                )
            )
        }
        for check in condition.checks where check.status == .failed {
            findings.append(
                CheckFinding(
                    .fail,
                    code: "check-\(check.name)",
                    subject: "\(subject), node \(check.node)",
                    message: check.reason ?? "the check \(check.name) fails",
                    hint: "see the node's log"
                )
            )
        }
        return findings
    }

    private func recordFindings() -> [CheckFinding] {
        guard let view else { return [] }
        switch view {
        case .none:
            return [
                CheckFinding(.ok, code: "record", message: "no record yet: the daemon writes epoch 1 at first start")
            ]
        case .agreed(let record, _), .superseding(let record, _):
            return [
                CheckFinding(.ok, code: "record", message: "site '\(record.active)' is active in epoch \(record.epoch)")
            ]
        case .oneSided(let record, let site):
            return [
                CheckFinding(
                    .warn,
                    code: "record",
                    message: "site '\(record.active)' is active in epoch \(record.epoch); site '\(site)' did not tell",
                    hint: "check that site"
                )
            ]
        case .unknown(let errors):
            return [
                CheckFinding(
                    .fail,
                    code: "record",
                    message: errors.map(\.summary).joined(separator: "; "),
                    hint: Self.hint(errors)
                )
            ]
        case .lost, .disagreeing, .unreadable:
            return [
                CheckFinding(
                    .fail,
                    code: "record",
                    message: view.summary,
                    hint: "look at the global parameters of the pair"
                )
            ]
        }
    }

    /// What to do about records that can't be read, by why that is.
    private static func hint(_ errors: [RecordFault]) -> String {
        var hints: [String] = []
        for error in errors {
            let hint =
                if error.isForbidden {
                    "give the user for management of site '\(error.site)' the tag policymaker, or configure admin credentials"
                } else {
                    "site '\(error.site)': \(error.hint)"
                }
            if !hints.contains(hint) { hints.append(hint) }
        }
        return hints.joined(separator: "; ")
    }

    private func permissionFindings(_ site: Site) async -> [CheckFinding] {
        do {
            let user = try await site.admin.whoAmI()
            let tags = Set(user.tags)
            guard tags.isDisjoint(with: ["administrator", "policymaker"]) else { return [] }
            return [
                CheckFinding(
                    .fail,
                    code: "tag-missing",
                    subject: "site \(site.name)",
                    message: "user '\(user.name)' has neither the tag policymaker nor administrator",
                    hint: "rabbitmqctl set_user_tags \(user.name) monitoring policymaker"
                )
            ]
        } catch {
            return []
        }
    }

    private static let permissionUnknown = "permission-unknown"

    private func routeFindings(
        _ route: RouteConfiguration,
        _ site: Site,
        asksForRights: Bool
    ) async -> [CheckFinding] {
        let subject = "route \(route.name), site \(site.name)"
        let names = ObjectNames(pair: configuration.name, route: route.name)
        do {
            guard let exchange = try await site.management.exchange(route.exchange, virtualHost: site.virtualHost)
            else {
                return [
                    CheckFinding(
                        .fail,
                        code: "exchange-missing",
                        subject: subject,
                        message: "exchange '\(route.exchange)' does not exist in virtual host '\(site.virtualHost)'",
                        hint: "declare it; both sites need it"
                    )
                ]
            }
            var findings: [CheckFinding] = []
            let bindings = try await site.management.bindings(
                fromExchange: exchange.name,
                virtualHost: site.virtualHost
            )
            if !bindings.contains(where: { $0.destination != names.capture }) {
                findings.append(
                    CheckFinding(
                        .warn,
                        code: "exchange-unbound",
                        subject: subject,
                        message: "exchange '\(exchange.name)' leads nowhere: a promotion of this site would be refused",
                        hint: "bind the application's queues to it"
                    )
                )
            }
            findings += try await captureFindings(names.capture, site, subject)
            if asksForRights { findings += await replayFindings(site, exchange, bindings, names, subject) }
            if findings.isEmpty {
                findings.append(
                    CheckFinding(
                        .ok,
                        code: "exchange",
                        subject: subject,
                        message: "exchange '\(exchange.name)' is there and bound"
                    )
                )
            }
            return findings
        } catch {
            return [
                CheckFinding(
                    .fail,
                    code: "management",
                    subject: subject,
                    message: "\(error)",
                    hint: "look whether the site's management API answers this user, then check again"
                )
            ]
        }
    }

    /// Whether a promotion of the site could replay into the exchange. What is tried leaves nothing there.
    private func replayFindings(
        _ site: Site,
        _ exchange: Exchange,
        _ bindings: [Binding],
        _ names: ObjectNames,
        _ subject: String
    ) async -> [CheckFinding] {
        let code = StepPerformer.permissionMissing
        do {
            switch try await ReplayRights.probe(site, exchange: exchange, bindings: bindings, names: names) {
            case .granted:
                return []
            case .missing(let error):
                return [
                    CheckFinding(
                        .fail,
                        code: code,
                        subject: subject,
                        message: "\(error.message); a promotion of this site would be refused",
                        hint: error.hint
                    )
                ]
            case .partial(let error):
                return [
                    CheckFinding(
                        .warn,
                        code: code,
                        subject: subject,
                        message: "\(error.message); a replay would put such messages into quarantine, one by one",
                        hint: error.hint
                    )
                ]
            case .unknown(let reason):
                return [
                    CheckFinding(
                        .warn,
                        code: Self.permissionUnknown,
                        subject: subject,
                        message: reason,
                        hint: "check again once the site takes messages"
                    )
                ]
            }
        } catch {
            return [
                CheckFinding(
                    .warn,
                    code: Self.permissionUnknown,
                    subject: subject,
                    message: "whether its user may publish could not be asked: \(error)",
                    hint: "look whether the site takes connections of this user, then check again"
                )
            ]
        }
    }

    private func captureFindings(
        _ name: String,
        _ site: Site,
        _ subject: String
    ) async throws(ManagementError) -> [CheckFinding] {
        guard let queue = try await site.management.queue(name, virtualHost: site.virtualHost) else { return [] }
        guard queue.lacksMajority else { return [] }
        return [
            CheckFinding(
                .fail,
                code: "capture-without-majority",
                subject: subject,
                message:
                    "capture '\(name)' has \(queue.online.count) of \(queue.members.count) members online: publishers' confirms are held up",
                hint: "start the missing nodes, or detach the capture"
            )
        ]
    }
}
