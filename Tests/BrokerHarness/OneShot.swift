import Synchronization

/// A value that comes once and can be awaited by many, each of which may be cancelled.
final class OneShot<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiting: [Int: CheckedContinuation<Value, any Error>] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    /// The value, if it has come.
    var current: Value? {
        self.state.withLock { $0.value }
    }

    /// Gives the value to everyone who waits or will. Only the first call counts.
    func fulfil(_ value: Value) {
        let waiting = self.state.withLock { state in
            guard state.value == nil else { return [CheckedContinuation<Value, any Error>]() }
            state.value = value
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting {
            continuation.resume(returning: value)
        }
    }

    /// Waits for the value.
    ///
    /// - Throws: `CancellationError` if the task is cancelled first.
    func value() async throws -> Value {
        let waiter = self.state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let value = self.state.withLock { state -> Value? in
                    if let value = state.value { return value }
                    state.waiting[waiter] = continuation
                    return nil
                }
                if let value {
                    continuation.resume(returning: value)
                } else if Task.isCancelled {
                    // The handler may have run before the continuation was there to be found.
                    self.cancel(waiter)
                }
            }
        } onCancel: {
            self.cancel(waiter)
        }
    }

    private func cancel(_ waiter: Int) {
        let continuation = self.state.withLock { $0.waiting.removeValue(forKey: waiter) }
        continuation?.resume(throwing: CancellationError())
    }
}
