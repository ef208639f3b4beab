import Transport

/// Messages a second over the last seconds, from two growing counters.
struct RateMeter {
    private struct Sample {
        let time: ContinuousClock.Instant
        let received: UInt64
        let confirmed: UInt64
    }

    private static let window = Duration.seconds(5)
    private var samples: [Sample] = []

    mutating func sample(at time: ContinuousClock.Instant, in received: UInt64, out confirmed: UInt64) {
        samples.append(Sample(time: time, received: received, confirmed: confirmed))
        while samples.count > 2, time - samples[1].time >= Self.window { samples.removeFirst() }
    }

    func rateIn(at now: ContinuousClock.Instant) -> Double? { rate(at: now) { $0.received } }
    func rateOut(at now: ContinuousClock.Instant) -> Double? { rate(at: now) { $0.confirmed } }

    /// `nil` where nothing was sampled lately: a rate of then is none of now.
    private func rate(at now: ContinuousClock.Instant, _ count: (Sample) -> UInt64) -> Double? {
        guard let first = samples.first, let last = samples.last, now - last.time <= Self.window else { return nil }
        let seconds = (last.time - first.time) / .seconds(1)
        guard seconds > 0 else { return nil }
        return Double(count(last) &- count(first)) / seconds
    }
}
