import NIOCore

/// How many chunks the source may send ahead of what was received: enough for twice what the line holds, by the rate at
/// which chunks come and by the round trip, and no more than there is room for.
///
/// Without delay a small window is the faster one (seen on 3.10.8: 32 credits 172,000 to 206,000 messages a second, 1,000
/// credits 127,000).
struct CreditWindow: Sendable, Hashable {
    private let bounds: ClosedRange<Int>
    /// Chunks that the source may send at the moment.
    private(set) var outstanding = 0
    /// The shortest round trip that was measured; `nil` before.
    private var roundTrip: Double?
    /// Chunks received since ``since``.
    private var chunks = 0
    private var since: NIODeadline
    private var chunksPerSecond = 0.0
    private var meanBytes = 0.0

    private static let interval = TimeAmount.milliseconds(100)

    init(_ bounds: ClosedRange<Int>, outstanding: Int, now: NIODeadline) {
        self.bounds = bounds
        self.outstanding = outstanding
        since = now
    }

    /// How many chunks may be under way.
    var target: Int {
        let line = 2 * chunksPerSecond * (roundTrip ?? 0)
        return min(max(Int(min(line, 1e6)), bounds.lowerBound), bounds.upperBound)
    }

    mutating func measured(roundTrip: TimeAmount) {
        let seconds = Double(roundTrip.nanoseconds) / 1e9
        self.roundTrip = min(self.roundTrip ?? seconds, seconds)
    }

    mutating func received(bytes count: Int, now: NIODeadline) {
        outstanding -= 1
        chunks += 1
        meanBytes = meanBytes == 0 ? Double(count) : meanBytes * 0.9 + Double(count) * 0.1
        let passed = now - since
        guard passed >= Self.interval else { return }
        let rate = Double(chunks) / (Double(passed.nanoseconds) / 1e9)
        // What comes in a pause of the source says nothing of the line.
        chunksPerSecond = max(rate, chunksPerSecond * 0.9)
        (chunks, since) = (0, now)
    }

    /// How many chunks to let the source send now; they count as granted.
    ///
    /// - Parameter room: bytes that may still be held.
    mutating func grant(room: Int) -> Int {
        guard room > 0 else { return 0 }
        var wanted = 0
        if meanBytes > 0 { wanted = min(target, max(1, Int(min(Double(room) / meanBytes, 1e6)))) }
        // Few at a time cost more than they bring.
        let missing = wanted - outstanding
        guard missing > 0, outstanding == 0 || missing >= wanted / 4 || missing >= bounds.lowerBound else { return 0 }
        outstanding += missing
        return missing
    }
}
