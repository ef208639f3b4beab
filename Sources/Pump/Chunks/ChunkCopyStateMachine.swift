import NIOCore
import RabbitStream

/// A session that copies one stream into another chunk by chunk: what came in, what to publish, and how it ends. It has no
/// clock, no socket and no task.
///
/// The publishing id of an entry is the offset of its last message plus one, since 0 means that there is none. So the
/// destination's sequence is the offset to go on at, and what is sent again under the same reference is dropped there.
struct ChunkCopyStateMachine {
    enum End: Sendable {
        /// It was stopped. Whether all that was published is confirmed.
        case stopped(drained: Bool)
        case failed(ChunkCopyError)
    }

    let limits: ChunkLimits
    /// The bytes of one sub-batch.
    let cut: Int
    private(set) var ledger = ChunkLedger()
    private(set) var window: CreditWindow
    private(set) var counters = PumpCounters()
    private(set) var end: End?
    /// The offset of the source that comes next; `nil` until a first chunk, where nothing was copied yet.
    private(set) var next: UInt64?
    /// What the source left out before this offset was looked into, and is known where it has to be.
    private var passed: UInt64
    /// Offsets that were left out and are being looked into, and what came behind them.
    private(set) var hole: Range<UInt64>?
    private var held: [Chunk] = []
    /// Whether the source has nothing yet that was not copied, so that whatever comes is new.
    private var isAtEnd: Bool
    /// No message before this offset is wanted.
    private let least: UInt64
    private var isStopping = false
    private var rate: RateTokens?
    private var byteRate: RateTokens?
    private var lastProgress: NIODeadline

    /// - Parameters:
    ///   - sequence: the destination's: the offset of the source to go on at; 0 where nothing was copied yet.
    ///   - isWhole: whether all that the source ever had is wanted, so that what is gone before it is first copied is missing.
    ///   - isAtEnd: whether all that the source has was copied.
    ///   - least: no message before this offset is wanted.
    ///   - passed: what the source left out before this offset was looked into.
    ///   - credited: how many chunks the source may send already.
    init(
        sequence: UInt64,
        isWhole: Bool = false,
        isAtEnd: Bool = false,
        least: UInt64 = 0,
        passed: UInt64 = 0,
        limits: ChunkLimits,
        cut: Int,
        credited: Int,
        now: NIODeadline
    ) {
        self.isAtEnd = isAtEnd
        self.least = least
        self.passed = passed
        self.limits = limits
        self.cut = cut
        window = CreditWindow(limits.credit, outstanding: credited, now: now)
        next = sequence == 0 && !isWhole ? nil : sequence
        rate = limits.rate.map { RateTokens(rate: $0, now: now) }
        byteRate = limits.byteRate.map { RateTokens(rate: $0, now: now) }
        lastProgress = now
    }

    /// The offset of the source before which the destination has all; `nil` where nothing was copied yet.
    var copied: UInt64? { ledger.firstOffset ?? next }

    // MARK: What comes

    /// Takes a chunk.
    ///
    /// - Returns: what to publish of it, in this order.
    mutating func received(_ chunk: Chunk, now: NIODeadline) -> [PublishEntry] {
        guard end == nil else { return [] }
        window.received(bytes: chunk.data.readableBytes, now: now)
        return take(chunk, now: now)
    }

    private mutating func take(_ chunk: Chunk, now: NIODeadline) -> [PublishEntry] {
        guard end == nil, !isStopping, chunk.kind == .user else { return [] }
        if hole != nil {
            held.append(chunk)
            return []
        }
        do throws(ChunkError) {
            let expected = next ?? chunk.firstOffset
            // A broker that is asked for an offset behind the end of a stream begins at its end.
            guard next == nil || chunk.nextOffset > expected, !isAtEnd || chunk.firstOffset >= expected else {
                fail(.sourceShortened(copied: expected, end: chunk.firstOffset))
                return []
            }
            isAtEnd = false
            return try entries(of: chunk, expected, now: now)
        } catch {
            fail(.chunk(error, offset: chunk.firstOffset))
            return []
        }
    }

    private mutating func entries(
        of chunk: Chunk,
        _ expected: UInt64,
        now: NIODeadline
    ) throws(ChunkError) -> [PublishEntry] {
        if let found = newHole(before: chunk.firstOffset, expected) {
            // Where to go on is kept with what is published: nothing behind it is, before it is told of.
            hole = found
            held = [chunk]
            return []
        }
        let wanted = max(expected, chunk.firstOffset, least)
        next = max(expected, chunk.nextOffset)
        var runs = ChunkRuns(chunk, maximumBytes: cut)
        var entries: [PublishEntry] = []
        while let run = try runs.next() {
            if run.lastOffset < wanted { continue }
            if run.firstOffset < wanted {
                try append(run, from: wanted, to: &entries, now)
            } else {
                note(run.lastOffset &+ 1, run.recordCount, run.subBatch.bytes.readableBytes, now)
                entries.append(PublishEntry(run.lastOffset &+ 1, subBatch: run.subBatch))
            }
        }
        return entries
    }

    /// A run of which a part was copied, as where messages were once copied one by one.
    private mutating func append(
        _ run: ChunkRun,
        from wanted: UInt64,
        to entries: inout [PublishEntry],
        _ now: NIODeadline
    ) throws(ChunkError) {
        var offset = run.firstOffset
        var messages = try run.subBatch.messages()
        while let message = try messages.next() {
            if offset >= wanted {
                note(offset &+ 1, 1, message.readableBytes, now)
                entries.append(PublishEntry(offset &+ 1, message: message))
            }
            offset &+= 1
        }
    }

    private mutating func note(_ id: UInt64, _ records: Int, _ bytes: Int, _ now: NIODeadline) {
        if ledger.isEmpty { lastProgress = now }
        ledger.published(id, records: records, bytes: bytes)
        rate?.spend(records)
        byteRate?.spend(bytes)
        counters.received += UInt64(records)
        counters.published += UInt64(records)
        counters.bytes += UInt64(bytes)
    }

    /// Offsets that the source left out, by what its brokers put into it for themselves, or because retention has removed
    /// messages. A segment begins with what consumers stored, which takes an offset: where one was removed, two are missing
    /// at least.
    private func newHole(before offset: UInt64, _ expected: UInt64) -> Range<UInt64>? {
        let known = max(expected, passed)
        guard next != nil, offset > known, offset - known > 1 else { return nil }
        return known..<offset
    }

    /// What was left out was looked into, and told of where it is missing.
    ///
    /// - Returns: what to publish of what came behind it.
    mutating func passHole(now: NIODeadline) -> [PublishEntry] {
        guard let passing = hole, end == nil else { return [] }
        passed = passing.upperBound
        hole = nil
        let waiting = held
        held = []
        var entries: [PublishEntry] = []
        // They were counted when they came. Another hole may be among them.
        for chunk in waiting { entries += take(chunk, now: now) }
        return entries
    }

    /// The destination has what was published under these ids.
    mutating func confirmed(_ ids: some Sequence<UInt64>, now: NIODeadline) {
        for id in ids { counters.confirmed += UInt64(ledger.confirmed(id)) }
        lastProgress = now
        concludeIfDrained()
    }

    mutating func refused(_ refusals: [PublishRefusal]) {
        guard let first = refusals.first else { return }
        counters.refused += UInt64(refusals.count)
        fail(.refused(first.code, offset: first.publishingID &- 1))
    }

    mutating func measured(roundTrip: TimeAmount) { window.measured(roundTrip: roundTrip) }

    // MARK: What to do

    /// How many chunks to let the source send now; they count as granted.
    mutating func takeCredit(now: NIODeadline) -> Int {
        guard end == nil, !isStopping, hole == nil, rate?.allows(now: now) ?? true, byteRate?.allows(now: now) ?? true
        else {
            return 0
        }
        return window.grant(room: limits.inFlightBytes - ledger.bytes)
    }

    /// What keeps it from publishing more at the moment.
    func blockers(now: NIODeadline) -> [PumpBlocker] {
        var (rate, byteRate) = (rate, byteRate)
        if rate?.allows(now: now) == false || byteRate?.allows(now: now) == false { return [.rate] }
        if ledger.isEmpty { return [.nothingToDo] }
        return ledger.bytes >= limits.inFlightBytes ? [.window] : [.confirms]
    }

    mutating func noteFlush() { counters.flushes += 1 }

    /// Publishes nothing more, and ends once what was published is confirmed.
    mutating func stop() {
        isStopping = true
        concludeIfDrained()
    }

    /// Ends it although something is not confirmed.
    mutating func endNow() {
        if end == nil { end = .stopped(drained: ledger.isEmpty) }
    }

    mutating func fail(_ error: ChunkCopyError) {
        if end == nil { end = .failed(error) }
    }

    /// Gives the session up if it has work and makes no progress.
    mutating func watch(now: NIODeadline) {
        guard !ledger.isEmpty, now - lastProgress > TimeAmount(limits.stallTimeout) else { return }
        fail(.stalled(after: limits.stallTimeout))
    }

    private mutating func concludeIfDrained() {
        if isStopping, end == nil, ledger.isEmpty { end = .stopped(drained: true) }
    }
}
