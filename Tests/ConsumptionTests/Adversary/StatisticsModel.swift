@testable import Consumption

/// What the site tells of a queue: each figure as it was at its own last emission, at most five seconds ago.
struct StatisticsModel {
    var phases: [Int]
    var totals: QueueObservation.Totals?
    var head: QueueObservation.Head?
    var commit: Int64 = 0
    var snapshot: Int64 = 0
    var last: Int64 = 0
    var published = Array(repeating: 0, count: QueueModel.publishers)

    init(random: inout Generator) { phases = (0..<(6 + QueueModel.publishers)).map { _ in random.upTo(4) } }

    mutating func emit(_ queue: inout QueueModel, now: Int, isOverdue: Bool, random: inout Generator) {
        func isDue(_ figure: Int) -> Bool { isOverdue || now % 5 == phases[figure] }
        if isDue(0) {
            totals = QueueObservation.Totals(ready: UInt64(queue.depth), unacknowledged: UInt64(queue.unacknowledged))
        }
        if isDue(1) { head = Self.head(of: queue, pages: random.chance(queue.history.pages), random: &random) }
        if isDue(2) { commit = queue.lastIndex }
        if isDue(3) { snapshot = queue.snapshotIndex }
        if isDue(4) { last = queue.lastIndex }
        for publisher in published.indices
        where isDue(6 + publisher) || queue.published[publisher] < published[publisher] {
            published[publisher] = queue.published[publisher]
        }
        for channel in queue.channels.indices where now % 5 == queue.channels[channel].phase {
            queue.channels[channel].toldDelivered = queue.channels[channel].delivered
            queue.channels[channel].toldRedelivered = queue.channels[channel].redelivered
            queue.channels[channel].toldHeld = queue.channels[channel].held.count
        }
    }

    /// A restart or a new leader: rows are missing, and read 0, until they come again.
    mutating func forget(log: Bool = true) {
        totals = QueueObservation.Totals(ready: 0, unacknowledged: 0)
        guard log else { return }
        head = nil
        commit = 0
        snapshot = 0
        last = 0
    }

    /// - Parameter missing: a publisher whose node's figures are not in the answer.
    func counters(of queue: QueueModel, missing: Int?) -> QueueObservation.Counters {
        var delivered = 0
        var redelivered = 0
        for channel in queue.channels {
            // What a channel did last is counted when it closes.
            delivered += channel.isAlive ? channel.toldDelivered : channel.delivered
            redelivered += channel.isAlive ? channel.toldRedelivered : channel.redelivered
        }
        return QueueObservation.Counters(
            delivered: UInt64(delivered),
            redelivered: UInt64(redelivered),
            published: UInt64(published.enumerated().reduce(0) { $0 + ($1.offset == missing ? 0 : $1.element) })
        )
    }

    private static func head(of queue: QueueModel, pages: Bool, random: inout Generator) -> QueueObservation.Head {
        let waiting = queue.ready.count
        let isReadyInMemory = !pages || random.chance(500)
        let held = queue.channels.flatMap { $0.held.map(\.message) }.sorted {
            queue.messages[$0].entered < queue.messages[$1].entered
        }
        let heldInMemory = pages && random.chance(500) ? held.suffix(max(0, held.count - 1)) : held[...]
        var times: [Int64] = []
        if isReadyInMemory, let first = queue.ready.first, let time = queue.messages[first].timestamp {
            times.append(time)
        }
        if let first = heldInMemory.first, let time = queue.messages[first].timestamp { times.append(time) }
        return QueueObservation.Head(
            timestamp: times.min(),
            ready: UInt64(waiting),
            readyInMemory: UInt64(isReadyInMemory ? waiting : 0),
            unacknowledged: UInt64(held.count),
            unacknowledgedInMemory: UInt64(heldInMemory.count)
        )
    }
}
