import Consumption

/// What the passive declarations of queues were answered, the last two of each.
struct PassiveLooks: Sendable {
    struct Look: Sendable {
        /// `nil`: the queue did not answer, or is another's alone.
        var answer: QueueObservation.PassiveAnswer?
        /// Whether the site said that there is no such queue.
        var isGone: Bool
        var sent: SteadyTime
        var answered: SteadyTime
    }

    private var looks: [String: (last: Look, before: Look?)] = [:]

    mutating func note(_ look: Look, of queue: String) { looks[queue] = (look, looks[queue]?.last) }

    /// The newest that was answered before an instant, so that the queue's own process vouches for what is asked from then
    /// on; or else the newest.
    func best(of queue: String, before instant: SteadyTime) -> Look? {
        guard let (last, before) = looks[queue] else { return nil }
        if last.answered <= instant { return last }
        return before ?? last
    }

    /// Whether a queue was said to be gone by an answer to a question after an instant.
    func isGone(_ queue: String, since instant: SteadyTime) -> Bool {
        looks[queue].map { $0.last.isGone && $0.last.sent >= instant } ?? false
    }

    mutating func keep(_ queues: Set<String>) { looks = looks.filter { queues.contains($0.key) } }
}
