import Management
import RopewayConfiguration

/// The policy that one of Ropeway's own queues must have: it carries the limits that the configuration may change, and
/// keeps everybody else's policies away, since only one policy applies to a queue.
struct OwnPolicy: Sendable, Hashable {
    /// The name of the queue and of the policy.
    var object: String
    /// The type of the queue.
    var queueType: RouteConfiguration.QueueType
    /// What it sets; never empty, which RabbitMQ refuses.
    var definition: [String: JSONValue]
    /// Limits of others that do this queue no harm.
    var toleratedKeys: Set<String> = []

    /// A regular expression that only the queue's name matches.
    var pattern: String { "^" + Self.escaped(object) + "$" }

    /// A regular expression that matches exactly this text, in the syntax of Erlang's `re`.
    static func escaped(_ text: String) -> String {
        var pattern = ""
        for character in text {
            if "\\^$.|?*+()[]{}".contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
        return pattern
    }
}
