/// The names of a route's objects on the brokers; the same on both sites.
public struct ObjectNames: Sendable, Hashable {
    public let pair: String
    public let route: String

    public init(pair: String, route: String) {
        self.pair = pair
        self.route = route
    }

    private func name(_ suffix: String) -> String { "ropeway.\(pair).\(route).\(suffix)" }

    /// The queue on the active site that the relay consumes.
    public var capture: String { name("capture") }
    /// Where the capture's limit dead-letters what it drops: a queue of length 1, the tripwire of a gap.
    public var gap: String { name("gap") }
    /// The stream or queue that retains the messages, on the standby site.
    public var standby: String { name("standby") }
    /// The exchange through which the routes of one epoch publish into the store, and those of no other.
    public func standbyExchange(epoch: Int) -> String { name("standby.e\(epoch)") }
    /// The exchange of the store as an earlier version has it, which knew no epochs.
    var standbyExchangeWithoutEpoch: String { name("standby") }
    /// The queue that takes what the destination refuses for good, on the site it was consumed from.
    public var quarantine: String { name("quarantine") }
    /// How far a replay got: a queue of length 1 on the promoted site.
    public var cursor: String { name("cursor") }
    /// The exchange through which a replay reaches an internal exchange, which takes no publishes itself.
    public var replay: String { name("replay") }
}

/// The names of a pair's objects on the brokers; the same on both sites.
public struct PairNames: Sendable, Hashable {
    public let pair: String

    public init(pair: String) { self.pair = pair }

    /// The quorum queue with the one token; who holds it holds the site.
    public var lock: String { "ropeway.\(pair).lock" }
    /// What the pair's records start with, among the global parameters.
    public var recordPrefix: String { "ropeway.\(pair)." }
    /// The global parameter with the gaps, and what is known of the pair's objects.
    public var gaps: String { recordPrefix + "gaps" }
    /// The global parameter with the runs of the pair's hooks.
    public var hooks: String { recordPrefix + "hooks" }
    /// The global parameter with what is planned, and what became of it.
    public var schedule: String { recordPrefix + "schedule" }
    /// The global parameter with the generation of the site's lock that was held last.
    public var lockGeneration: String { recordPrefix + "generation" }
    /// The global parameter with what Ropeway declared for applications on a site.
    public var declaredTopology: String { recordPrefix + "topology" }
    /// The global parameter with the record of an epoch.
    public func record(epoch: Int) -> String { recordPrefix + "\(epoch)" }
}
