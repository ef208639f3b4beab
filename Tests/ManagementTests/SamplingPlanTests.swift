import Testing

@testable import Management

@Suite("What to ask a site next")
struct SamplingPlanTests {
    private let start = ContinuousClock.Instant.now

    /// Walks a plan through time; each request takes `latency`.
    private func walk(
        _ plan: inout SamplingPlan,
        for time: Duration,
        latency: Duration = .milliseconds(50),
        pages: Int = 1,
        fails: (SamplingPlan.Request) -> Bool = { _ in false }
    ) -> [(at: Duration, request: SamplingPlan.Request)] {
        var now = start
        var asked: [(at: Duration, request: SamplingPlan.Request)] = []
        while now - start < time {
            switch plan.next(at: now) {
            case .ask(let request):
                asked.append((now - start, request))
                #expect(plan.next(at: now) == .waitForAnswer)
                now += latency
                if fails(request) { plan.failed(at: now) } else { plan.answered(pageCount: pages) }
            case .wait(let until):
                #expect(until > now)
                now = until
            case .waitForAnswer:
                Issue.record("the answer was told")
            }
        }
        return asked
    }

    @Test("given a thousand queues, then a round asks for the totals first, and never twice within a second")
    func round() {
        var plan = SamplingPlan(metricsEndpoints: 2)
        let asked = walk(&plan, for: .seconds(60), pages: 2)
        #expect(
            asked.prefix(7).map(\.request) == [
                .queues(page: 1), .queues(page: 2), .consumers, .channels(page: 1), .channels(page: 2),
                .metrics(endpoint: 0), .metrics(endpoint: 1),
            ]
        )
        #expect(zip(asked, asked.dropFirst()).allSatisfy { $1.at - $0.at >= .seconds(1) })
        #expect(asked.filter { $0.request == .queues(page: 1) }.map(\.at) == (0..<6).map { .seconds(10 * $0) })
        #expect(asked.count == 42 && plan.rounds == 6)
    }

    @Test("given quorum queues, then what is left of a round goes to each in turn, once a round at most")
    func quorum() {
        var plan = SamplingPlan()
        plan.setQuorumQueues(["a", "b"])
        let few = walk(&plan, for: .seconds(10))
        #expect(
            few.map(\.request) == [
                .queues(page: 1), .consumers, .channels(page: 1), .raftMembers(queue: "a"), .raftMembers(queue: "b"),
            ]
        )
        var many = SamplingPlan()
        many.setQuorumQueues((0..<20).map { "q\($0)" })
        let asked = walk(&many, for: .seconds(30)).compactMap { item -> String? in
            if case .raftMembers(let queue) = item.request { queue } else { nil }
        }
        // Seven in each round.
        #expect(asked == (0..<21).map { "q\($0 % 20)" })
    }

    @Test("given other quorum queues, then the new ones come first, and those that stay keep their turn")
    func changes() {
        var plan = SamplingPlan()
        plan.setQuorumQueues(["a", "b", "c"])
        _ = walk(&plan, for: .milliseconds(3_500))
        plan.setQuorumQueues(["d", "c", "a"])
        #expect(plan.next(at: start + .seconds(4)) == .ask(.raftMembers(queue: "d")))
        plan.answered()
        #expect(plan.next(at: start + .seconds(5)) == .ask(.raftMembers(queue: "c")))
        plan.answered()
        plan.setQuorumQueues([])
        #expect(plan.next(at: start + .seconds(6)) == .wait(until: start + .seconds(10)))
    }

    @Test(
        "given so many queues that a round takes longer than its time, then the next follows, with one quorum queue between"
    )
    func long() {
        var plan = SamplingPlan()
        plan.setQuorumQueues(["a", "b"])
        let asked = walk(&plan, for: .seconds(48), pages: 10)
        #expect(asked.count == 48)
        #expect(asked.filter { $0.request == .queues(page: 1) }.map(\.at) == [.zero, .seconds(22), .seconds(44)])
        #expect(asked[21].request == .raftMembers(queue: "a") && asked[43].request == .raftMembers(queue: "b"))
    }

    @Test("given more pages than there can be, then no more than the bound are asked for")
    func bounded() {
        var plan = SamplingPlan()
        _ = plan.next(at: start)
        plan.answered(pageCount: .max)
        let asked = walk(&plan, for: .seconds(400), pages: 0)
        let pages = asked.compactMap { item -> Int? in
            if case .queues(let page) = item.request { page } else { nil }
        }
        #expect(pages.prefix(SamplingPlan.mostPages - 1).elementsEqual(2...SamplingPlan.mostPages))
        #expect(asked[SamplingPlan.mostPages - 1].request == .consumers)
    }

    @Test("given a site that does not answer, then it is asked less and less, and as before once it answers")
    func failing() {
        var plan = SamplingPlan()
        plan.setQuorumQueues(["a"])
        let asked = walk(&plan, for: .seconds(150), fails: { _ in true })
        #expect(asked.allSatisfy { $0.request == .queues(page: 1) })
        let gaps = zip(asked, asked.dropFirst()).map { $1.at - $0.at - .milliseconds(50) }
        #expect(gaps.prefix(6) == [.seconds(2), .seconds(4), .seconds(8), .seconds(16), .seconds(32), .seconds(60)])
        #expect(plan.rounds == 0)
        var now = start + .seconds(400)
        guard case .ask = plan.next(at: now) else {
            Issue.record("it is time")
            return
        }
        plan.answered()
        now += .seconds(1)
        #expect(plan.next(at: now) == .ask(.consumers))
    }

    @Test("given a Prometheus endpoint that does not answer, then the round goes on, and it is left out for some")
    func metricsFailing() {
        var plan = SamplingPlan(metricsEndpoints: 2)
        let asked = walk(&plan, for: .seconds(100), fails: { $0 == .metrics(endpoint: 0) })
        let times: (Int) -> [Duration] = { index in
            asked.filter { $0.request == .metrics(endpoint: index) }.map { .seconds($0.at.components.seconds / 10) }
        }
        // In rounds 0, 3 and 8.
        #expect(times(0) == [.seconds(0), .seconds(3), .seconds(8)])
        #expect(times(1).count == 10 && plan.rounds == 10)
    }
}
