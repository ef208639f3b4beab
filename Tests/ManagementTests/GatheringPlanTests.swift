import Testing

@testable import Management

@Suite("Questions about single objects that many ask at the same time")
struct GatheringPlanTests {
    private let start = ContinuousClock.now
    private let usual = GatheringPlan(mostSingles: 2, fewestListed: 3)

    @Test("are answered one by one while few ask")
    func few() {
        var plan = usual
        let admitted = (0..<3).map { _ in plan.admits(waiting: 0, at: start) }
        #expect(admitted == [true, true, false])
        var steps = [plan.next(waiting: 1, at: start)]
        plan.singleEnded()
        steps += [plan.next(waiting: 1, at: start), plan.next(waiting: 0, at: start)]
        #expect(steps == [.wait, .single, .wait])
    }

    @Test("wait behind those who wait already")
    func inTurn() {
        var plan = usual
        let isAdmitted = plan.admits(waiting: 1, at: start)
        #expect(!isAdmitted)
    }

    @Test("are answered by one list where many wait, and who comes meanwhile by the next")
    func many() {
        var plan = usual
        // What is being read may have been so before these asked.
        var steps = [plan.next(waiting: 3, at: start), plan.next(waiting: 5, at: start)]
        plan.listEnded(length: 4, at: start)
        steps.append(plan.next(waiting: 5, at: start))
        #expect(steps == [.list, .wait, .list])
    }

    @Test("are answered one by one beside a list that is being read, where few ask")
    func besides() {
        var plan = usual
        let steps = [plan.next(waiting: 3, at: start), plan.next(waiting: 2, at: start)]
        #expect(steps == [.list, .single])
    }

    @Test("wait a moment for others, for some time after many asked")
    func expecting() {
        var plan = usual
        let before = plan.expectsOthers(at: start)
        _ = plan.next(waiting: 3, at: start)
        let soon = start + .seconds(1)
        let late = start + GatheringPlan.habit
        #expect([before, plan.expectsOthers(at: soon), plan.expectsOthers(at: late)] == [false, true, false])
        let admitted = [plan.admits(waiting: 0, at: soon), plan.admits(waiting: 0, at: late)]
        #expect(admitted == [false, true])
    }

    @Test("are answered one by one where the list is much longer than they are many, until that may have changed")
    func long() {
        var plan = usual
        var steps = [plan.next(waiting: 3, at: start)]
        plan.listEnded(length: 3 * GatheringPlan.mostForOne + 1, at: start)
        steps += [3, 2, 1].map { plan.next(waiting: $0, at: start) }
        // For more who ask it is worth it.
        steps.append(plan.next(waiting: 4, at: start))
        plan.listEnded(length: nil, at: start)
        steps.append(plan.next(waiting: 3, at: start + GatheringPlan.memory))
        #expect(steps == [.list, .single, .single, .wait, .list, .list])
    }

    @Test("share every list where there are no single answers")
    func onlyLists() {
        var plan = GatheringPlan(mostSingles: 0, fewestListed: 1)
        let isAdmitted = plan.admits(waiting: 0, at: start)
        #expect(!isAdmitted)
        var steps = [plan.next(waiting: 1, at: start), plan.next(waiting: 9, at: start)]
        plan.listEnded(length: .max, at: start)
        steps.append(plan.next(waiting: 9, at: start))
        #expect(steps == [.list, .wait, .list])
    }
}
