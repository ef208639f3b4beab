import ControlModel
import ErrorCodes
import Leadership
import Management
import Relay
import RopewayConfiguration

extension CheckJudgement {
    // MARK: Health and records, for `check`

    func health(_ site: SiteFacts) -> [CheckFinding] {
        guard let condition = site.condition else { return [] }
        let subject = "site \(site.name)"
        var findings: [CheckFinding] = []
        if condition.verdict == .healthy {
            findings.append(
                CheckFinding(
                    .ok,
                    code: .healthy,
                    subject: subject,
                    message:
                        "RabbitMQ \(condition.version ?? "of unknown version") answers over AMQP and management, all checks pass"
                )
            )
        } else {
            let observation = CheckObservation(
                .siteState,
                code: condition.verdict.errorCode,
                subject,
                condition.reasons.isEmpty
                    ? "the site is \(condition.verdict.rawValue)" : condition.reasons.joined(separator: "; "),
                hint: condition.hints.isEmpty
                    ? "see the reasons; nothing was changed" : condition.hints.joined(separator: "; ")
            )
            findings += [observation].compactMap { $0.finding(for: purpose) }
        }
        return findings
            + condition.checks.filter { $0.status == .failed }.compactMap { check in
                CheckObservation(
                    .nodeCheck,
                    word: "check-\(check.name)",
                    "\(subject), node \(check.node)",
                    check.reason ?? "the check \(check.name) fails",
                    hint: "see the node's log"
                ).finding(for: purpose)
            }
    }

    var recordFindings: [CheckFinding] {
        guard let view = facts.records else { return [] }
        let observation: CheckObservation
        switch view {
        case .none:
            let message = "no record yet: the daemon writes epoch 1 at first start"
            return [CheckFinding(.ok, code: Check.record.code, message: message)]
        case .agreed(let record, _), .superseding(let record, _):
            let message = "site '\(record.active)' is active in epoch \(record.epoch)"
            return [CheckFinding(.ok, code: Check.record.code, message: message)]
        case .oneSided(let record, let site):
            observation = CheckObservation(
                .recordOneSided,
                code: Check.record.code,
                nil,
                "site '\(record.active)' is active in epoch \(record.epoch); site '\(site)' did not answer",
                hint: "check that site"
            )
        case .unknown(let faults):
            observation = CheckObservation(
                .record,
                nil,
                faults.map(\.summary).joined(separator: "; "),
                hint: Self.hint(faults)
            )
        case .lost, .disagreeing, .unreadable:
            observation = CheckObservation(
                .record,
                nil,
                view.summary,
                hint: "look at the global parameters of the pair"
            )
        }
        return [observation].compactMap { $0.finding(for: purpose) }
    }

    /// What to do about records that can't be read, by why that is.
    private static func hint(_ faults: [RecordFault]) -> String {
        var hints: [String] = []
        for fault in faults {
            let hint =
                fault.isForbidden
                ? "give the user for management of site '\(fault.site)' the tag policymaker, or configure admin credentials"
                : "site '\(fault.site)': \(fault.hint)"
            if !hints.contains(hint) { hints.append(hint) }
        }
        return hints.joined(separator: "; ")
    }

    // MARK: What a site's routes have in common

    func siteObservations(_ site: SiteFacts) -> [CheckObservation] {
        let isOther = purpose != .check && site.name == facts.active.name
        // Nothing of the other site is needed for a forced promotion.
        if case .forced = purpose, isOther { return [] }
        let subject = "site \(site.name)"
        if let silence = site.silence {
            // A site that is out of reach is told of as that by `check`.
            guard purpose != .check, !isOther else { return encryption(site, subject) }
            return [
                CheckObservation(
                    .targetUnreachable,
                    subject,
                    "site '\(site.name)' could not be checked: \(silence)",
                    hint: "promote once its brokers answer"
                )
            ]
        }
        return presence(site, subject) + tags(site, subject) + room(site, subject) + lock(site, subject)
            + orphans(site, subject) + quarantines(site, subject) + encryption(site, subject) + streams(site, subject)
    }

    private func encryption(_ site: SiteFacts, _ subject: String) -> [CheckObservation] {
        guard !site.unencrypted.isEmpty else { return [] }
        let listeners = site.unencrypted.prefix(3).map { "\($0.host):\($0.port)" }.joined(separator: ", ")
        let more = site.unencrypted.count > 3 ? " and \(site.unencrypted.count - 3) more" : ""
        return [
            CheckObservation(
                .passwordUnencrypted,
                subject,
                "passwords go unencrypted to \(listeners)\(more)",
                hint: "use amqps:// and https:// (docs/tls.md), unless nobody else can read that network"
            )
        ]
    }

    private func presence(_ site: SiteFacts, _ subject: String) -> [CheckObservation] {
        switch site.presence.value {
        case .missing?:
            [
                CheckObservation(
                    .virtualHostMissing,
                    subject,
                    "virtual host '\(site.virtualHost)' does not exist, or the user has no access to it",
                    hint: "create it, or correct the site's vhost and the user's permissions"
                )
            ]
        case .unaddressable?:
            [
                CheckObservation(
                    .virtualHostUnaddressable,
                    subject,
                    "the management API knows virtual host '\(site.virtualHost)' and finds nothing in it",
                    hint:
                        "look for a proxy in front of it that decodes %2F in paths, and have it pass them on as they are; "
                        + "nothing is missing on the broker"
                )
            ]
        case .present?, nil:
            []
        }
    }

    private func tags(_ site: SiteFacts, _ subject: String) -> [CheckObservation] {
        var found: [CheckObservation] = []
        if let admin = site.admin.value, Set(admin.tags).isDisjoint(with: ["administrator", "policymaker"]) {
            found.append(
                CheckObservation(
                    .tagMissing,
                    subject,
                    "user '\(admin.name)' has neither the tag policymaker nor administrator",
                    hint: "rabbitmqctl set_user_tags \(admin.name) monitoring policymaker"
                )
            )
        }
        if let user = site.user.value, Set(user.tags).isDisjoint(with: ["administrator", "monitoring"]) {
            found.append(
                CheckObservation(
                    .tagMonitoring,
                    subject,
                    "user '\(user.name)' has neither the tag monitoring nor administrator: the state of nodes and the "
                        + "holder of a lock can't be told",
                    hint:
                        "rabbitmqctl set_user_tags \(user.name) \((user.tags + ["monitoring"]).joined(separator: " "))"
                )
            )
        }
        return found
    }

    /// Whether the virtual host has room for the queues that are missing.
    private func room(_ site: SiteFacts, _ subject: String) -> [CheckObservation] {
        guard case .known(let limit?) = site.queueLimit, let names = site.queueNames.value else { return [] }
        let own = facts.routes.flatMap { route -> [String] in
            let names = ObjectNames(pair: facts.pair, route: route.name)
            let relaying = site.name == facts.active.name ? [names.capture, names.gap] : [names.standby]
            return site.name == facts.standby.name && purpose != .check ? relaying + [names.cursor] : relaying
        }
        let missing = Set(own + [PairNames(pair: facts.pair).lock]).subtracting(names)
        guard !missing.isEmpty, names.count + missing.count > limit else { return [] }
        return [
            CheckObservation(
                .queueLimit,
                subject,
                "virtual host '\(site.virtualHost)' may have \(limit) queues and has \(names.count); "
                    + "\(missing.sorted().joined(separator: ", ")) are still to be declared",
                hint: "raise the limit: rabbitmqctl set_vhost_limits -p '\(site.virtualHost)' '{\"max-queues\": …}'"
            )
        ]
    }

    /// What routes have left that the file does not name any more.
    private func orphans(_ site: SiteFacts, _ subject: String) -> [CheckObservation] {
        guard case .known(let orphans) = site.orphans else { return [unread(site.orphans, subject)] }
        return orphans.map { orphan in
            let count = orphan.messages.map { "\($0) messages" } ?? "messages, how many is not known"
            return CheckObservation(
                .routeOrphaned,
                subject,
                "'\(orphan.queue)' of route '\(orphan.route)', which is not configured, holds \(count): nobody relays or "
                    + "replays them",
                hint: "configure route '\(orphan.route)' as it was; or, once you need nothing of what it holds: "
                    + "ropeway route remove \(orphan.route)"
            )
        }
    }

    private func quarantines(_ site: SiteFacts, _ subject: String) -> [CheckObservation] {
        site.quarantines.map { queue in
            CheckObservation(
                .quarantineHolds,
                subject,
                "'\(queue.name)' holds \(queue.messages ?? 0) messages that could not be delivered; nobody else brings them "
                    + "over",
                hint:
                    "look at them: each says why in x-ropeway-quarantine-reason; deliver them by hand, or give them up"
            )
        }
    }

    private func lock(_ site: SiteFacts, _ subject: String) -> [CheckObservation] {
        if case .known(let lock?) = site.lock, let fault = SiteLock.fault(of: lock.totals) {
            return [
                CheckObservation(
                    .lock,
                    subject,
                    fault,
                    hint: "delete it while nothing runs for the pair; it is declared again"
                )
            ]
        }
        for case .refused(let error) in site.lockRights {
            return [CheckObservation(.lock, subject, error.message, hint: error.hint)]
        }
        return []
    }
}
