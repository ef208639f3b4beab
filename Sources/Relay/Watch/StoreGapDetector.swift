#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Tells from what was seen of a standby store, look by look, where messages may be missing.
///
/// It has no clock: times come with the observations.
public struct StoreGapDetector: Sendable {
    /// How long a queue has to hold fewer messages than it should: the leader of a quorum queue may be busy and say 0, and
    /// what tells that a limit in bytes was reached are statistics, which are late.
    private static let patience: TimeInterval = 10
    private static let longestHistory = 1024

    private let epoch: Int
    private var last: StoreObservation?
    private var before: KnownObjects?
    /// Whether the store was there once.
    private var hasBegun: Bool
    private var open: OpenHoles
    /// The messages that a queue held, when it was seen with them, and how many the relay had been confirmed by then.
    private var held: (count: Int, seen: Date, confirmed: Int?)?
    /// Since when it holds fewer.
    private var fewerSince: Date?
    /// The least offset that the stream must reach, since so much was confirmed.
    private var floor: Int64?
    /// How many were confirmed when the floor was set.
    private var counted: Int?
    /// How many were confirmed when, to tell when what is missing came.
    private var confirmations: [(time: Date, count: Int)] = []

    /// - Parameter known: what was last seen of the store, by whoever looked before.
    public init(route: String, site: String, epoch: Int, known: KnownObjects? = nil) {
        open = OpenHoles(route: route, site: site)
        self.epoch = epoch
        before = known
        hasBegun = known?.epoch == epoch
    }

    /// What the next who looks should know.
    public var known: KnownObjects? {
        guard let last, let store = last.store else { return nil }
        return KnownObjects(epoch: epoch, queue: store.incarnation, seen: last.ended)
    }

    /// The offset that a stream store has to reach, as far as is known.
    var leastEnd: Int64? { floor }

    /// Whether a look would tell of a hole.
    func finds(_ seen: StoreObservation) -> Bool {
        var copy = self
        return !copy.note(seen).isEmpty
    }

    /// Takes a look into account.
    ///
    /// - Returns: holes that were found, have grown, or have ended with it.
    public mutating func note(_ seen: StoreObservation) -> [GapFinding] {
        var findings: [GapFinding] = []
        let since = hasBegun ? last?.begun ?? before?.seen : nil
        if noteStore(seen, since: since, &findings) {
            held = nil
            fewerSince = nil
            floor = nil
            confirmations = []
        }
        noteHarm(seen, since: since, &findings)
        noteReader(seen, since: since, &findings)
        noteDepth(seen, &findings)
        noteEnd(seen, &findings)
        if seen.store != nil { hasBegun = true }
        last = seen
        before = nil
        return findings
    }

    /// Has what goes on be told of anew, since somebody took note of it as it was.
    public mutating func acknowledge() {
        for reason in [GapReason.storeThinned, .storePolicy] { open[reason] = nil }
    }

    /// - Returns: whether it is another than before, or none.
    private mutating func noteStore(
        _ seen: StoreObservation,
        since: Date?,
        _ findings: inout [GapFinding]
    ) -> Bool {
        if open[.storeDeleted] != nil {
            if seen.store != nil { open.close(.storeDeleted, at: seen.ended, &findings) }
            return true
        }
        guard let since else { return false }
        let knew: String?
        if let last {
            guard let store = last.store else { return false }
            knew = store.incarnation
        } else {
            knew = before?.queue
        }
        guard seen.store == nil || seen.store?.incarnation != knew else { return false }
        let what = seen.store == nil ? "it is not there" : "it is not the one that was there before"
        // The statistics of a stream; what a queue held, by its own word.
        let count = held?.count ?? last?.store?.messages
        open.begin(
            .storeDeleted,
            Hole(
                from: since,
                count: count.flatMap { $0 > 0 ? $0 : nil },
                detail: count.map { "\(what); it held \($0) messages" } ?? what
            ),
            &findings
        )
        if seen.store != nil { open.close(.storeDeleted, at: seen.ended, &findings) }
        return true
    }

    private mutating func noteHarm(_ seen: StoreObservation, since: Date?, _ findings: inout [GapFinding]) {
        if let harm = seen.harm {
            guard open[.storePolicy] == nil, let since else { return }
            open.begin(.storePolicy, Hole(from: since, count: nil, detail: harm), &findings)
        } else if open[.storePolicy] != nil {
            open.close(.storePolicy, at: seen.ended, &findings)
        }
    }

    /// What is consumed from a queue is gone; a stream keeps it, and has nobody told of here.
    private mutating func noteReader(_ seen: StoreObservation, since: Date?, _ findings: inout [GapFinding]) {
        if let reader = seen.store?.foreignConsumer {
            guard open[.storeThinned] == nil else { return }
            let detail = "somebody else consumes from the store: \(reader)"
            open.begin(.storeThinned, Hole(from: since ?? seen.begun, count: nil, detail: detail), &findings)
        } else if open[.storeThinned] != nil {
            open.close(.storeThinned, at: seen.ended, &findings)
        }
    }

    /// Whether a look is needed before it can be said whether messages are missing.
    public var isUndecided: Bool { fewerSince != nil }

    /// Nobody consumes from a store, so that a queue holds what it held, and what was confirmed since, until one of its
    /// limits is reached.
    private mutating func noteDepth(_ seen: StoreObservation, _ findings: inout [GapFinding]) {
        guard let ready = seen.store?.ready else { return }
        let now = (count: ready, seen: seen.begun, confirmed: seen.confirmedThen)
        guard !seen.mayBeTrimmed, let held, ready < expected(held, seen) else {
            held = now
            fewerSince = nil
            return
        }
        guard let fewerSince else {
            fewerSince = seen.ended
            return
        }
        guard seen.ended.timeIntervalSince(fewerSince) >= Self.patience else { return }
        let missing = expected(held, seen) - ready
        self.held = now
        self.fewerSince = nil
        guard open[.storeThinned] == nil else { return }
        let detail =
            "the store holds \(ready) messages and should hold \(ready + missing), which none of its limits explains: it was "
            + "purged, or read by somebody else"
        open.begin(.storeThinned, Hole(from: held.seen, count: missing, detail: detail), &findings)
        open.close(.storeThinned, at: seen.ended, &findings)
    }

    /// What a queue must hold at the least.
    private func expected(_ held: (count: Int, seen: Date, confirmed: Int?), _ seen: StoreObservation) -> Int {
        guard let before = held.confirmed, let confirmed = seen.confirmed else { return held.count }
        // A relay that started since counts from 0.
        return held.count + max(0, confirmed - before)
    }

    /// A stream's confirm is no promise that it is on disk: after a power loss it may end earlier.
    private mutating func noteEnd(_ seen: StoreObservation, _ findings: inout [GapFinding]) {
        if let confirmed = seen.confirmed {
            let before = counted ?? confirmed
            if confirmed > before, let floor { self.floor = floor + Int64(confirmed - before) }
            if confirmed < before { confirmations = [] }
            counted = confirmed
            if confirmations.last?.count != confirmed { confirmations.append((seen.begun, confirmed)) }
            if confirmations.count > Self.longestHistory { confirmations.removeFirst(Self.longestHistory / 2) }
        }
        guard let end = seen.end else { return }
        defer {
            floor = end
            counted = seen.confirmedThen
        }
        guard let floor, end < floor else { return }
        let missing = Int(floor - end)
        let total = confirmations.last?.count ?? 0
        let from = confirmations.last { $0.count <= total - missing }?.time ?? confirmations.first?.time
        let detail = "the store ends at offset \(end), and had reached \(floor)"
        open.begin(
            .storeThinned,
            Hole(from: from ?? last?.begun ?? seen.begun, count: missing, detail: detail),
            &findings
        )
        open.close(.storeThinned, at: seen.ended, &findings)
    }
}
