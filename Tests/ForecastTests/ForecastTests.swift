import Forecast
import Testing

@Suite("A forecast")
struct ForecastTests {
    @Test("of a capture that nobody looked at knows nothing, and says so")
    func nothing() {
        let verdict = UnrelayedForecast(evidence: CaptureEvidence(), relay: RelayFigures(), surge: nil, now: 0).verdict
        #expect(verdict.estimate.low == nil && verdict.estimate.high == nil)
        #expect(verdict.estimate.highReason == "the capture was not looked at yet")
    }

    @Test("of a stopped relay is what waits, and what came after the last look; it stays so once the site is lost")
    func stopped() {
        // Given a relay that stands still while ten messages a second come, to 50,000 that wait
        var evidence = CaptureEvidence()
        for second in 1...20 {
            evidence.note(look(at: second, ready: 50_000 + 10 * second))
        }
        // When the site is lost, and a minute or an hour passes
        let early = forecast(evidence, at: 80_000)
        let late = forecast(evidence, at: 3_600_000)
        // Then all that waited is lost for certain, and little more can be
        #expect(early.estimate.low == 50_200)
        #expect((50_200...50_260).contains(early.estimate.high ?? 0))
        #expect(late == early)
        #expect(early.linkLost == 20_000 && early.age == 0 && !early.isLive)
    }

    @Test("of a relay that keeps up is what it has in hand, and what may be on its way")
    func keepsUp() {
        // Given a relay that is given 100 messages a second and confirms them at once
        var evidence = CaptureEvidence()
        for second in 1...20 {
            let relay = running(received: 100 * second, settled: 100 * second)
            evidence.note(CaptureLook(asked: at(second), answered: at(second), ready: 0, before: relay, after: relay))
        }
        // When 50 came since, of which 3 are not confirmed
        let now = running(received: 2_050, settled: 2_047)
        let verdict = UnrelayedForecast(evidence: evidence, relay: now, surge: 12, now: 20_500).verdict
        // Then nothing need be lost, and at most these and what comes in a tenth of a second
        #expect(verdict.isLive && verdict.estimate.low == 0)
        #expect((3...40).contains(verdict.estimate.high ?? 0), "\(verdict)")
    }

    @Test("of nothing that comes is nothing")
    func quiet() {
        var evidence = CaptureEvidence()
        for second in 1...20 { evidence.note(look(at: second, ready: 0)) }
        let verdict = forecast(evidence, at: 20_100)
        #expect(verdict.estimate.low == 0 && verdict.estimate.high == 0)
    }

    @Test("of a capture in which nothing but Ropeway's own canaries lies is no more than these")
    func canaries() {
        var evidence = CaptureEvidence()
        for second in 1...20 {
            var look = look(at: second, ready: second % 2)
            look.own = second % 2
            evidence.note(look)
        }
        let verdict = forecast(evidence, at: 20_100)
        #expect(verdict.estimate.low == 0 && verdict.estimate.high == 0)
    }

    @Test("of what was delivered twice counts nothing as stored twice")
    func redelivered() {
        // Given a run that ended with 300 in hand, all of which the store had
        var evidence = CaptureEvidence()
        for second in 1...10 {
            var relay = running(received: 1_000, settled: 700)
            relay.isRunning = false
            relay.unsettled = 0
            relay.leftUnsettled = 300
            evidence.note(CaptureLook(asked: at(second), answered: at(second), ready: 800, before: relay, after: relay))
        }
        // When the next run is given these 300 again
        var now = running(received: 1_300, settled: 1_000)
        now.redelivered = 300
        now.runs = 2
        let verdict = UnrelayedForecast(evidence: evidence, relay: now, surge: nil, now: 10_100).verdict
        // Then the 500 behind them are not taken for stored
        #expect((500...1_200).contains(verdict.estimate.high ?? 0), "\(verdict)")
    }

    @Test("of what the store has no more is not known where nobody looks, unless the store has everything")
    func unretained() {
        #expect(UnretainedForecast(queues: nil, unseen: "nobody looks", isWhole: true).estimate.high == 0)
        let unseen = UnretainedForecast(queues: nil, unseen: "nobody looks", isWhole: false).estimate
        #expect(unseen.low == 0 && unseen.high == nil && unseen.highReason == "nobody looks")
        let queues: [UnretainedForecast.Queue] = [
            .init(name: "a", outlived: 0, held: nil), .init(name: "b", outlived: nil, held: 12),
            .init(name: "c", outlived: 900, held: 4),
        ]
        let bounded = UnretainedForecast(queues: queues, unseen: "", isWhole: false).estimate
        #expect(bounded.low == 0 && bounded.high == 16)
        let unknown = UnretainedForecast(
            queues: queues + [.init(name: "d", outlived: nil, held: nil)],
            unseen: "",
            isWhole: false
        ).estimate
        #expect(unknown.high == nil && unknown.highReason.contains("queue 'd'"))
    }

    @Test("of repeats lies between what was certainly consumed and all that is replayed")
    func repeats() {
        let queues: [RepeatsForecast.Queue] = [
            .init(name: "a", most: 1_000, isAll: false, settled: 900, held: 780),
            .init(name: "b", most: 300, isAll: true),
        ]
        let estimate = RepeatsForecast(queues: queues, unseen: "", slack: 5).estimate
        #expect(estimate.low == 120 && estimate.high == 1_310)
        #expect(estimate.highReason.contains("nothing is proved of queue 'b'"))
        #expect(RepeatsForecast(queues: nil, unseen: "nobody looks").estimate.high == nil)
        let open = RepeatsForecast(queues: [.init(name: "a", most: nil, isAll: true)], unseen: "").estimate
        #expect(open.low == 0 && open.high == nil)
    }

    @Test("that is unknown, above a bound or of old evidence goes beyond a budget")
    func budget() {
        let budget = LossBudget(messages: 100, seconds: 5, evidenceAge: 30)
        func figures(_ messages: Int?, _ seconds: Double? = 1, _ age: Double? = 1) -> LossBudget.Figures {
            .init(messages: messages, seconds: seconds, evidenceAge: age, reason: "no evidence")
        }
        #expect(budget.objections(to: figures(100)).isEmpty)
        #expect(budget.objections(to: figures(101)) == ["up to 101 messages may be lost, and loss-messages is 100"])
        #expect(budget.objections(to: figures(0, 6)).count == 1)
        #expect(budget.objections(to: figures(0, 0, 31)).count == 1)
        #expect(budget.objections(to: figures(nil, nil, nil)).count == 3)
        #expect(LossBudget().objections(to: figures(nil, nil, nil)).isEmpty)
        #expect(LossBudget.Consent.upTo(101).covers(figures(101)) && !LossBudget.Consent.upTo(100).covers(figures(101)))
        #expect(!LossBudget.Consent.upTo(1_000_000).covers(figures(nil)) && LossBudget.Consent.any.covers(figures(nil)))
    }

    private func at(_ second: Int) -> Int64 { Int64(second) * 1_000 }

    private func running(received: Int, settled: Int) -> RelayFigures {
        RelayFigures(
            received: UInt64(received),
            settled: UInt64(settled),
            unsettled: received - settled,
            runs: 1,
            isRunning: true
        )
    }

    private func look(at second: Int, ready: Int) -> CaptureLook {
        let relay = RelayFigures()
        return CaptureLook(asked: at(second), answered: at(second), ready: ready, before: relay, after: relay)
    }

    private func forecast(_ evidence: CaptureEvidence, at now: Int64) -> UnrelayedForecast.Verdict {
        UnrelayedForecast(evidence: evidence, relay: RelayFigures(), surge: nil, now: now).verdict
    }
}
