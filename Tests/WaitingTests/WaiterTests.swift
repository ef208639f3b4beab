import Testing

@testable import Waiting

@Suite("A task that waits for a value")
struct WaiterTests {
    @Test("given a value that comes before the wait, when it waits, then it has it at once")
    func before() async {
        let waiter = Waiter<Int>()
        #expect(waiter.resume(returning: 1))
        // And a second one does not count
        #expect(!waiter.resume(returning: 2))
        #expect(await waiter.wait(orIfCancelled: 0) == 1)
        #expect(!waiter.resume(returning: 3))
    }

    @Test("given a wait, when a value comes, then it has that")
    func after() async {
        let waiter = Waiter<Int>()
        async let value = waiter.wait(orIfCancelled: 0)
        await Task.yield()
        #expect(waiter.resume(returning: 7))
        #expect(await value == 7)
    }

    @Test("given a wait, when its task is cancelled, then it ends, and no value counts any more")
    func cancelled() async {
        let waiter = Waiter<Int>()
        let task = Task { await waiter.wait(orIfCancelled: -1) }
        task.cancel()
        #expect(await task.value == -1)
        #expect(!waiter.resume(returning: 1))
    }

    @Test("given many waits, when values and cancellations race, then each ends, with what counted")
    func race() async {
        for _ in 0..<500 {
            let waiter = Waiter<Int>()
            let task = Task { await waiter.wait(orIfCancelled: -1) }
            async let isTaken = Task.detached { waiter.resume(returning: 1) }.value
            task.cancel()
            let (value, counted) = (await task.value, await isTaken)
            #expect((value == 1) == counted)
        }
    }

    @Test("given a value that closures share, when many tasks change it, then no change is lost")
    func locked() async {
        let count = Locked(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { for _ in 0..<100 { count.withLock { $0 += 1 } } } }
        }
        #expect(count.withLock { $0 } == 10_000)
    }
}
