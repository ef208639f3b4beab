import Waiting

/// Lets so many through at the same time; others wait for their turn.
actor Turnstile {
    private var free: Int
    private var waiting: [Waiter<Bool>] = []

    init(_ most: Int) { free = most }

    /// Runs `body` once it has its turn, or at once where the task is cancelled, which `body` notices by itself.
    func pass<Value: Sendable, Failure: Error>(
        _ body: @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        guard await enter() else { return try await body() }
        let result: Result<Value, Failure>
        do throws(Failure) {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        leave()
        return try result.get()
    }

    private func enter() async -> Bool {
        guard free == 0 else {
            free -= 1
            return true
        }
        let waiter = Waiter<Bool>()
        waiting.append(waiter)
        return await waiter.wait(orIfCancelled: false)
    }

    private func leave() {
        while !waiting.isEmpty {
            // One that was cancelled meanwhile has no use for its turn.
            if waiting.removeFirst().resume(returning: true) { return }
        }
        free += 1
    }
}
