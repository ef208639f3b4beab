/// What a queue is made for: its arguments with the policies that apply, and what surrounds it. A change of any ends
/// what was being proved.
package struct QueueFacts: Sendable, Hashable, Codable {
    /// Other than it was when the queue of this name is another than before. `nil`: can't be told.
    package var incarnation: String?
    /// Other than it was when a node of the site was restarted, joined, left or lost sight of another: the running
    /// nodes with the times of their starts, and the partitions. `nil`: can't be told.
    package var surroundings: String?
    /// The broker's version, major and minor.
    package var version: BrokerVersion?
    /// `x-max-priority`.
    package var hasPriorities: Bool
    /// Whether a message that leaves it may go to another queue: a dead-letter exchange in the argument or a policy.
    package var deadLetters: Bool
    /// Whether it may not keep a message that its exchange routed to it: `reject-publish`, `reject-publish-dlx`, a
    /// `message-ttl` of 0, which drops what comes and leaves what is there, and the deduplication plugin.
    package var refuses: Bool
    /// The limit in force of a quorum queue, the version's default included. `nil`: none, or none is known.
    package var deliveryLimit: UInt64?
    /// `delayed-retry-type` (4.3): what is returned waits out of sight.
    package var delaysRetries: Bool
    /// Whether most of its members are there; `true` where it has only one.
    package var hasMajority: Bool
    /// Whether nothing but this route's exchange feeds it, straight publishes and dead-lettering included. RabbitMQ tells
    /// who publishes to a queue (`incoming` of its details) only with `management.rates_mode = detailed`, so else it is
    /// the operator's word. Also `true` where the broker sets the timestamp of every message itself, overwriting. `nil`:
    /// can't be told.
    package var isFedByRouteOnly: Bool?
    /// For how long at most a consumer may keep a message, in milliseconds: the consumer time-out that the broker
    /// enforces on this queue, or what the operator vouches for. `nil`: for ever.
    package var processingLimit: Int64?

    package init(
        incarnation: String?,
        surroundings: String?,
        version: BrokerVersion?,
        hasPriorities: Bool = false,
        deadLetters: Bool = false,
        refuses: Bool = false,
        deliveryLimit: UInt64? = nil,
        delaysRetries: Bool = false,
        hasMajority: Bool = true,
        isFedByRouteOnly: Bool? = nil,
        processingLimit: Int64? = nil
    ) {
        self.incarnation = incarnation
        self.surroundings = surroundings
        self.version = version
        self.hasPriorities = hasPriorities
        self.deadLetters = deadLetters
        self.refuses = refuses
        self.deliveryLimit = deliveryLimit
        self.delaysRetries = delaysRetries
        self.hasMajority = hasMajority
        self.isFedByRouteOnly = isFedByRouteOnly
        self.processingLimit = processingLimit
    }

    package struct BrokerVersion: Sendable, Hashable, Codable {
        package var major: Int
        package var minor: Int

        package init(major: Int, minor: Int) {
            self.major = major
            self.minor = minor
        }
    }
}
