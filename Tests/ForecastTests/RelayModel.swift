import Forecast
import SeededRandomness

/// A capture, its relay and its store under a random load, in steps of 20 ms, until the site is lost: what a forecast is
/// told, and what really was lost.
struct RelayModel {
    static let step: Int64 = 20
    static let window = 4096

    private var random: SeededGenerator
    /// By index of the message: captured, sent by the broker, given to the relay, published, confirmed, acknowledged.
    private var captured = 0
    private var sent: [Int] = [0]
    private var received = 0
    private var published: [Int] = [0]
    private var confirmed = 0
    /// What the store has.
    private var stored = 0
    /// The highest index that was ever sent.
    private var highestSent = 0
    private var figures = RelayFigures()
    private var evidence = CaptureEvidence()
    private var bucket = 0
    private var surge = 0
    private var now: Int64 = 0

    // The load, and how things are.
    private let perSecond: Double
    private let batch: Int
    private let batchEvery: Int64
    private let toRelay: Int
    private let toStore: Int
    private let storeRate: Double
    private let lossEvery: Double
    private var downUntil: Int64 = 0
    private var requeuedAt: Int64 = 0
    private var nextLook: Int64 = 1_000

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        let rates: [Double] = [0, 2, 20, 100, 400, 1_500]
        perSecond = rates.randomElement(using: &random) ?? 0
        batch = Int.random(in: 0..<10, using: &random) < 2 ? Int.random(in: 20...800, using: &random) : 0
        batchEvery = Int64.random(in: 500...5_000, using: &random)
        toRelay = Int.random(in: 1...4, using: &random)
        toStore = Int.random(in: 1...4, using: &random)
        let isSlow = Int.random(in: 0..<10, using: &random) == 0
        storeRate = isSlow ? (perSecond + 50) * Double.random(in: 0.3...1, using: &random) : 20_000
        lossEvery = Int.random(in: 0..<10, using: &random) == 0 ? 4 : .infinity
    }

    private var isUp: Bool { now >= downUntil }

    /// One run until a random instant.
    ///
    /// - Returns: what the forecast says, and what was lost.
    mutating func run() -> (verdict: UnrelayedForecast.Verdict, lost: Int) {
        figures.runs = 1
        figures.isRunning = true
        let end = Int64.random(in: 5_000...12_000, using: &random)
        while now < end { advance() }
        // What was published before reaches the store, whatever becomes of the site.
        if isUp { stored = max(stored, published[published.count - 1]) }
        let lost = captured - stored
        let isLive = Int.random(in: 0..<4, using: &random) == 0
        if !isLive { lose() }
        return (forecast(), lost)
    }

    /// The site answers no more, by a reset of its connections or without a word.
    private mutating func lose() {
        let isSilent = Int.random(in: 0..<5, using: &random) == 0
        let until = now + (isSilent ? Int64.random(in: 5_000...20_000, using: &random) : 20)
        if figures.isRunning {
            figures.leftUnsettled = received - confirmed
            figures.isRunning = false
            figures.ranUntil = until
            figures.unsettled = 0
        }
        now = until + Int64.random(in: 3_000...60_000, using: &random)
    }

    private func forecast() -> UnrelayedForecast.Verdict {
        UnrelayedForecast(evidence: evidence, relay: present, surge: surge, now: now).verdict
    }

    private var present: RelayFigures {
        var present = figures
        present.unsettled = figures.isRunning ? received - confirmed : 0
        present.holdsBack = figures.isRunning && received - published[published.count - 1] > 500
        return present
    }

    private mutating func advance() {
        now += Self.step
        arrive()
        if figures.isRunning, Double.random(in: 0..<1, using: &random) < Double(Self.step) / 1000 / lossEvery {
            breakOff()
        }
        if !figures.isRunning, isUp { begin() }
        relay()
        if now >= nextLook { look() }
    }

    private mutating func arrive() {
        let mean = perSecond * Double(Self.step) / 1000
        // Close enough to a Poisson process: two tosses.
        let first = Double.random(in: 0...2, using: &random) * mean
        let whole = Int(first)
        captured += whole + (Double.random(in: 0..<1, using: &random) < first - Double(whole) ? 1 : 0)
        if batch > 0, now % batchEvery < Self.step { captured += batch }
    }

    private mutating func breakOff() {
        stored = max(stored, published[published.count - 1])
        figures.leftUnsettled = received - confirmed
        figures.isRunning = false
        figures.ranUntil = now
        downUntil = now + Int64.random(in: 100...4_000, using: &random)
        requeuedAt = now + (Bool.random(using: &random) ? 0 : Int64.random(in: 0...3_000, using: &random))
    }

    private mutating func begin() {
        guard now >= requeuedAt else { return }
        figures.isRunning = true
        figures.ranUntil = nil
        figures.runs += 1
        sent = [confirmed]
        received = confirmed
        published = [confirmed]
    }

    private mutating func relay() {
        guard figures.isRunning else { return }
        sent.append(min(captured, confirmed + Self.window))
        let given = sent.count > toRelay ? sent[sent.count - 1 - toRelay] : received
        if given > received {
            figures.received += UInt64(given - received)
            figures.redelivered += UInt64(max(0, min(given, highestSent) - received))
            bucket += given - received
            figures.lastReceived = now - now % 100
        }
        highestSent = max(highestSent, given)
        received = max(received, given)
        let room = Int(storeRate * Double(Self.step) / 1000)
        published.append(min(received, published[published.count - 1] + max(1, room)))
        let now = published.count > toStore ? published[published.count - 1 - toStore] : confirmed
        if now > confirmed {
            figures.settled += UInt64(now - confirmed)
            confirmed = now
            stored = max(stored, confirmed)
        }
        if self.now % 100 == 0 {
            surge = max(surge, bucket)
            bucket = 0
        }
    }

    private mutating func look() {
        let before = present
        let ready =
            figures.isRunning
            ? captured - sent[sent.count - 1] : now >= requeuedAt ? captured - confirmed : captured - highestSent
        evidence.note(
            CaptureLook(asked: now - Self.step, answered: now, ready: max(0, ready), before: before, after: present)
        )
        nextLook = now + 1_000 + Int64.random(in: 0...5, using: &random) * Self.step
    }
}
