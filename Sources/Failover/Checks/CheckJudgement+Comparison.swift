import Management
import Relay
import RopewayConfiguration
import Topology

/// What the promoted site would do differently from the one that was active.
extension CheckJudgement {
    var comparison: [CheckObservation] {
        if let silence = facts.active.silence {
            return [
                CheckObservation(
                    .otherSiteUnknown,
                    "site \(facts.active.name)",
                    "whether exchanges, bindings and queues of site '\(facts.standby.name)' are as on site "
                        + "'\(facts.active.name)' is unknown: \(silence)"
                )
            ]
        }
        return facts.routes.flatMap { route -> [CheckObservation] in
            guard let here = facts.active.routes[route.name], let there = facts.standby.routes[route.name],
                case .known(let one?) = here.exchange, case .known(let other?) = there.exchange
            else { return [] }
            let subject = Self.subject(route, facts.standby)
            guard one.type == other.type else {
                return [
                    CheckObservation(
                        .exchangeType,
                        subject,
                        "exchange '\(route.exchange)' is of type \(other.type) on site '\(facts.standby.name)' and of type "
                            + "\(one.type) on site '\(facts.active.name)': a replay would go elsewhere",
                        hint: "delete it there, and declare it and its bindings as on site '\(facts.active.name)'"
                    )
                ]
            }
            return properties(one, other, subject) + bindings(here, there, subject) + queues(here, there, subject)
        }
    }

    private func properties(_ one: Exchange, _ other: Exchange, _ subject: String) -> [CheckObservation] {
        let differences = ExchangeDefinition(one).differences(from: ExchangeDefinition(other))
        guard !differences.isEmpty else { return [] }
        return [
            CheckObservation(
                .exchangeArguments,
                subject,
                "exchange '\(one.name)' differs from that of site '\(facts.active.name)' in "
                    + differences.map(\.description).joined(separator: ", "),
                hint: "declare it as on site '\(facts.active.name)'"
            )
        ]
    }

    private func bindings(_ here: RouteFacts, _ there: RouteFacts, _ subject: String) -> [CheckObservation] {
        guard let from = here.graph.value, let to = there.graph.value, !to.bindings.isEmpty else { return [] }
        var lasting: [String] = []
        var passing: [String] = []
        for binding in from.bindings(uncoveredBy: to) {
            let shown = "'\(binding.routingKey)' → \(binding.destination)"
            let queue = here.queues.value?[binding.destination] ?? nil
            let isLasting = binding.destinationType == .exchange || queue.map(\.isLasting) ?? true
            if isLasting { lasting.append(shown) } else { passing.append(shown) }
        }
        let hint = "bind the queues there as on site '\(facts.active.name)': `ropeway topology sync`"
        var found: [CheckObservation] = []
        if !lasting.isEmpty {
            found.append(
                CheckObservation(
                    .bindingMissing,
                    subject,
                    "no binding of site '\(facts.standby.name)' takes what these take on site '\(facts.active.name)': "
                        + "\(Self.list(lasting)); such messages would end in the quarantine",
                    hint: hint
                )
            )
        }
        if !passing.isEmpty {
            found.append(
                CheckObservation(
                    .bindingTemporary,
                    subject,
                    "no binding of site '\(facts.standby.name)' takes what goes to queues that come and go with their "
                        + "consumers on site '\(facts.active.name)': \(Self.list(passing))",
                    hint: "expect such messages of a replay in the quarantine, or have the consumers there before it"
                )
            )
        }
        return found
    }

    private func queues(_ here: RouteFacts, _ there: RouteFacts, _ subject: String) -> [CheckObservation] {
        guard let ones = here.queues.value, let others = there.queues.value else {
            return [
                CheckObservation(
                    .management,
                    subject,
                    "the queues of both sites could not be compared: \(here.queues.reason)\(there.queues.reason)",
                    hint: "compare them by hand"
                )
            ]
        }
        var missing: [String] = []
        var different: [String] = []
        for (name, one) in ones.sorted(by: { $0.key < $1.key }) {
            guard let one, one.isLasting else { continue }
            guard let other = others[name] ?? nil else {
                missing.append("'\(name)'")
                continue
            }
            let differences = QueueDefinition(one.totals).differences(from: QueueDefinition(other.totals))
            if !differences.isEmpty {
                different.append("'\(name)' (\(differences.map(\.description).joined(separator: ", ")))")
            }
        }
        var found: [CheckObservation] = []
        if !missing.isEmpty {
            found.append(
                CheckObservation(
                    .queueMissing,
                    subject,
                    "behind the exchange on site '\(facts.active.name)' and not on site '\(facts.standby.name)': "
                        + Self.list(missing),
                    hint:
                        "declare and bind them there, as `ropeway topology sync` does; what a replay brings would not reach them"
                )
            )
        }
        if !different.isEmpty {
            found.append(
                CheckObservation(
                    .queueDiffers,
                    subject,
                    "queues differ from those of site '\(facts.active.name)': \(Self.list(different))",
                    hint: "applications that declare them as there are refused (PRECONDITION_FAILED); make them alike"
                )
            )
        }
        return found
    }

    // MARK: Queues in the way of a replay

    func queueObservations(_ route: RouteConfiguration, _ told: RouteFacts, _ subject: String) -> [CheckObservation] {
        guard let queues = told.queues.value else {
            let hint = "look at their limits by hand"
            return [
                CheckObservation(.management, subject, "queues were not looked at: \(told.queues.reason)", hint: hint)
            ]
        }
        let retained = told.store.value.flatMap { $0 }?.totals.messages
        let takesAll = if case .since = route.replay.window { false } else { true }
        var full: [String] = []
        var bounded: [String] = []
        var expiring: [String] = []
        var consumed: [String] = []
        for (name, queue) in queues.sorted(by: { $0.key < $1.key }) {
            guard let queue else { continue }
            if let limit = queue.lengthLimit, queue.refuses, takesAll, let retained,
                retained > max(0, limit - (queue.totals.messages ?? 0))
            {
                full.append("'\(name)' (\(limit) messages, \(retained) are retained)")
            } else if queue.lengthLimit != nil || queue.setting("max-length-bytes") != nil {
                bounded.append("'\(name)'\(queue.refuses ? " (refuses)" : "")")
            }
            let keys = ["message-ttl", "expires", "dead-letter-exchange"].filter { queue.setting($0) != nil }
            if !keys.isEmpty { expiring.append("'\(name)' (\(keys.joined(separator: ", ")))") }
            if let consumers = queue.consumers, consumers > 0 { consumed.append("'\(name)' (\(consumers))") }
        }
        let rows: [(Check, [String], String, String)] = [
            (
                .queueFull, full, "a replay would stand still at queues that refuse what exceeds their length:",
                "raise their limits for the promotion, or have them consumed while it runs"
            ),
            (
                .queueBounded, bounded, "queues with a length limit may refuse a part of a replay, or drop it:",
                "raise the limits above what the store retains"
            ),
            (
                .queueExpires, expiring, "queues expire or dead-letter messages, those of a replay too:",
                "expect them to act on what is replayed"
            ),
            (
                .queueConsumed, consumed, "queues have consumers on the standby site:",
                "stop them, unless they are to get a replay before the promotion has ended"
            ),
        ]
        return rows.filter { !$0.1.isEmpty }.map { check, names, message, hint in
            CheckObservation(check, subject, "\(message) \(Self.list(names))", hint: hint)
        }
    }

    // MARK: Parts

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(5).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }
}

extension QueueDetails {
    /// Whether it outlives its consumers.
    fileprivate var isLasting: Bool { totals.isDurable && !totals.isAutoDelete && !totals.isExclusive }

    /// A setting, of a policy or of an argument.
    fileprivate func setting(_ key: String) -> JSONValue? {
        effectivePolicyDefinition?[key] ?? totals.arguments["x-\(key)"]
    }

    /// The lower limit of policy and argument.
    fileprivate var lengthLimit: Int64? {
        [effectivePolicyDefinition?["max-length"]?.integer, totals.arguments["x-max-length"]?.integer]
            .compactMap { $0 }.min()
    }

    /// Whether it refuses what exceeds its limit.
    fileprivate var refuses: Bool {
        [effectivePolicyDefinition?["overflow"], totals.arguments["x-overflow"]]
            .contains { $0?.string?.hasPrefix("reject-publish") == true }
    }
}
