import Foundation

/// What is planned for a pair beside its configuration, and what became of all that was: as it is kept on the brokers.
///
/// A value without clock and connections. Two copies that went different ways are merged: what was cancelled in one is
/// cancelled, what was begun in one is begun.
package struct ScheduleRecord: Sendable, Hashable {
    /// The version of what is written.
    package static let knownVersion = 1
    /// So many entries may be waiting that commands asked for.
    package static let mostEntries = 50
    /// So many of those that are over are kept.
    static let mostEnded = 20
    /// So many outcomes are kept.
    static let mostOutcomes = 50

    /// Grows with every change that was written.
    package private(set) var revision = 0
    /// What commands asked for.
    package private(set) var entries: [ScheduleEntry] = []
    /// What became of occurrences, the first due first.
    package private(set) var outcomes: [ScheduleOutcome] = []
    /// The last look ahead at each entry, by its id.
    package private(set) var looks: [String: ScheduleLook] = [:]
    /// By the entry's id.
    private(set) var progress: [String: ScheduleProgress] = [:]

    /// Creates a record of nothing.
    package init() {}

    /// Whether there is nothing to keep.
    package var isEmpty: Bool { entries.isEmpty && outcomes.isEmpty && looks.isEmpty && progress.isEmpty }

    // MARK: Entries

    /// An entry by its id.
    package func entry(_ id: String) -> ScheduleEntry? { entries.first { $0.id == id } }

    /// Whether an entry waits for nothing any more.
    package func isOver(_ entry: ScheduleEntry) -> Bool {
        if entry.cancelled != nil { return true }
        guard case .at(let date, _) = entry.timing else { return false }
        return progress[entry.id]?.upTo.map { $0 >= date } ?? false
    }

    /// Those that commands asked for and that still wait.
    package var waiting: [ScheduleEntry] { entries.filter { !isOver($0) } }

    /// When an entry is due next, as far as it has been gone through; `nil` for never again.
    package func next(of entry: ScheduleEntry, now: Date) -> Date? {
        guard entry.cancelled == nil else { return nil }
        guard let known = progress[entry.id] else { return entry.next(after: entry.isRepeated ? now : nil) }
        return entry.next(after: known.start(of: entry))
    }

    mutating func add(_ entry: ScheduleEntry, now: Date) {
        entries.append(entry)
        know(entry, now: now)
        bound()
    }

    mutating func cancel(_ id: String, _ cancellation: ScheduleEntry.Cancellation) {
        guard let index = entries.firstIndex(where: { $0.id == id }), entries[index].cancelled == nil else { return }
        entries[index].cancelled = cancellation
    }

    // MARK: What became of them

    /// What became of an occurrence.
    package func outcome(of entry: String, due: Date) -> ScheduleOutcome? {
        outcomes.first { $0.entry == entry && $0.due == due.inMilliseconds }
    }

    /// What became of an entry the last time.
    package func last(of entry: String) -> ScheduleOutcome? { outcomes.last { $0.entry == entry } }

    /// Writes down what became of an occurrence, and that nothing up to it is to be seen to any more.
    mutating func note(_ outcome: ScheduleOutcome) {
        put(outcome, merging: false)
        guard var known = progress[outcome.entry] else { return }
        known.upTo = max(known.upTo ?? outcome.due, outcome.due)
        progress[outcome.entry] = known
    }

    /// Says that an occurrence has its outcome already.
    mutating func pass(_ entry: String, due: Date) {
        guard var known = progress[entry] else { return }
        known.upTo = max(known.upTo ?? due, due)
        progress[entry] = known
    }

    private mutating func put(_ outcome: ScheduleOutcome, merging: Bool) {
        if let index = outcomes.firstIndex(where: { $0.isSame(as: outcome) }) {
            outcomes[index] = merging ? outcomes[index].merged(with: outcome) : outcome
        } else {
            let index = outcomes.firstIndex { ($0.due, $0.entry) > (outcome.due, outcome.entry) } ?? outcomes.endIndex
            outcomes.insert(outcome, at: index)
        }
        bound()
    }

    mutating func note(_ look: ScheduleLook, of entry: String) {
        let number = looks[entry].map { $0.number + 1 } ?? 0
        looks[entry] = look
        looks[entry]?.number = number
    }

    // MARK: How far they were gone through

    /// Begins to go through an entry.
    ///
    /// - Returns: whether that is new.
    @discardableResult
    mutating func know(_ entry: ScheduleEntry, now: Date) -> Bool {
        switch progress[entry.id]?.isGone {
        case nil: progress[entry.id] = ScheduleProgress(since: now)
        case true?: progress[entry.id]?.comeBack(now)
        case false?: return false
        }
        return true
    }

    /// Follows the clock, should it have been put back.
    ///
    /// - Returns: whether anything changed, and of which entries it leaves out what was never seen to.
    mutating func follow(_ now: Date) -> (isChanged: Bool, leftOut: [String: ClosedRange<Date>]) {
        var isChanged = false
        var leftOut: [String: ClosedRange<Date>] = [:]
        for id in progress.keys {
            guard let found = progress[id]?.follow(now) else { continue }
            isChanged = isChanged || found.isChanged
            leftOut[id] = found.leftOut
        }
        return (isChanged, leftOut)
    }

    /// Takes note of which entries there are no more.
    mutating func keepProgress(of ids: Set<String>) -> Bool {
        let gone = progress.filter { !$0.value.isGone && !ids.contains($0.key) }.map(\.key)
        for id in gone { progress[id]?.go() }
        bound()
        return !gone.isEmpty
    }

    /// Keeps it small. The same of two copies that say the same, or one would bring back what the other dropped.
    private mutating func bound() {
        while outcomes.count > Self.mostOutcomes {
            // One that is under way is needed until it has ended.
            let index = outcomes.firstIndex { $0.state.isFinal || $0.state == .notRun } ?? 0
            outcomes.remove(at: index)
        }
        let ended = entries.filter { isOver($0) }
        if ended.count > Self.mostEnded {
            let dropped = ended.sorted { ($0.when ?? .distantPast, $0.id) < ($1.when ?? .distantPast, $1.id) }
                .prefix(ended.count - Self.mostEnded).map(\.id)
            entries.removeAll { dropped.contains($0.id) }
        }
        let gone = progress.filter(\.value.isGone)
        if gone.count > Self.mostEnded {
            let dropped = gone.sorted { ($0.value.since, $0.key) < ($1.value.since, $1.key) }
                .prefix(gone.count - Self.mostEnded)
            for (id, _) in dropped { progress[id] = nil }
        }
        looks = looks.filter { !(progress[$0.key]?.isGone ?? true) }
    }

    // MARK: Merging

    /// Takes over what another copy has and this one has not, or has older.
    package mutating func merge(_ other: ScheduleRecord) {
        revision = max(revision, other.revision)
        progress.merge(other.progress) { $0.merged(with: $1) }
        looks.merge(other.looks) { $0.merged(with: $1) }
        for entry in other.entries {
            guard let index = entries.firstIndex(where: { $0.id == entry.id }) else {
                entries.append(entry)
                continue
            }
            let known = [entries[index].cancelled, entry.cancelled].compactMap { $0 }
            entries[index].cancelled = known.min { ($0.when, $0.who) < ($1.when, $1.who) }
        }
        for outcome in other.outcomes { put(outcome, merging: true) }
        bound()
    }

    /// Whether it says the same.
    package func isSame(as other: ScheduleRecord) -> Bool {
        var copy = other
        copy.revision = revision
        copy.entries.sort { $0.id < $1.id }
        var own = self
        own.entries.sort { $0.id < $1.id }
        return own == copy
    }

    /// Makes it newer than what is there.
    package mutating func raiseRevision(above other: Int) { revision = max(revision, other) + 1 }
}

extension ScheduleEntry {
    /// Whether it has more than one occurrence.
    package var isRepeated: Bool { if case .every = timing { true } else { false } }
}

extension ScheduleRecord: Codable {
    private enum CodingKeys: String, CodingKey {
        case version, revision, entries, outcomes, looks, progress
    }

    /// Reads a record.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let version = try container.decode(Int.self, forKey: .version)
        guard version == Self.knownVersion else {
            throw DecodingError.dataCorruptedError(
                forKey: .version,
                in: container,
                debugDescription: "it has version \(version), and this Ropeway knows \(Self.knownVersion)"
            )
        }
        revision = try container.decode(Int.self, forKey: .revision)
        // Whoever wrote it: what is kept stays bounded.
        let all = try container.decodeIfPresent([ScheduleEntry].self, forKey: .entries) ?? []
        entries = Array(all.prefix(2 * (Self.mostEntries + Self.mostEnded)))
        outcomes = try container.decodeIfPresent([ScheduleOutcome].self, forKey: .outcomes) ?? []
        outcomes.sort { ($0.due, $0.entry) < ($1.due, $1.entry) }
        looks = try container.decodeIfPresent([String: ScheduleLook].self, forKey: .looks) ?? [:]
        progress = try container.decodeIfPresent([String: ScheduleProgress].self, forKey: .progress) ?? [:]
    }

    /// Writes the record. What is empty is left out, since RabbitMQ does not keep `{}` and `[]` apart.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.knownVersion, forKey: .version)
        try container.encode(revision, forKey: .revision)
        if !entries.isEmpty { try container.encode(entries, forKey: .entries) }
        if !outcomes.isEmpty { try container.encode(outcomes, forKey: .outcomes) }
        if !looks.isEmpty { try container.encode(looks, forKey: .looks) }
        if !progress.isEmpty { try container.encode(progress, forKey: .progress) }
    }
}
