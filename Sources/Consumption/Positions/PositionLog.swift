/// How many messages of a route were routed to each queue, up to which position: a bounded log of ticks, dense in the
/// last minute and thinner with age.
///
/// It answers where counting back a number of messages leads. What it doesn't know only makes an answer older, or
/// `nil`; thinning does too, since every answer is the position of a tick that is kept.
///
/// Instants are those of this process. Kept instants are shifted at a restart (``resume(at:)``) as if no time had
/// passed meanwhile: time that may not be there is never counted on.
package struct PositionLog: Sendable, Hashable {
    /// How much is kept.
    package struct Limits: Sendable, Hashable {
        /// Ticks. Memory is about this times the number of queues times eight bytes.
        package var ticks: Int
        /// Queues that are counted; of further ones nothing is known.
        package var queues: Int
        /// For how long ticks are kept as dense as they came, in milliseconds.
        package var dense: Int64

        package init(ticks: Int = 192, queues: Int = 4096, dense: Int64 = 60_000) {
            self.ticks = max(ticks, 8)
            self.queues = max(queues, 0)
            self.dense = max(dense, 1)
        }
    }

    struct Entry: Sendable, Hashable, Codable {
        var position: Position
        var at: SteadyTime
        var enteredSince: SteadyTime?
        var newestTimestamp: Int64?
        var untimed: UInt64
        var prioritised: UInt64
        /// By queue; one that is missing at the end was not counted yet.
        var counts: [UInt64]
    }

    struct Mark: Sendable, Hashable, Codable {
        var position: Position
        var at: SteadyTime
    }

    static let marks = 64
    /// How far apart marks are kept, in milliseconds: so they reach back for a minute, however often the store confirms.
    static let markSpacing: Int64 = 1_000

    let limits: Limits
    /// From oldest to newest; position and instant never go back.
    var entries: [Entry] = []
    /// Up to where the store had confirmed, and when, from oldest to newest.
    var confirmed: [Mark] = []
    var names: [String] = []
    var indices: [String: Int] = [:]
    /// What the log shifts this process's instants by.
    var shift: Int64 = 0

    private(set) var table: ClassTable?
    /// The same with the numbers of the queues.
    private var members: [[Int]] = []
    private var lastCounts: [UInt64] = []
    /// What grew before, at restarts of the relay's own counts.
    private var lastUntimed: UInt64 = 0
    private var lastPrioritised: UInt64 = 0

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// The oldest position that is known. Of messages from before it, nothing is.
    package var start: Position? { entries.first?.position }

    /// Up to where it goes.
    package var end: Position? { entries.last?.position }

    /// Takes a table into use, after a tick with all that was counted by the one before.
    ///
    /// - Parameters:
    ///   - withdrawn: queues that a binding to them, or on the way to them, went from; `nil`: not known, so all.
    ///   - since: the position at which the bindings were last known to stand as they did. What was counted to the
    ///     withdrawn queues after it may not have reached them and is forgotten.
    package mutating func use(_ next: ClassTable, withdrawn: Set<String>?, since: Position) {
        if let table, table.isContinued(by: next) {
            lastCounts += Array(repeating: 0, count: next.queues.count - table.queues.count)
        } else {
            lastCounts = Array(repeating: 0, count: next.queues.count)
            forgetCounts(of: withdrawn, after: since)
        }
        table = next
        members = next.queues.map { queues in Set(queues).compactMap { number(of: $0) } }
    }

    /// Appends what is known at an instant. One that contradicts what is there is dropped.
    package mutating func tick(_ tick: PositionTick) {
        let at = tick.at + shift
        if let last = entries.last, tick.position < last.position || at < last.at { return }
        var entry = Entry(
            position: tick.position,
            at: at,
            enteredSince: later(entries.last?.enteredSince, tick.enteredSince.map { min($0 + shift, at) }),
            newestTimestamp: later(entries.last?.newestTimestamp, tick.newestTimestamp),
            untimed: (entries.last?.untimed ?? 0) &+ growth(from: lastUntimed, to: tick.untimed),
            prioritised: (entries.last?.prioritised ?? 0) &+ growth(from: lastPrioritised, to: tick.prioritised),
            counts: entries.last?.counts ?? []
        )
        lastUntimed = tick.untimed
        lastPrioritised = tick.prioritised
        if tick.generation == table?.generation { add(tick.counts, to: &entry) }
        if let last = entries.last, last.position == entry.position { entries.removeLast() }
        entries.append(entry)
        thin()
    }

    /// Everything with a lower position was confirmed by the store at this instant, without a hole.
    package mutating func confirmed(upTo position: Position, at: SteadyTime) {
        let mark = Mark(position: position, at: at + shift)
        if let last = confirmed.last {
            guard last.position < mark.position, last.at <= mark.at else { return }
        }
        // The newest moves on until it is far enough from the one before.
        if let last = confirmed.last, let before = confirmed.dropLast().last, last.at < before.at + Self.markSpacing {
            confirmed.removeLast()
        }
        confirmed.append(mark)
        if confirmed.count > Self.marks { confirmed.removeFirst() }
    }

    /// Continues a log that another process kept, as if no time had passed. Call it before anything else.
    package mutating func resume(at now: SteadyTime) {
        let last = max(entries.last?.at ?? SteadyTime(0), confirmed.last?.at ?? SteadyTime(0))
        shift = last.milliseconds &- now.milliseconds
        table = nil
        members = []
        lastCounts = []
        lastUntimed = 0
        lastPrioritised = 0
    }

    private mutating func add(_ counts: [UInt64], to entry: inout Entry) {
        if entry.counts.count < names.count {
            entry.counts += Array(repeating: 0, count: names.count - entry.counts.count)
        }
        for (index, count) in counts.enumerated() where index < members.count && count > lastCounts[index] {
            let grown = count - lastCounts[index]
            for queue in members[index] { entry.counts[queue] &+= grown }
        }
        for (index, count) in counts.enumerated() where index < lastCounts.count { lastCounts[index] = count }
    }

    private mutating func forgetCounts(of withdrawn: Set<String>?, after since: Position) {
        let floor = entries.last { $0.position <= since }?.counts ?? []
        for index in entries.indices where entries[index].position > since {
            for queue in entries[index].counts.indices where withdrawn?.contains(names[queue]) ?? true {
                entries[index].counts[queue] = queue < floor.count ? floor[queue] : 0
            }
        }
    }

    private mutating func number(of name: String) -> Int? {
        if let index = indices[name] { return index }
        guard names.count < limits.queues else { return nil }
        names.append(name)
        indices[name] = names.count - 1
        return names.count - 1
    }

    private func growth(from last: UInt64, to now: UInt64) -> UInt64 { now >= last ? now - last : now }

    private func later<Value: Comparable>(_ one: Value?, _ other: Value?) -> Value? {
        guard let one, let other else { return one ?? other }
        return max(one, other)
    }
}
