/// The names of a route's objects on the brokers; the same on both sites.
package struct ObjectNames: Sendable, Hashable {
    package let pair: String
    package let route: String

    package init(pair: String, route: String) {
        self.pair = pair
        self.route = route
    }

    private func name(_ suffix: String) -> String { "ropeway.\(pair).\(route).\(suffix)" }

    /// The queue on the active site that the relay consumes.
    package var capture: String { name("capture") }
    /// Where the capture's limit dead-letters what it drops: a queue of length 1, the tripwire of a gap.
    package var gap: String { name("gap") }
    /// The stream or queue that retains the messages, on the standby site.
    package var standby: String { name("standby") }
    /// The exchange through which the routes of one epoch publish into the store, and those of no other.
    package func standbyExchange(epoch: Int) -> String { name("standby.e\(epoch)") }
    /// The exchange of the store as an earlier version has it, which knew no epochs.
    var standbyExchangeWithoutEpoch: String { name("standby") }
    /// What the copy of a stream capture into the store is known by to both brokers, in one epoch and in no other.
    package func copy(epoch: Int) -> String { name("e\(epoch)") }
    /// The queue that takes what the destination refuses for good, on the site it was consumed from.
    package var quarantine: String { name("quarantine") }
    /// Where canaries are published to on the standby site. No queue has this name: that the broker answers is enough.
    package var canary: String { name("canary") }
    /// How far a replay got: a queue of length 1 on the promoted site.
    package var cursor: String { name("cursor") }
    /// The exchange through which a replay reaches an internal exchange, which takes no publishes itself.
    package var replay: String { name("replay") }
}

/// The names of a pair's objects on the brokers; the same on both sites.
package struct PairNames: Sendable, Hashable {
    package let pair: String

    package init(pair: String) { self.pair = pair }

    /// The quorum queue with the one token; who holds it holds the site.
    package var lock: String { "ropeway.\(pair).lock" }
    /// The stream on the standby site that says up to where the queues of the active one have consumed.
    package var watermarks: String { "ropeway.\(pair).watermarks" }
    /// What the pair's records start with, among the global parameters.
    package var recordPrefix: String { "ropeway.\(pair)." }
    /// The global parameter with the gaps, and what is known of the pair's objects.
    package var gaps: String { recordPrefix + "gaps" }
    /// The global parameter with the runs of the pair's hooks.
    package var hooks: String { recordPrefix + "hooks" }
    /// The global parameter with what promotions really lost.
    package var losses: String { recordPrefix + "losses" }
    /// The global parameter with the routes and shovels that are paused.
    package var pauses: String { recordPrefix + "pauses" }
    /// The global parameter with what is planned, and what became of it.
    package var schedule: String { recordPrefix + "schedule" }
    /// The global parameter with the generation of the site's lock that was held last.
    package var lockGeneration: String { recordPrefix + "generation" }
    /// The global parameter with what Ropeway declared for applications on a site.
    package var declaredTopology: String { recordPrefix + "topology" }
    /// The global parameter with the record of an epoch.
    package func record(epoch: Int) -> String { recordPrefix + "\(epoch)" }
}
