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

    /// What a round without single queues and metrics asks for.
    private let lists: [SamplingPlan.Request] = [
        .queues(page: 1), .channels, .connections, .consumers, .exchanges, .bindings, .nodes,
    ]

    @Test("given a thousand queues, then a round asks for the totals first, and never twice within a second")
    func round() {
        var plan = SamplingPlan(metricsEndpoints: 2)
        let asked = walk(&plan, for: .seconds(61), pages: 2)
        #expect(
            asked.prefix(11).map(\.request) == [.overview, lists[0], .queues(page: 2)] + lists.dropFirst() + [
                .metrics(endpoint: 0), .metrics(endpoint: 1),
            ]
        )
        #expect(zip(asked, asked.dropFirst()).allSatisfy { $1.at - $0.at >= .seconds(1) })
        #expect(
            asked.filter { $0.request == .queues(page: 1) }.map(\.at) == [.seconds(1)]
                + (0..<5).map { .seconds(11 + 10 * $0) }
        )
        #expect(asked.count == 61 && plan.rounds == 6)
    }

    @Test("given many rounds, then the overview is asked for seldom, and policies where they matter")
    func seldom() {
        var plan = SamplingPlan()
        plan.needsPolicies = true
        let asked = walk(&plan, for: .seconds(590)).map(\.request)
        #expect(asked.filter { $0 == .overview }.count == 2)
        let policies = asked.indices.filter { asked[$0] == .policies }
        #expect(
            policies.count == 59 && policies.allSatisfy { asked[$0 - 1] == .exchanges && asked[$0 + 1] == .bindings }
        )
    }

    @Test("given single queues, then what is left of a round goes to each in turn, once a round at most")
    func singles() {
        var plan = SamplingPlan()
        plan.setSingles([.raftMembers(queue: "a"), .details(queue: "b")])
        let few = walk(&plan, for: .seconds(10))
        #expect(few.map(\.request) == [.overview] + lists + [.raftMembers(queue: "a"), .details(queue: "b")])
        var many = SamplingPlan()
        many.setSingles((0..<20).map { .raftMembers(queue: "q\($0)") })
        let asked = walk(&many, for: .seconds(40)).compactMap { item -> String? in
            if case .raftMembers(let queue) = item.request { queue } else { nil }
        }
        // Two in the first round, three in each other.
        #expect(asked == (0..<11).map { "q\($0 % 20)" })
    }

    @Test("given other single queues, then the new ones come first, and those that stay keep their turn")
    func changes() {
        var plan = SamplingPlan()
        func request(_ name: String) -> SamplingPlan.Request { .raftMembers(queue: name) }
        plan.setSingles(["a", "b", "c"].map(request))
        _ = walk(&plan, for: .milliseconds(8_500))
        plan.setSingles(["d", "c", "a"].map(request))
        #expect(plan.next(at: start + .seconds(9)) == .ask(request("d")))
        plan.answered()
        plan.setSingles([])
        #expect(plan.next(at: start + .milliseconds(9_900)) == .wait(until: start + .seconds(10)))
    }

    @Test(
        "given so many queues that a round takes longer than its time, then the next follows, with one single queue between"
    )
    func long() {
        var plan = SamplingPlan()
        plan.setSingles([.raftMembers(queue: "a"), .raftMembers(queue: "b")])
        let asked = walk(&plan, for: .seconds(48), pages: 12)
        #expect(asked.count == 48)
        #expect(asked.filter { $0.request == .queues(page: 1) }.map(\.at) == [.seconds(1), .seconds(21), .seconds(41)])
        #expect(asked[20].request == .raftMembers(queue: "a") && asked[40].request == .raftMembers(queue: "b"))
        // Between pages as well: a restart is to be noticed soon.
        let nodes = asked.indices.filter { asked[$0].request == .nodes }
        #expect(nodes.prefix(2) == [10, 19] && asked[11].request == .queues(page: 10))
    }

    @Test("given more pages than there can be, then no more than the bound are asked for")
    func bounded() {
        var plan = SamplingPlan()
        _ = plan.next(at: start)
        plan.answered()
        _ = plan.next(at: start + .seconds(1))
        plan.answered(pageCount: .max)
        let asked = walk(&plan, for: .seconds(400), pages: 0)
        let pages = asked.compactMap { item -> Int? in
            if case .queues(let page) = item.request { page } else { nil }
        }
        #expect(pages.prefix(SamplingPlan.mostPages - 1).elementsEqual(2...SamplingPlan.mostPages))
        #expect(pages[SamplingPlan.mostPages - 1] == 1)
    }

    @Test("given a site that does not answer, then it is asked less and less, and as before once it answers")
    func failing() {
        var plan = SamplingPlan()
        plan.setSingles([.raftMembers(queue: "a")])
        let asked = walk(&plan, for: .seconds(150), fails: { _ in true })
        #expect(asked.allSatisfy { $0.request == .overview })
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
        #expect(plan.next(at: now) == .ask(.queues(page: 1)))
    }

    @Test("given a Prometheus endpoint that does not answer, then the round goes on, and it is left out for some")
    func metricsFailing() {
        var plan = SamplingPlan(metricsEndpoints: 2)
        let asked = walk(&plan, for: .seconds(101), fails: { $0 == .metrics(endpoint: 0) })
        let times: (Int) -> [Duration] = { index in
            asked.filter { $0.request == .metrics(endpoint: index) }.map { .seconds($0.at.components.seconds / 10) }
        }
        // In rounds 0, 3 and 8.
        #expect(times(0) == [.seconds(0), .seconds(3), .seconds(8)])
        #expect(times(1).count == 10 && plan.rounds == 10)
    }
}
