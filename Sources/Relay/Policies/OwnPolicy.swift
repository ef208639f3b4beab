import Management
import RopewayConfiguration

/// The policy that one of Ropeway's own queues must have, or an exchange with it: it carries the limits that the configuration may change, and
/// keeps everybody else's policies away, since only one policy applies to a queue.
struct OwnPolicy: Sendable, Hashable {
    /// The name of the queue and of the policy.
    var object: String
    /// The type of the queue.
    var queueType: RouteConfiguration.QueueType
    /// What it sets; never empty, which RabbitMQ refuses.
    var definition: [String: JSONValue]
    /// Keys of it that a node of an older version may not know: during an upgrade of a cluster the policy is written
    /// without them.
    var newerKeys: Set<String> = []
    /// The lowest that limits of others may be without doing this queue harm.
    var toleratedLimits: [String: Double] = [:]
    /// A regular expression, without anchors, that besides the queue's name matches those of own exchanges, which somebody's
    /// alternate exchange or federation must not reach either.
    var namesWithExchanges: String?

    /// Whether it also applies to exchanges.
    var coversExchanges: Bool { namesWithExchanges != nil }

    /// A regular expression that only the names that it covers match.
    var pattern: String { "^" + (namesWithExchanges ?? Self.escaped(object)) + "$" }

    /// All patterns that a policy of Ropeway's for this object may have.
    static func patterns(of object: String) -> Set<String> {
        let name = escaped(object)
        let stem = escaped(String(object[..<(object.lastIndex(of: ".") ?? object.endIndex)]))
        return ["^\(name)$", "^\(name)\(epochs)$", "^\(name)\(filter)$", "^\(stem)\\.\(cursorAndReplay)$"]
    }

    /// Behind a store's name, its exchanges of each epoch.
    static let epochs = "(\\.e[0-9]+)?"
    /// Behind a tripwire's name, its exchange.
    static let filter = "(\\.filter)?"
    /// In the place of the cursor's last word, the exchange of a replay too.
    static let cursorAndReplay = "(cursor|replay)"

    /// What it applies to.
    var appliesTo: String { coversExchanges ? "all" : "queues" }

    /// The policy as a node of an older version takes it.
    var reduced: OwnPolicy {
        var copy = self
        copy.definition = definition.filter { !newerKeys.contains($0.key) }
        return copy
    }

    private static let special = Set("\\^$.|?*+()[]{}".utf8)

    /// A regular expression that matches exactly this text, in the syntax of Erlang's `re`.
    static func escaped(_ text: String) -> String {
        var pattern: [UInt8] = []
        // Bytes beyond ASCII stand for themselves.
        for byte in text.utf8 {
            if special.contains(byte) { pattern.append(UInt8(ascii: "\\")) }
            pattern.append(byte)
        }
        return String(decoding: pattern, as: UTF8.self)
    }
}
