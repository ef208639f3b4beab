/// What a site said of one queue at an instant. What it didn't say is `nil`: nothing is taken for 0.
///
/// Statistics may be as old as ``JudgementSettings/lateness``, each by itself; the passive declaration is of an instant
/// between ``sent`` and ``answered``.
package struct QueueObservation: Sendable, Hashable {
    /// Before the first request of it was sent.
    package var sent: SteadyTime
    /// After the last answer.
    package var answered: SteadyTime
    package var type: QueueType
    /// Whether the state is `running` (or `idle`, which old brokers say).
    package var isRunning: Bool
    /// Whether the site's figures are as fresh as ``JudgementSettings/lateness`` takes them for.
    package var isFresh: Bool
    /// The node of the queue's leader.
    package var leader: String?
    package var totals: Totals?
    package var passive: PassiveAnswer?
    /// Whether the declaration was answered before any figure was asked for. Then the queue's own process vouches for the
    /// figures of this look; else that of the look before does, and what is proved is older by as much.
    package var isPassiveFirst: Bool
    package var counters: Counters?
    /// Classic queues only.
    package var head: Head?
    /// Quorum queues only, read from the leader's member.
    package var raft: RaftFigures?
    /// What the census of the virtual host's channels says.
    package var channels: ChannelCensus.Report?
    package var facts: QueueFacts

    package init(
        sent: SteadyTime,
        answered: SteadyTime,
        type: QueueType,
        isRunning: Bool,
        isFresh: Bool = true,
        leader: String? = nil,
        totals: Totals? = nil,
        passive: PassiveAnswer? = nil,
        isPassiveFirst: Bool = false,
        counters: Counters? = nil,
        head: Head? = nil,
        raft: RaftFigures? = nil,
        channels: ChannelCensus.Report? = nil,
        facts: QueueFacts
    ) {
        self.sent = sent
        self.answered = answered
        self.type = type
        self.isRunning = isRunning
        self.isFresh = isFresh
        self.leader = leader
        self.totals = totals
        self.passive = passive
        self.isPassiveFirst = isPassiveFirst
        self.counters = counters
        self.head = head
        self.raft = raft
        self.channels = channels
        self.facts = facts
    }

    package enum QueueType: String, Sendable, Hashable, Codable {
        case classic
        case quorum
        /// A stream, or what a plugin adds: consumption leaves no trace, or none that is known.
        case other
    }

    /// From the management API, all of one instant (they come from one row).
    package struct Totals: Sendable, Hashable {
        package var ready: UInt64
        package var unacknowledged: UInt64

        package init(ready: UInt64, unacknowledged: UInt64) {
            self.ready = ready
            self.unacknowledged = unacknowledged
        }
    }

    /// What a passive declaration was answered.
    package struct PassiveAnswer: Sendable, Hashable {
        package var ready: UInt64
        package var consumers: UInt64

        package init(ready: UInt64, consumers: UInt64) {
            self.ready = ready
            self.consumers = consumers
        }
    }

    /// `message_stats`; one that is missing beside others is 0, since a key comes with the first event.
    package struct Counters: Sendable, Hashable, Codable {
        /// `deliver_get`: everything that was handed to anybody.
        package var delivered: UInt64
        /// `redeliver`.
        package var redelivered: UInt64
        /// `publish`: everything that was routed to the queue, by whatever way but dead-lettering.
        package var published: UInt64

        package init(delivered: UInt64, redelivered: UInt64, published: UInt64) {
            self.delivered = delivered
            self.redelivered = redelivered
            self.published = published
        }
    }

    /// What a classic queue tells of its oldest messages, of one instant.
    package struct Head: Sendable, Hashable {
        /// `head_message_timestamp`, in seconds.
        package var timestamp: Int64?
        package var ready: UInt64
        package var readyInMemory: UInt64
        package var unacknowledged: UInt64
        package var unacknowledgedInMemory: UInt64

        package init(
            timestamp: Int64?,
            ready: UInt64,
            readyInMemory: UInt64,
            unacknowledged: UInt64,
            unacknowledgedInMemory: UInt64
        ) {
            self.timestamp = timestamp
            self.ready = ready
            self.readyInMemory = readyInMemory
            self.unacknowledged = unacknowledged
            self.unacknowledgedInMemory = unacknowledgedInMemory
        }
    }

    /// The log of a quorum queue, as its leader has it.
    package struct RaftFigures: Sendable, Hashable {
        /// `nil` where the source doesn't tell it (Prometheus does).
        package var term: UInt64?
        /// The highest of all members. `nil`: not known.
        package var machineVersion: Int?
        package var commitIndex: Int64
        package var snapshotIndex: Int64
        /// What the leader has, committed or not.
        package var lastIndex: Int64?

        package init(
            term: UInt64?,
            machineVersion: Int?,
            commitIndex: Int64,
            snapshotIndex: Int64,
            lastIndex: Int64?
        ) {
            self.term = term
            self.machineVersion = machineVersion
            self.commitIndex = commitIndex
            self.snapshotIndex = snapshotIndex
            self.lastIndex = lastIndex
        }
    }
}
