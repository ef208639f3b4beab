/// How many messages the site had counted into a queue, and when: what tells since when as many came as the queue is deep.
///
/// The count of an answer holds everything that was routed to the queue up to some seconds before its request, and
/// nothing from after its answer. It counts messages of all origins and depends on no binding: one that went and came
/// again between two looks at the bindings makes messages seem routed that were not.
///
/// A node whose figures are missing in an answer would make the count too low, and the growth from there too high. So
/// the growth from an answer on is counted from what the next one said.
struct ArrivalLog: Sendable, Hashable {
    /// Answers that are kept, dense among the newest.
    static let limit = 48

    private struct Entry: Sendable, Hashable {
        var sent: SteadyTime
        var answered: SteadyTime
        var count: UInt64
    }

    private var entries: [Entry] = []

    /// Takes the count of an answer in which nothing was missing and that nothing disturbed.
    mutating func observe(_ observation: QueueObservation, settings: JudgementSettings) {
        guard let counters = observation.counters, observation.facts.surroundings != nil else { return }
        if let last = entries.last, observation.sent <= last.answered { return }
        entries.append(
            Entry(sent: observation.sent, answered: observation.answered, count: counters.published)
        )
        guard entries.count > Self.limit else { return }
        let now = observation.sent.milliseconds
        // The newest ones are needed as they are: they are too young to be used yet.
        var least = (index: 1, worth: Double.infinity)
        for index in 1..<(entries.count - 1) {
            let gap = entries[index + 1].sent.milliseconds - entries[index - 1].sent.milliseconds
            let age = max(now - entries[index].sent.milliseconds, settings.lateness * 4)
            let worth = Double(gap) / Double(age)
            if worth < least.worth { least = (index, worth) }
        }
        entries.remove(at: least.index)
    }

    /// The newest instant such that as many messages were routed to the queue after it and were in it by `end`; what was
    /// in the capture `lateness` before that instant was routed to the queue before all of them.
    func came(_ depth: UInt64, by end: SteadyTime, settings: JudgementSettings) -> SteadyTime? {
        guard let last = entries.last(where: { $0.answered <= end - settings.lateness }) else { return nil }
        for index in entries.indices.dropLast().reversed() {
            let count = max(entries[index].count, entries[index + 1].count)
            if last.count >= count, last.count - count >= depth { return entries[index].sent }
        }
        return nil
    }

    mutating func reset() { entries = [] }
}
