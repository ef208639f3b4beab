import NIOCore
import Synchronization
import Waiting

/// Lets tasks wait until something has changed, with a deadline.
///
/// Who waits reads ``version`` first and what it is interested in second, so that no change is missed in between.
final class ChangeSignal: Sendable {
    enum Outcome: Sendable { case changed, timedOut, cancelled }

    private struct State {
        var version = 0
        var waiting: [Waiter<Outcome>] = []
    }

    private let state = Mutex(State())

    var version: Int { state.withLock { $0.version } }
    /// How many tasks wait.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Something has changed: lets everyone go on.
    func change() {
        let waiting = state.withLock { state in
            state.version += 1
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.resume(returning: .changed) }
    }

    /// Waits until ``version`` is another.
    ///
    /// - Parameter deadline: `nil` waits for as long as it takes.
    func wait(after version: Int, until deadline: NIODeadline?, on eventLoop: any EventLoop) async -> Outcome {
        let waiter = Waiter<Outcome>()
        let hasChanged = state.withLock { state in
            guard state.version == version else { return true }
            state.waiting.append(waiter)
            return false
        }
        if hasChanged { return .changed }
        let timer = deadline.map { deadline in
            eventLoop.scheduleTask(deadline: deadline) { _ = waiter.resume(returning: .timedOut) }
        }
        let outcome = await waiter.wait(orIfCancelled: .cancelled)
        timer?.cancel()
        if outcome != .changed { state.withLock { state in state.waiting.removeAll { $0 === waiter } } }
        return outcome
    }
}
