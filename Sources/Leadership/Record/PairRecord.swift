#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What is known of a pair for good: which site is active, in which epoch, and what is being changed about it.
///
/// Each site has a copy among its global parameters, one an epoch. Everything of value is in what this says; a daemon
/// that is lost is started anywhere else and goes on from it.
package struct PairRecord: Sendable, Hashable {
    /// The version of the record that this Ropeway reads and writes.
    package static let knownVersion = 1
    /// The epoch at first start.
    package static let firstEpoch = 1
    /// The largest number that a record may hold: what JSON carries exactly everywhere, 2^53.
    package static let largestNumber = 1 << 53
    /// How many entries keep the times of their steps, the newest.
    package static let timedEntries = 10
    /// How many entries the history keeps.
    package static let historyLimit = 50

    /// The version of the record's form.
    package var version = PairRecord.knownVersion
    /// The pair's name.
    package var pair: String
    /// The name of the active site.
    package var active: String
    /// Grows by one with every promotion, from ``firstEpoch``.
    package var epoch: Int
    /// Grows by one with every change, over both sites' copies, so that of two copies of one epoch the newer is known.
    package private(set) var revision: Int
    /// The fencing generation of the site's lock under which this copy was written; each site counts its own.
    package var generation: UInt64
    /// The name of the site that this copy was written for; `nil` in one that was never written, or that an earlier
    /// version wrote.
    ///
    /// Definitions that are copied from one site to the other bring that one's copy along, with the generation of its
    /// lock, which says nothing here.
    package var site: String?
    /// The virtual host of that site that the pair is in: records are the whole cluster's. `nil` as for ``site``.
    package var virtualHost: String?
    /// The promotion that is under way; `nil` for none.
    package var operation: Operation?
    /// The promotions that ended, the newest last; at most ``historyLimit``.
    package private(set) var history: [Entry]

    /// Creates a record that was never written.
    package init(
        pair: String,
        active: String,
        epoch: Int = PairRecord.firstEpoch,
        operation: Operation? = nil,
        history: [Entry] = []
    ) {
        self.pair = pair
        self.active = active
        self.epoch = epoch
        revision = 0
        generation = 0
        self.operation = operation
        self.history = history.suffix(Self.historyLimit)
    }

    /// Makes one change, which makes the record newer than its copies. Every change that is written goes through this.
    package mutating func change<Failure: Error>(
        _ body: (inout PairRecord) throws(Failure) -> Void
    ) throws(Failure) {
        var changed = self
        try body(&changed)
        changed.revision = revision + 1
        self = changed
    }

    /// Makes it newer than a revision that may be somewhere already, with something else in it.
    package mutating func raiseRevision(above other: Int) { revision = max(revision, other + 1) }

    /// Adds an entry to the history and drops the oldest beyond ``historyLimit``.
    package mutating func append(_ entry: Entry) {
        history = (history + [entry]).suffix(Self.historyLimit)
        // The record is written whole at each step of a promotion.
        for index in history.indices.dropLast(Self.timedEntries) { history[index].steps = [] }
    }

    /// Moves the operation that is under way to the history. Without one, nothing changes.
    ///
    /// - Parameters:
    ///   - result: how it ended, in a word.
    ///   - ended: when.
    ///   - note: what a person should know of it.
    ///   - code: the stable word of what is missing.
    ///   - steps: how long its steps took.
    package mutating func endOperation(
        _ result: String,
        at ended: Date,
        replayed: Int? = nil,
        expired: Int? = nil,
        quarantined: Int? = nil,
        note: String? = nil,
        code: String? = nil,
        steps: [StepTime] = []
    ) {
        guard let operation else { return }
        var entry = Entry(
            id: operation.id,
            kind: operation.kind,
            site: operation.site,
            epoch: epoch,
            started: operation.started,
            ended: ended,
            result: result,
            replayed: replayed,
            expired: expired,
            quarantined: quarantined,
            note: note,
            silent: operation.silent,
            steps: steps
        )
        entry.code = code
        entry.forecast = operation.forecast
        entry.consent = operation.consent
        append(entry)
        self.operation = nil
    }

    /// Whether this copy was written for another site than the one that has it.
    package func isForeign(at site: String) -> Bool { self.site.map { $0 != site } ?? false }

    /// Whether this says something later than another record of the pair.
    package func isNewer(than other: PairRecord) -> Bool {
        (epoch, revision) > (other.epoch, other.revision)
    }

    /// How the history names an operation that was taken back.
    package static let aborted = "aborted"

    /// Of a site's records of several epochs, the one that counts: the newest whose operation was not taken back.
    ///
    /// Whoever leads takes an operation back in the record of the epoch before, under the lock. A process that was frozen
    /// with the new epoch's record on its way may write that at any time afterwards, since RabbitMQ compares nothing. What
    /// was taken back under an earlier lock than the new epoch has is itself what came late.
    package static func counting(_ records: [PairRecord]) -> PairRecord? {
        records.sorted { $0.epoch > $1.epoch }.first { record in !records.contains { $0.voids(record) } }
    }

    /// Whether a record of a later epoch at the same site does not count, since this one says that the operation which
    /// began that epoch was taken back, under a later lock.
    package func voids(_ later: PairRecord) -> Bool {
        guard epoch < later.epoch, generation > later.generation, site == later.site else { return false }
        return history.contains { $0.id == later.operation?.id && $0.result == Self.aborted }
    }

    /// Whether two copies say the same; what each site counts for itself is left aside.
    package func saysTheSame(as other: PairRecord) -> Bool {
        var copy = other
        copy.generation = generation
        copy.site = site
        copy.virtualHost = virtualHost
        return self == copy
    }

    /// Whether two copies differ in what they tell of the past at most: two processes took the same operation back, and each
    /// wrote why.
    package func decidesTheSame(as other: PairRecord) -> Bool {
        epoch == other.epoch && active == other.active && operation == other.operation
    }

    /// Whether another record is no newer, and still none of which this one is a copy: another process made the same epoch.
    package func isReplaced(by other: PairRecord) -> Bool {
        epoch == other.epoch && revision == other.revision && !saysTheSame(as: other)
    }

    /// Whether a copy that a site has of the same epoch must not be written over by another: it is newer, or as new and
    /// says something else. One that was written for another site says nothing of this one.
    package func goesBeyond(_ record: PairRecord, at site: String) -> Bool {
        guard epoch == record.epoch, !isForeign(at: site) else { return false }
        return revision > record.revision || revision == record.revision && !decidesTheSame(as: record)
    }
}

extension PairRecord: Codable {
    private enum CodingKeys: String, CodingKey {
        case version
        case pair
        case active
        case epoch
        case revision
        case generation
        case site
        case virtualHost = "vhost"
        case operation
        case history
    }

    /// Reads a record.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        version = try container.decode(Int.self, forKey: .version)
        guard version == Self.knownVersion else {
            throw DecodingError.dataCorruptedError(
                forKey: .version,
                in: container,
                debugDescription: "version \(version) is not \(Self.knownVersion)"
            )
        }
        pair = try container.decode(String.self, forKey: .pair)
        active = try container.decode(String.self, forKey: .active)
        epoch = try container.decode(Int.self, forKey: .epoch)
        revision = try container.decode(Int.self, forKey: .revision)
        generation = try container.decode(UInt64.self, forKey: .generation)
        site = try container.decodeIfPresent(String.self, forKey: .site)
        virtualHost = try container.decodeIfPresent(String.self, forKey: .virtualHost)
        operation = try container.decodeIfPresent(Operation.self, forKey: .operation)
        let entries = try container.decodeIfPresent([Entry].self, forKey: .history) ?? []
        history = entries.suffix(Self.historyLimit)
        // What counts up from here on must have room for it, whoever wrote the record.
        guard (Self.firstEpoch...Self.largestNumber).contains(epoch), (0...Self.largestNumber).contains(revision),
            !pair.isEmpty, !active.isEmpty
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .epoch,
                in: container,
                debugDescription: "epoch \(epoch), revision \(revision), pair '\(pair)' and active '\(active)' can't be"
            )
        }
    }

    /// Writes the record. What is absent or empty is left out, since RabbitMQ does not keep `{}` and `[]` apart.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(version, forKey: .version)
        try container.encode(pair, forKey: .pair)
        try container.encode(active, forKey: .active)
        try container.encode(epoch, forKey: .epoch)
        try container.encode(revision, forKey: .revision)
        try container.encode(generation, forKey: .generation)
        try container.encodeIfPresent(site, forKey: .site)
        try container.encodeIfPresent(virtualHost, forKey: .virtualHost)
        try container.encodeIfPresent(operation, forKey: .operation)
        if !history.isEmpty { try container.encode(history, forKey: .history) }
    }
}
