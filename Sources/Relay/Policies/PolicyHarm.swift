import Management
import RopewayConfiguration

/// What a setting of somebody else's policy does to one of Ropeway's queues.
enum PolicyHarm {
    /// All that a stream obeys. A policy with any key that streams don't have does not apply to streams at all
    /// (RabbitMQ 3.10.8).
    private static let streamKeys: Set<String> = [
        "max-age", "max-length-bytes", "queue-leader-locator", "initial-cluster-size", "stream-max-segment-size-bytes",
    ]
    /// Keys that set a limit, of which RabbitMQ takes the lower where an operator policy has it too.
    private static let limits: Set<String> = ["message-ttl", "max-length", "max-length-bytes"]

    /// Whether RabbitMQ lets a definition apply to a queue of this type.
    static func applies(_ definition: [String: JSONValue], to type: RouteConfiguration.QueueType) -> Bool {
        type != .stream || definition.keys.allSatisfy { streamKeys.contains($0) }
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
        if own.toleratedKeys.contains(key) { return nil }
        let shown = "'\(key)' (\(text(value)))"
        switch key {
        case "expires":
            return "\(shown) deletes the queue when nobody uses it for that long"
        case "delivery-limit" where own.queueType == .quorum:
            return (value.integer ?? 0) >= Self.unlimitedDeliveries
                ? nil : "\(shown) drops messages that were returned that often, as each lost connection does"
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
