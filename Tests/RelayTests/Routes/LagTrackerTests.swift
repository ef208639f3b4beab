import Testing

@testable import Relay

@Suite("The lag of a route")
struct LagTrackerTests {
    /// Messages that are captured one each so many milliseconds, and a relay that has them after a while.
    private struct Flow {
        var tracker = LagTracker()
        let start = ContinuousClock.now
        /// Milliseconds from one message to the next.
        var spacing = 10.0
        /// Milliseconds that a message is on its way to the relay, and that the store takes to confirm it.
        var transit = 0.0
        var confirm = 0.0
        /// When the relay stops taking messages, in milliseconds; what it has then is confirmed.
        var stops = Double.infinity
        /// Messages that are captured before the first.
        var backlog = 0

        private func count(until time: Double) -> Int { time < 0 ? 0 : Int(time / spacing) + 1 }

        private func relayed(at time: Double, delay: Double) -> Int { count(until: min(time, stops) - delay) }

        func progress(at time: Double) -> LagTracker.Progress {
            let received = relayed(at: time, delay: transit)
            let settled = relayed(at: time, delay: transit + confirm)
            let oldest = received > settled ? time - (Double(settled) * spacing + transit) : nil
            return LagTracker.Progress(
                settled: UInt64(settled),
                unsettled: received - settled,
                received: UInt64(received),
                oldest: oldest.map { .milliseconds($0) },
                own: 0
            )
        }

        /// What is so at a time, in milliseconds.
        mutating func sample(at time: Double) {
            let asked = time - transit
            let ready = stops < asked ? count(until: asked) - count(until: stops - transit) : 0
            tracker.sample(
                at: start + .milliseconds(time),
                roundTrip: .milliseconds(2 * transit),
                waiting: ready + backlog,
                progress(at: time)
            )
        }

        func lag(at time: Double, isWayOpen: Bool = true) -> RouteLag {
            tracker.lag(at: start + .milliseconds(time), progress(at: time), isWayOpen: isWayOpen)
        }
    }

    private func expect(_ lag: RouteLag, _ seconds: Double, messages: Int? = nil, at time: Double) {
        #expect(lag.isKnown, "\(time)")
        let error = abs((lag.seconds ?? .infinity) - seconds)
        #expect(error <= max(0.05, seconds / 10), "at \(time) ms: \(lag) and not \(seconds) s")
        if let messages {
            let error = abs((lag.messages ?? .max / 2) - messages)
            #expect(Double(error) <= max(3, Double(messages) / 10), "at \(time) ms: \(lag) and not \(messages)")
        }
    }

    @Test(
        "is what the store takes to confirm, at any moment between two samples",
        arguments: [5.0, 100, 700, 2_000, 30_000]
    )
    func slowStore(confirm: Double) {
        var flow = Flow(confirm: confirm)
        flow.sample(at: -500)
        for second in 0..<50 {
            flow.sample(at: Double(second) * 1000 + 500)
            guard Double(second) * 1000 > confirm + 1000 else { continue }
            for step in stride(from: 3.0, to: 1000, by: 97) {
                let time = Double(second) * 1000 + 500 + step
                expect(flow.lag(at: time), confirm / 1000, messages: Int(confirm / 10), at: time)
            }
        }
    }

    @Test("is what the way to the relay takes, though what is on it is seen by nobody", arguments: [50.0, 100, 2_000])
    func slowWay(transit: Double) {
        var flow = Flow(transit: transit)
        var time = -500.0
        while time < 30_000 {
            flow.sample(at: time)
            if time > transit + 5000 {
                expect(flow.lag(at: time + 300), transit / 1000, messages: Int(transit / 10), at: time)
            }
            time += max(1000, transit * 2)
        }
    }

    @Test("grows with the time where the relay stands still")
    func stopped() {
        var flow = Flow(confirm: 20, stops: 5_250)
        for second in 0..<45 {
            let time = Double(second) * 1000 - 500
            flow.sample(at: time)
            guard time > 7_000 else { continue }
            for step in [10.0, 400, 900] {
                expect(flow.lag(at: time + step), (time + step - 5_230) / 1000, at: time + step)
            }
        }
    }

    @Test("is 0 where nothing is captured, and unknown where that can't be relied on")
    func quiet() {
        var flow = Flow(spacing: 1e12)
        for second in 0..<5 { flow.sample(at: Double(second) * 1000 - 10_000) }
        let lag = flow.lag(at: -5_500)
        #expect(lag == RouteLag(messages: 0, seconds: 0, isKnown: true))
        #expect(flow.lag(at: -5_500, isWayOpen: false).isKnown == false)
    }

    @Test("is unknown before the first sample, and with one that is too old, which it keeps")
    func old() {
        var flow = Flow(confirm: 500)
        #expect(flow.lag(at: 0) == RouteLag(messages: nil, seconds: nil, isKnown: false))
        for second in 0..<4 { flow.sample(at: Double(second) * 1000 - 500) }
        expect(flow.lag(at: 7_400), 0.5, at: 7_400)
        let old = flow.lag(at: 7_600)
        #expect(!old.isKnown)
        #expect(abs((old.seconds ?? 0) - 0.5) < 0.05)
    }

    @Test("is unknown at once where the capture can't be asked any more, until it was asked again")
    func blind() {
        var flow = Flow(confirm: 500)
        for second in 0..<4 { flow.sample(at: Double(second) * 1000 - 500) }
        flow.tracker.lose()
        #expect(!flow.lag(at: 2_600).isKnown)
        flow.sample(at: 3_500)
        #expect(flow.lag(at: 3_600).isKnown)
    }

    @Test("is no 0 where messages flowed and it was not looked for a while")
    func flowing() {
        var flow = Flow()
        for second in 0..<4 { flow.sample(at: Double(second) * 1000 - 500) }
        #expect(flow.lag(at: 4_900) == RouteLag(messages: 0, seconds: 0, isKnown: true))
        #expect(!flow.lag(at: 5_100).isKnown)
    }

    @Test("has no age while the oldest is from before the first look")
    func backlog() {
        var flow = Flow(stops: -1, backlog: 500)
        flow.sample(at: -500)
        flow.sample(at: 500)
        let lag = flow.lag(at: 600)
        #expect(lag.messages ?? 0 >= 500)
        #expect(lag.seconds == nil)
        #expect(!lag.isKnown)
    }

    @Test("does not count what is Ropeway's own")
    func own() {
        var tracker = LagTracker()
        let progress = LagTracker.Progress(settled: 7, unsettled: 0, received: 7, oldest: nil, own: 2)
        tracker.sample(at: .now, roundTrip: .zero, waiting: 2, progress)
        #expect(tracker.lag(at: .now, progress) == RouteLag(messages: 0, seconds: 0, isKnown: true))
        tracker.sample(at: .now, roundTrip: .zero, waiting: 3, progress)
        #expect(tracker.lag(at: .now, progress).messages == 1)
    }

    @Test("Given what the broker has sent and the relay has no room for, then the lag is not known")
    func unread() {
        var tracker = LagTracker()
        let start = ContinuousClock.now
        var progress = LagTracker.Progress(settled: 5, unsettled: 7, received: 12, oldest: .seconds(2), own: 0)
        let before = LagTracker.Progress(settled: 5, unsettled: 0, received: 5, oldest: nil, own: 0)
        tracker.sample(at: start - .seconds(3), roundTrip: .milliseconds(1), waiting: 0, before)
        tracker.sample(at: start, roundTrip: .milliseconds(1), waiting: 0, progress)
        #expect(tracker.lag(at: start, progress).isKnown)
        progress.leavesUnread = true
        let lag = tracker.lag(at: start, progress)
        #expect(!lag.isKnown && lag.messages == 7)
    }
}
