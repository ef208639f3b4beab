/// How many messages the active site's consumers had not consumed and the standby store has no more, or leaves out of a
/// replay since they are too old.
package struct UnretainedForecast: Sendable {
    /// What is known of a queue.
    package struct Queue: Sendable, Hashable {
        package var name: String
        /// Of the messages that it may not have consumed, so many are too old, at most; `nil`: not known.
        package var outlived: Int?
        /// So many messages it held when it was last looked at, and some of them may be too old; `nil`: not known, or
        /// that look is so old itself that it says nothing.
        package var held: Int?

        package init(name: String, outlived: Int?, held: Int?) {
            self.name = name
            self.outlived = outlived
            self.held = held
        }
    }

    /// The queues that the route leads to; `nil`: nobody looks at them.
    package var queues: [Queue]?
    /// Why nobody does.
    package var unseen: String
    /// Whether the store has all that was ever relayed in the epoch, and a replay takes all of it.
    package var isWhole: Bool

    package init(queues: [Queue]?, unseen: String, isWhole: Bool) {
        self.queues = queues
        self.unseen = unseen
        self.isWhole = isWhole
    }

    package var estimate: Estimate {
        let low = "what the store has no more may have been consumed"
        if isWhole {
            let whole = "the store has everything that was relayed"
            return Estimate(low: 0, high: 0, lowReason: whole, highReason: whole)
        }
        guard let queues else { return Estimate(low: 0, high: nil, lowReason: low, highReason: unseen) }
        let parts = queues.map { queue -> (name: String, estimate: Estimate) in
            let (high, reason) = high(queue)
            return ("", Estimate(low: 0, high: high, lowReason: low, highReason: reason))
        }
        return .sum(parts, none: "no queue of an application gets anything")
    }

    private func high(_ queue: Queue) -> (Int?, String) {
        if let outlived = queue.outlived, outlived <= queue.held ?? .max {
            return (
                outlived,
                outlived == 0
                    ? "the store reaches back to all that queue '\(queue.name)' may not have consumed"
                    : "queue '\(queue.name)' may not have consumed \(outlived) that are too old to be replayed"
            )
        }
        if let held = queue.held {
            return (
                held, "queue '\(queue.name)' held \(held), and it is not proved that none is too old to be replayed"
            )
        }
        return (nil, "what queue '\(queue.name)' may not have consumed, and the store has no more, is not known")
    }
}
