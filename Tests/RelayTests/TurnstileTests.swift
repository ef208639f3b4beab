import Testing

@testable import Relay

@Suite("A turnstile")
struct TurnstileTests {
    private actor Room {
        private(set) var inside = 0
        private(set) var most = 0
        private(set) var visits = 0
        func enter() {
            inside += 1
            most = max(most, inside)
            visits += 1
        }
        func leave() { inside -= 1 }
    }

    @Test("lets everybody through, and no more at the same time than it may")
    func most() async {
        let turnstile = Turnstile(3)
        let room = Room()
        await withDiscardingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask {
                    await turnstile.pass {
                        await room.enter()
                        await Task.yield()
                        await room.leave()
                    }
                }
            }
        }
        #expect(await room.visits == 50)
        #expect(await room.most <= 3)
    }

    @Test("is free again after who failed, and keeps nobody who is cancelled")
    func leaving() async throws {
        struct Failure: Error {}
        let turnstile = Turnstile(1)
        await #expect(throws: Failure.self) { try await turnstile.pass { throw Failure() } }
        let gate = AsyncStream<Void>.makeStream()
        let inside = AsyncStream<Void>.makeStream()
        let holder = Task {
            await turnstile.pass {
                inside.continuation.finish()
                for await _ in gate.stream {}
            }
        }
        for await _ in inside.stream {}
        let waiting = Task { await turnstile.pass { Task.isCancelled } }
        waiting.cancel()
        #expect(await waiting.value)
        gate.continuation.finish()
        await holder.value
        #expect(await turnstile.pass { true })
    }
}
