import HTTPClient
import Testing

@testable import Management

@Suite("A list that many share")
struct GatheringTests {
    /// Lists that end when a test says so.
    private actor Desk {
        private(set) var begun = 0
        private var open: [CheckedContinuation<Void, Never>] = []

        func read() async -> Int {
            begun += 1
            let number = begun
            await withCheckedContinuation { open.append($0) }
            return number
        }

        func finish() { if !open.isEmpty { open.removeFirst().resume() } }

        func until(_ count: Int) async { while begun < count || open.isEmpty { await Task.yield() } }
    }

    private func error(_ kind: ManagementError.Kind) -> ManagementError {
        ManagementError(
            kind: kind,
            method: .get,
            path: "/api/queues",
            endpoint: ManagementEndpoint(url: "http://127.0.0.1:15672") ?? { preconditionFailure("no endpoint") }()
        )
    }

    private func value(_ answer: Gathering<Int>.Answer) -> Int? {
        if case .list(let value) = answer { value } else { nil }
    }

    @Test("is begun after all who get it have asked")
    func begunAfter() async {
        let gathering = Gathering<Int>(GatheringPlan(mostSingles: 0, fewestListed: 1))
        let desk = Desk()
        let load: Gathering<Int>.Load = { (_) throws(ManagementError) in Gathered(list: await desk.read()) }
        async let first = gathering.ask(load)
        await desk.until(1)
        // The first list is being read: what it says may be from before these asked.
        let later = Task {
            await withTaskGroup(of: Int?.self) { group in
                for _ in 0..<5 { group.addTask { self.value(await gathering.ask(load)) } }
                return await group.reduce(into: [Int?]()) { $0.append($1) }
            }
        }
        while await gathering.waiting.count < 5 { await Task.yield() }
        await desk.finish()
        #expect(value(await first) == 1)
        await desk.until(2)
        await desk.finish()
        #expect(await later.value == Array(repeating: 2, count: 5))
    }

    @Test("that fails fails for all who wait for it, and not for who comes later")
    func failing() async {
        let gathering = Gathering<Int>(GatheringPlan(mostSingles: 0, fewestListed: 1))
        let failure = error(.timedOut)
        let failed = await gathering.ask { (_) throws(ManagementError) in throw failure }
        guard case .failed(let found) = failed else {
            Issue.record("\(failed)")
            return
        }
        #expect(found.kind == .timedOut)
        #expect(value(await gathering.ask { (_) throws(ManagementError) in Gathered(list: 7) }) == 7)
    }

    @Test("leaves who asks to ask alone where it is too long")
    func tooLong() async {
        let gathering = Gathering<Int>(GatheringPlan(mostSingles: 1, fewestListed: 1))
        guard case .single = await gathering.ask({ (_) throws(ManagementError) in Gathered(list: 1) }) else {
            Issue.record("the first is to ask alone")
            return
        }
        async let second = gathering.ask { (_) throws(ManagementError) in Gathered(list: nil, length: 1_000) }
        while await gathering.waiting.isEmpty { await Task.yield() }
        await gathering.ended()
        guard case .single = await second else {
            Issue.record("the second is to ask alone")
            return
        }
    }

    @Test("does not keep a task that is cancelled")
    func cancelling() async {
        let gathering = Gathering<Int>(GatheringPlan(mostSingles: 0, fewestListed: 1))
        let desk = Desk()
        let load: Gathering<Int>.Load = { (_) throws(ManagementError) in Gathered(list: await desk.read()) }
        let task = Task { await gathering.ask(load) }
        await desk.until(1)
        task.cancel()
        guard case .cancelled = await task.value else {
            Issue.record("it goes on waiting")
            return
        }
        await desk.finish()
    }
}
