import Management
import RopewayConfiguration

/// What the policy of an own queue that is consumed sets, so that neither a setting of the broker nor a lost node keeps
/// its messages from whoever consumes it next.
enum ConsumptionPolicy {
    /// From this version on the time for which a delivery may be unacknowledged is also a matter of policies.
    private static let consumerTimeoutSince = BrokerVersion(4, 0)
    /// From this version on a quorum queue keeps the deliveries of a consumer whose node is lost, for a minute by default,
    /// and can delay what is given back.
    private static let disconnectedTimeoutSince = BrokerVersion(4, 3)

    /// How long a quorum queue keeps deliveries for a consumer whose node is lost, in milliseconds. Older versions hand
    /// them on at once.
    private static let disconnectedTimeout: Int64 = 1_000
    /// RabbitMQ's own default, in milliseconds, whatever the broker's configuration says.
    private static let consumerTimeout: Int64 = 1_800_000

    /// The part of a policy's definition; empty where the version has nothing of it.
    static func definition(for type: RouteConfiguration.QueueType, on version: BrokerVersion) -> [String: JSONValue] {
        guard type != .stream else { return [:] }
        var definition: [String: JSONValue] = [:]
        if version >= consumerTimeoutSince { definition["consumer-timeout"] = .integer(consumerTimeout) }
        if type == .quorum, version >= disconnectedTimeoutSince {
            definition["consumer-disconnected-timeout"] = .integer(disconnectedTimeout)
            definition["delayed-retry-type"] = "disabled"
        }
        return definition
    }

    /// The keys that it may set.
    static let keys: Set<String> = ["consumer-timeout", "consumer-disconnected-timeout", "delayed-retry-type"]
}
