import Synchronization

/// One task that waits for one value, until it gets it or is cancelled: whatever comes first counts.
///
/// Whoever may have the value keeps the waiter, beside its own state and under its own lock, and calls
/// ``resume(returning:)``, from anywhere and as often as it likes.
package final class Waiter<Value: Sendable>: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Value, Never>)
        case resumed(Value)
        /// The value was handed out.
        case over
    }

    private let state = Mutex(State.idle)

    package init() {}

    /// Gives the value to who waits, or will.
    ///
    /// - Returns: whether this is the one that counts; `false` where there was one before, as after a cancellation.
    @discardableResult
    package func resume(returning value: Value) -> Bool {
        let (counts, continuation) = state.withLock { state -> (Bool, CheckedContinuation<Value, Never>?) in
            switch state {
            case .idle:
                state = .resumed(value)
                return (true, nil)
            case .waiting(let continuation):
                state = .over
                return (true, continuation)
            case .resumed, .over:
                return (false, nil)
            }
        }
        continuation?.resume(returning: value)
        return counts
    }

    /// Waits for the value. To be called once.
    ///
    /// - Parameter cancelled: the value where the task is cancelled first.
    package func wait(orIfCancelled cancelled: Value) async -> Value {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let value = state.withLock { state -> Value? in
                    guard case .resumed(let value) = state else {
                        state = .waiting(continuation)
                        return nil
                    }
                    state = .over
                    return value
                }
                if let value { continuation.resume(returning: value) }
            }
        } onCancel: {
            resume(returning: cancelled)
        }
    }
}
