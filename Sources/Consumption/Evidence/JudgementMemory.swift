/// What is kept of the last look at a queue. If the first look of another process shows the same queue among the same
/// nodes, nothing was lost in between and what the log counted before counts; else counting starts over.
package struct JudgementMemory: Sendable, Hashable, Codable {
    /// Only what entered the capture later counts; as the log keeps it.
    var countedSince: SteadyTime
    var type: QueueObservation.QueueType
    var leader: String?
    var term: UInt64?
    var counters: QueueObservation.Counters?
    var facts: QueueFacts

    init(_ observation: QueueObservation, countedSince: SteadyTime) {
        self.countedSince = countedSince
        type = observation.type
        leader = observation.leader
        term = observation.raft?.term
        counters = observation.counters
        facts = observation.facts
    }

    /// An observation to compare the next one with, older than all of this process.
    var observation: QueueObservation {
        QueueObservation(
            sent: SteadyTime(.min),
            answered: SteadyTime(.min),
            type: type,
            isRunning: true,
            leader: leader,
            counters: counters,
            raft: term.map {
                QueueObservation.RaftFigures(
                    term: $0,
                    machineVersion: nil,
                    commitIndex: 0,
                    snapshotIndex: .min,
                    lastIndex: nil
                )
            },
            facts: facts
        )
    }
}
