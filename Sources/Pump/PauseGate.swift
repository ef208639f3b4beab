import Synchronization
import Waiting

/// Holds up who asks it while it is closed, as a pump between two sessions.
final class PauseGate: Sendable {
    private struct State {
        var isPaused: Bool
        var waiting: [Waiter<Void>] = []
    }

    private let state: Mutex<State>

    init(isPaused: Bool) { state = Mutex(State(isPaused: isPaused)) }

    var isPaused: Bool { state.withLock { $0.isPaused } }

    func pause() { state.withLock { $0.isPaused = true } }

    func resume() {
        let waiting = state.withLock { state in
            state.isPaused = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.resume(returning: ()) }
    }

    /// Returns once it is resumed, or the task is cancelled; at once where it is not paused.
    func wait() async {
        let waiter = Waiter<Void>()
        let isPaused = state.withLock { state in
            if state.isPaused { state.waiting.append(waiter) }
            return state.isPaused
        }
        guard isPaused else { return }
        await waiter.wait(orIfCancelled: ())
        state.withLock { $0.waiting.removeAll { $0 === waiter } }
    }
}
