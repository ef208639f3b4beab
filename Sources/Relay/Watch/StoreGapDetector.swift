#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Tells from what was seen of a standby store, look by look, where messages may be missing.
///
/// It has no clock: times come with the observations.
package struct StoreGapDetector: Sendable {
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
    /// What a queue held, and what it was given.
    private var depth = StoreDepth()
    /// Since when it holds fewer.
    private var fewerSince: Date?
    /// The least offset that the stream must reach, since so much was confirmed.
    private var floor: Int64?
    /// How many of the confirmed may lie before the floor.
    private var counted: Int?
    /// Which relay the store confirms to, as far as is known, and how many it had confirmed to those before: each counts
    /// from 0, and what it has stored lies behind theirs.
    private var relay: Int?
    private var earlier = 0
    private let countedSince: Date?
    /// How many were confirmed when the look came whose end is the floor.
    private var confirmedAtLook = 0
    /// How many were confirmed when, to tell when what is missing came.
    private var confirmations: [(time: Date, count: Int)] = []

    /// - Parameters:
    ///   - known: what was last seen of the store, by whoever looked before.
    ///   - countedSince: since when the relay counts all that a stream confirms, where what is known was seen before that.
    package init(route: String, site: String, epoch: Int, known: KnownObjects? = nil, countedSince: Date? = nil) {
        open = OpenHoles(route: route, site: site)
        self.epoch = epoch
        before = known
        hasBegun = known?.epoch == epoch
        self.countedSince = countedSince
        guard hasBegun, let end = known?.end else { return }
        floor = end
        if countedSince != nil { counted = 0 }
    }

    /// What the next who looks should know.
    package var known: KnownObjects? {
        guard let last, let store = last.store else { return nil }
        return KnownObjects(epoch: epoch, queue: store.incarnation, end: floor, seen: last.ended)
    }

    /// The offset that a stream store has to reach, as far as is known, once so many messages are confirmed.
    func leastEnd(confirmed: Int?, by relay: Int? = nil) -> Int64? {
        guard let floor, let confirmed, let counted else { return floor }
        return floor + Int64(max(0, total(confirmed, by: relay) - counted))
    }

    /// What a relay and those before it have confirmed. Of one that has ended, nothing new is learnt.
    private func total(_ confirmed: Int, by relay: Int?) -> Int {
        let known = confirmations.last?.count ?? 0
        guard let relay, let current = self.relay, relay != current else { return earlier + confirmed }
        return relay > current ? known + confirmed : known
    }

    /// Whether a look would tell of a hole.
    func finds(_ seen: StoreObservation) -> Bool {
        var copy = self
        return !copy.note(seen).isEmpty
    }

    /// Takes a look into account.
    ///
    /// - Returns: holes that were found, have grown, or have ended with it.
    package mutating func note(_ seen: StoreObservation) -> [GapFinding] {
        var findings: [GapFinding] = []
        let since = hasBegun ? last?.begun ?? before?.seen : nil
        if noteStore(seen, since: since, &findings) {
            depth = StoreDepth()
            fewerSince = nil
            floor = nil
            confirmations = []
            confirmedAtLook = 0
        }
        if !hasBegun { noteNew(seen) }
        noteHarm(seen, since: since, &findings)
        noteReader(seen, since: since, &findings)
        noteDepth(seen, &findings)
        noteEnd(seen, &findings)
        if seen.store != nil { hasBegun = true }
        last = seen
        before = nil
        return findings
    }

    /// Has what goes on be told of again, since somebody took note of it as it was.
    package mutating func acknowledge() {
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
        let count = depth.held?.count ?? last?.store?.messages
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

    /// A stream that was made since all is counted that it confirms has that at least.
    private mutating func noteNew(_ seen: StoreObservation) {
        guard let countedSince, let made = seen.store?.incarnation.flatMap(Incarnation.made), made >= countedSince
        else {
            return
        }
        floor = -1
        counted = 0
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
    package var isUndecided: Bool { fewerSince != nil }

    /// Nobody consumes from a store, so that a queue holds what it held, and what was confirmed since, until one of its
    /// limits is reached. Where the oldest messages expire, what was confirmed not long ago is still there.
    private mutating func noteDepth(_ seen: StoreObservation, _ findings: inout [GapFinding]) {
        guard let ready = seen.store?.ready else { return }
        guard !seen.mayBeTrimmed, let expected = expected(seen), ready < expected else {
            depth.note(ready, confirmed: seen.confirmed, published: seen.publishedThen, at: seen.begun)
            fewerSince = nil
            return
        }
        guard let fewerSince else {
            fewerSince = seen.ended
            return
        }
        guard seen.ended.timeIntervalSince(fewerSince) >= Self.patience else { return }
        let since = depth.held?.seen ?? seen.begun
        depth = StoreDepth()
        depth.note(ready, confirmed: seen.confirmed, published: seen.publishedThen, at: seen.begun)
        self.fewerSince = nil
        guard open[.storeThinned] == nil else { return }
        let detail =
            "the store holds \(ready) messages and should hold \(expected), which none of its limits explains: it was "
            + "purged, or read by somebody else"
        open.begin(.storeThinned, Hole(from: since, count: expected - ready, detail: detail), &findings)
        open.close(.storeThinned, at: seen.ended, &findings)
    }

    /// What a queue must hold at the least.
    private func expected(_ seen: StoreObservation) -> Int? {
        guard let retention = seen.retention else { return depth.expected(confirmed: seen.confirmed) }
        return depth.expected(confirmed: seen.confirmed, within: retention, of: seen.begun)
    }

    /// Takes into account how many messages a stream has confirmed since the relay began.
    package mutating func note(confirmed: Int, by number: Int? = nil, at time: Date) {
        let total = total(confirmed, by: number)
        if let number, number > relay ?? .min { (relay, earlier) = (number, total - confirmed) }
        let before = counted ?? total
        if total > before, let floor { self.floor = floor + Int64(total - before) }
        counted = max(before, total)
        if confirmations.last.map({ $0.count < total }) ?? true { confirmations.append((time, total)) }
        if confirmations.count > Self.longestHistory { confirmations.removeFirst(Self.longestHistory / 2) }
    }

    private mutating func adopt(_ end: Int64, _ seen: StoreObservation) {
        floor = end
        counted = seen.publishedThen.map { total($0, by: seen.relay) }
        confirmedAtLook = seen.confirmed.map { total($0, by: seen.relay) } ?? 0
    }

    /// A stream's confirm is no promise that it is on disk: after a power loss it may end earlier.
    private mutating func noteEnd(_ seen: StoreObservation, _ findings: inout [GapFinding]) {
        if let confirmed = seen.confirmed { note(confirmed: confirmed, by: seen.relay, at: seen.begun) }
        guard let end = seen.end else { return }
        guard let floor, end < floor else {
            // Of several looks the one counts that was the least uncertain of what came meanwhile.
            if let floor, let counted, let published = seen.publishedThen,
                floor - Int64(counted) > end - Int64(total(published, by: seen.relay))
            {
                return
            }
            adopt(end, seen)
            return
        }
        let missing = Int(floor - end)
        // What has come since the last look need not be what is missing, neither where a broker lost what came last before its
        // power went, nor where the store was deleted. More than is known when it came is missing from its beginning.
        let known = confirmedAtLook - missing
        adopt(end, seen)
        let from =
            confirmations.last { $0.count <= known }?.time
            ?? seen.store?.incarnation.flatMap(Incarnation.made) ?? confirmations.first?.time
        let detail =
            "the store ends at offset \(end), and with all that it confirmed would reach \(floor): it lost its end, or was "
            + "deleted and declared again"
        open.begin(
            .storeThinned,
            Hole(from: from ?? last?.begun ?? seen.begun, count: missing, detail: detail),
            &findings
        )
        open.close(.storeThinned, at: seen.ended, &findings)
    }
}
