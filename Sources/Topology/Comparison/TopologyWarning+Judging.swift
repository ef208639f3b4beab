import Management

extension TopologyWarning {
    /// What is to be known of what is copied, and of what the target has.
    static func all(source: CopiedPart, target: CopiedPart) -> [TopologyWarning] {
        let rules = TargetRules(origin: target.definitions.origin)
        let queues = source.definitions.queues.filter { source.copies(queue: $0.name) }
        let names = Set(source.policies.map(\.name))
        let policies = source.policies + target.policies.filter { !names.contains($0.name) }
        var settings = queues.map { Settings(ObjectIdentity(.queue, $0.name), ofQueue: $0) }
        settings += policies.map { Settings(ObjectIdentity(.policy, $0.name), $0.definition) }
        settings += target.definitions.operatorPolicies.filter { !CopiedPart.isOwn($0.name) }
            .map { Settings(ObjectIdentity(.operatorPolicy, $0.name), $0.definition) }
        var found: [TopologyWarning] = []
        for (code, message, applies) in Self.rows {
            add(code, message, settings.filter(applies).map(\.object), to: &found)
        }
        add(
            .singleActiveConsumer,
            "only one consumer of each gets messages: of a replay too, and the first to connect there",
            queues.filter { $0.arguments["x-single-active-consumer"] == .bool(true) }.map(\.identity),
            to: &found
        )
        add(
            .transient,
            "they are gone after a restart of their node, until they are copied again",
            queues.filter { !$0.isDurable }.map(\.identity),
            to: &found
        )
        found += versions(queues, settings, source.definitions.origin, target.definitions.origin)
        let kept = source.policies.filter { !rules.unknownKeys(of: $0).isEmpty }
        add(
            .policyKeys,
            "they set what the target's version of RabbitMQ does not have",
            kept.map { ObjectIdentity(.policy, $0.name) },
            to: &found
        )
        return found
    }

    /// What an object sets, by the names that policies have for it.
    private struct Settings {
        let object: ObjectIdentity
        let values: [String: JSONValue]

        init(_ object: ObjectIdentity, _ values: [String: JSONValue]) {
            self.object = object
            self.values = values
        }

        init(_ object: ObjectIdentity, ofQueue queue: QueueDefinition) {
            self.object = object
            let pairs = queue.arguments.map { key, value in
                (key.hasPrefix("x-") ? String(key.dropFirst(2)) : key, value)
            }
            values = Dictionary(pairs) { first, _ in first }
        }

        func has(_ keys: String...) -> Bool { keys.contains { values[$0] != nil } }

        var rejects: Bool { values["overflow"]?.string?.hasPrefix("reject-publish") ?? false }
    }

    private static let rows: [(Code, String, @Sendable (Settings) -> Bool)] = [
        (
            .ttl, "messages expire there while nobody consumes, those of a replay too",
            { $0.has("message-ttl", "max-age") }
        ),
        (.expires, "queues are deleted there when nobody uses them, as on a standby site", { $0.has("expires") }),
        (
            .deadLetter, "what expires or is dropped there is dead-lettered there as well, and so handled twice",
            { $0.has("dead-letter-exchange") }
        ),
        (
            .rejectsPublish, "full queues refuse messages: a replay waits until they are consumed",
            { $0.rejects && $0.has("max-length", "max-length-bytes") }
        ),
        (
            .lengthLimit, "full queues drop their oldest messages: of a replay that exceeds the limit, too",
            { !$0.rejects && $0.has("max-length", "max-length-bytes") }
        ),
        (
            .federation, "federation links start there as well, where upstreams of that name exist",
            { $0.has("federation-upstream", "federation-upstream-set", "federation-upstream-pattern") }
        ),
    ]

    private static func add(
        _ code: Code,
        _ message: String,
        _ objects: [ObjectIdentity],
        to all: inout [TopologyWarning]
    ) {
        if !objects.isEmpty { all.append(TopologyWarning(code, message, objects.sorted())) }
    }

    /// What means something else on the other version.
    private static func versions(
        _ queues: [QueueDefinition],
        _ settings: [Settings],
        _ source: Definitions.Origin,
        _ target: Definitions.Origin
    ) -> [TopologyWarning] {
        var found: [TopologyWarning] = []
        let four = BrokerVersion(4, 0)
        if let there = target.version {
            let quorum = queues.filter { $0.type == "quorum" }
            if there >= four, let here = source.version, here < four {
                add(
                    .deliveryLimit,
                    "without a delivery limit of their own, RabbitMQ \(there) drops or dead-letters what is returned 20 times",
                    quorum.filter { $0.arguments["x-delivery-limit"] == nil }.map(\.identity),
                    to: &found
                )
            } else if there < four {
                add(
                    .deliveryLimit,
                    "a negative delivery limit has RabbitMQ \(there) drop what is returned once",
                    settings.filter { ($0.values["delivery-limit"]?.integer ?? 0) < 0 }.map(\.object),
                    to: &found
                )
            }
            if there >= four {
                let lazy = settings.filter { $0.has("queue-mode") }.map(\.object)
                add(.queueMode, "a queue mode has no effect on RabbitMQ \(there)", lazy, to: &found)
            }
        }
        let (here, there) = (source.defaultQueueType ?? "classic", target.defaultQueueType ?? "classic")
        if here != there, !source.isFile {
            found.append(
                TopologyWarning(
                    .defaultQueueType,
                    "a queue that is declared without a type becomes \(there) at \(target.name), and \(here) at "
                        + "\(source.name): applications that declare without one may be refused there",
                    []
                )
            )
        }
        return found
    }
}

extension QueueDefinition {
    fileprivate var identity: ObjectIdentity { ObjectIdentity(.queue, name) }
}
