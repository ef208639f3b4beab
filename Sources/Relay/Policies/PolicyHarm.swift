import Management
import RopewayConfiguration

/// What a setting of somebody else's policy does to one of Ropeway's queues.
enum PolicyHarm {
    /// All that a stream obeys and that matters here.
    private static let streamKeys: Set<String> = [
        "max-age", "max-length-bytes", "queue-leader-locator", "initial-cluster-size", "stream-max-segment-size-bytes",
    ]
    /// A policy with any of these does not apply to queues of the type at all, on every version that knows the key.
    private static let foreignKeys: [RouteConfiguration.QueueType: Set<String>] = [
        .stream: [
            "expires", "message-ttl", "dead-letter-exchange", "dead-letter-routing-key", "dead-letter-strategy",
            "max-length", "max-in-memory-length", "max-in-memory-bytes", "overflow", "queue-mode", "delivery-limit",
            "ha-mode", "ha-params", "ha-sync-mode", "ha-promote-on-shutdown", "ha-promote-on-failure",
            "queue-master-locator",
        ],
        .quorum: [
            "queue-mode", "ha-mode", "ha-params", "ha-sync-mode", "ha-promote-on-shutdown", "ha-promote-on-failure",
            "queue-master-locator", "max-age", "stream-max-segment-size-bytes", "initial-cluster-size",
        ],
        .classic: [
            "max-age", "stream-max-segment-size-bytes", "initial-cluster-size", "delivery-limit",
            "dead-letter-strategy",
        ],
    ]
    /// Keys that set a limit, of which RabbitMQ takes the lower where an operator policy has it too.
    private static let limits: Set<String> = ["message-ttl", "max-length", "max-length-bytes"]

    /// Whether RabbitMQ lets a definition apply to a queue of this type.
    static func applies(_ definition: [String: JSONValue], to type: RouteConfiguration.QueueType) -> Bool {
        definition.keys.allSatisfy { foreignKeys[type]?.contains($0) != true }
    }

    /// What is wrong with a definition for a queue that should have `own`, or `nil`.
    ///
    /// - Parameter definition: what applies besides it, or what is effective in the end.
    static func of(_ definition: [String: JSONValue], to own: OwnPolicy) -> String? {
        for (key, value) in definition.sorted(by: { $0.key < $1.key }) {
            if let harm = of(key, value, to: own) { return harm }
        }
        return nil
    }

    private static func of(_ key: String, _ value: JSONValue, to own: OwnPolicy) -> String? {
        if own.queueType == .stream && !streamKeys.contains(key) { return nil }
        if let least = own.toleratedLimits[key], let number = value.number, number >= least { return nil }
        let shown = "'\(key)' (\(text(value)))"
        switch key {
        case "expires":
            return "\(shown) deletes the queue when nobody uses it for that long"
        case "delivery-limit" where own.queueType == .quorum:
            // Below 0 stands for no limit, in the versions that take it in a policy at all (4.0).
            let limit = value.integer ?? 0
            return limit >= Self.unlimitedDeliveries || limit < 0
                ? nil : "\(shown) drops messages that were returned that often, as each lost connection does"
        case "delayed-retry-type" where own.queueType == .quorum && value != "disabled":
            return "\(shown) has messages that are given back wait, which changes their order"
        case _ where key.hasPrefix("dead-letter-") && own.definition[key] != value:
            return "\(shown) sends messages elsewhere"
        case "overflow" where (own.definition[key] ?? "drop-head") != value:
            return "\(shown) refuses or keeps other messages than Ropeway relies on"
        case "max-age" where own.definition[key] != value:
            return "\(shown) keeps messages for another time"
        case _ where limits.contains(key):
            guard let number = value.number else { return nil }
            guard let limit = own.definition[key]?.number else {
                return "\(shown) is a limit that this queue must not have"
            }
            return number < limit
                ? "\(shown) is lower than the \(text(own.definition[key] ?? .null)) that it must have" : nil
        default:
            return nil
        }
    }

    /// The delivery limit of quorum queues that are consumed. It stands for "none": 3.x takes -1 for "drop at the first
    /// return", 4.0 defaults to 20.
    static let unlimitedDeliveries: Int64 = 1_000_000_000

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        case .null, .array, .object: "…"
        }
    }
}
