import Management

/// What a target is known to refuse, by its version and what it says of itself: seen on RabbitMQ 3.10.8, 4.0.5 and 4.3.6.
///
/// What is not known here is tried, and the broker says.
struct TargetRules: Sendable {
    let origin: Definitions.Origin

    private var version: BrokerVersion? { origin.version }

    private func isBefore(_ major: Int, _ minor: Int) -> Bool {
        version.map { $0 < BrokerVersion(major, minor) } ?? false
    }

    private func isAtLeast(_ major: Int, _ minor: Int, _ patch: Int = 0) -> Bool {
        version.map { $0 >= BrokerVersion(major, minor, patch) } ?? false
    }

    private var shown: String { version.map { "RabbitMQ \($0)" } ?? "the target" }

    /// Why an exchange can't be declared.
    func obstacle(to exchange: ExchangeDefinition) -> String? {
        guard let types = origin.exchangeTypes, !types.contains(exchange.type) else { return nil }
        return "\(origin.name) has no exchange type \(exchange.type.named); enable the plugin that has it"
    }

    /// Why a queue can't be declared.
    func obstacle(to queue: QueueDefinition) -> String? {
        let isClassic = queue.type == "classic"
        if !queue.isDurable, origin.deniedFeatures.contains("transient_nonexcl_queues") {
            return "\(shown) refuses queues that are neither durable nor exclusive"
        }
        if queue.arguments["x-queue-version"] == .integer(1), isAtLeast(4, 3) {
            return "\(shown) has no version 1 of classic queues: declare it without x-queue-version"
        }
        if queue.arguments["x-queue-master-locator"] != nil, origin.deniedFeatures.contains("queue_master_locator") {
            return "\(shown) refuses x-queue-master-locator: declare it with x-queue-leader-locator"
        }
        if isClassic, queue.arguments["x-queue-leader-locator"] != nil, isBefore(3, 11) {
            return "\(shown) refuses x-queue-leader-locator for classic queues"
        }
        if isClassic, queue.arguments["x-consumer-timeout"] != nil, isAtLeast(4, 3) {
            return "\(shown) refuses x-consumer-timeout for classic queues"
        }
        return nil
    }

    /// Why a binding can't be made.
    func obstacle(to binding: BindingDefinition, exchangeType: String?) -> String? {
        // A header that matches whatever its value is comes as this word, as a header of that text does.
        if let void = binding.arguments.first(where: { $0.value.holdsUndefined })?.key {
            return "its argument \(void.named) has a value that the management API does not tell; bind it over AMQP"
        }
        let words = binding.routingKey.split(separator: ".", omittingEmptySubsequences: false)
        if exchangeType == "topic", words.count(where: { $0 == "#" }) > 2, isAtLeast(4, 3, 5) {
            return "\(shown) takes at most two # in a topic binding key"
        }
        return nil
    }

    /// Why a policy can't be set, whatever it sets.
    func obstacle(to policy: PolicyDefinition) -> String? {
        guard ["classic_queues", "quorum_queues", "streams"].contains(policy.appliesTo), isBefore(3, 12) else {
            return nil
        }
        return "\(shown) can't apply a policy to \(policy.appliesTo) alone"
    }

    /// What a policy sets and the target does not know.
    func unknownKeys(of policy: PolicyDefinition) -> Set<String> {
        Set(
            policy.definition.keys.filter { key in
                switch key {
                case "ha-mode", "ha-params", "ha-sync-mode", "ha-sync-batch-size", "ha-promote-on-shutdown",
                    "ha-promote-on-failure":
                    isAtLeast(4, 0) || origin.deniedFeatures.contains("classic_queue_mirroring")
                case "queue-master-locator": origin.deniedFeatures.contains("queue_master_locator")
                case "consumer-timeout": isBefore(3, 12)
                case "target-group-size", "stream-filter-size-bytes": isBefore(3, 13)
                case "consumer-disconnected-timeout": isBefore(4, 3)
                case let key where key.hasPrefix("delayed-retry-"): isBefore(4, 3)
                default: false
                }
            }
        )
    }

    /// How a policy is refused that sets what the target does not know.
    func refusal(of keys: Set<String>) -> String {
        "\(shown) has no policy key \(keys.sorted().joined(separator: ", ")); set the policy there without"
    }
}

extension JSONValue {
    fileprivate var holdsUndefined: Bool {
        switch self {
        case .null, .string("undefined"): true
        case .array(let elements): elements.contains { $0.holdsUndefined }
        case .object(let members): members.values.contains { $0.holdsUndefined }
        case .bool, .integer, .double, .string: false
        }
    }
}
