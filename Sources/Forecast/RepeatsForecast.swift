/// How many deliveries of a replay the consumers of the active site had had before: each message counts once for each queue
/// that gets it.
package struct RepeatsForecast: Sendable {
    /// What is known of a queue and its share of the replay.
    package struct Queue: Sendable, Hashable {
        package var name: String
        /// So many messages the replay takes to it, at most; `nil`: not known.
        package var most: Int?
        /// Whether that is all that the store holds, since nothing is proved of the queue.
        package var isAll: Bool
        /// So many of the replayed messages were in the queue by the time of ``held``, at least; `nil`: not known.
        package var settled: Int?
        /// So many messages it held then; `nil`: not known.
        package var held: Int?

        package init(name: String, most: Int?, isAll: Bool, settled: Int? = nil, held: Int? = nil) {
            self.name = name
            self.most = most
            self.isAll = isAll
            self.settled = settled
            self.held = held
        }
    }

    /// The queues that the route leads to; `nil`: nobody looks at them.
    package var queues: [Queue]?
    /// Why nobody does.
    package var unseen: String
    /// What may be replayed besides, to each queue: what was relayed a moment ago and is not counted yet.
    package var slack: Int

    package init(queues: [Queue]?, unseen: String, slack: Int = 0) {
        self.queues = queues
        self.unseen = unseen
        self.slack = slack
    }

    package var estimate: Estimate {
        guard let queues else {
            return Estimate(low: 0, high: nil, lowReason: "nothing may have been consumed", highReason: unseen)
        }
        let parts = queues.map { queue -> (name: String, estimate: Estimate) in
            let (low, lowReason) = low(queue)
            let high = queue.most.map { $0.saturated(adding: slack) }
            return (
                "",
                Estimate(
                    low: high.map { min(low, $0) } ?? low,
                    high: high,
                    lowReason: lowReason,
                    highReason: highReason(queue)
                )
            )
        }
        return .sum(parts, none: "no queue of an application gets anything")
    }

    private func highReason(_ queue: Queue) -> String {
        guard let most = queue.most else { return "how much is replayed to queue '\(queue.name)' is not known" }
        return queue.isAll
            ? "nothing is proved of queue '\(queue.name)': it gets all that is retained, \(most) messages at most"
            : "queue '\(queue.name)' gets what it may not have consumed, \(most) messages at most"
    }

    /// What was in the queue and is no longer was consumed, whatever else it holds.
    private func low(_ queue: Queue) -> (Int, String) {
        guard let settled = queue.settled, let held = queue.held else {
            return (0, "queue '\(queue.name)' may have consumed nothing of it")
        }
        let consumed = max(0, settled - held)
        return (
            consumed,
            consumed == 0
                ? "queue '\(queue.name)' may hold all of it"
                : "queue '\(queue.name)' had got \(settled) of it and held no more than \(held)"
        )
    }
}
