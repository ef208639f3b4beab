import NIOCore
import Synchronization

/// Lets tasks wait until something has changed, with a deadline.
///
/// Who waits reads ``version`` first and what it is interested in second, so that no change is missed in between.
final class ChangeSignal: Sendable {
    enum Outcome: Sendable { case changed, timedOut, cancelled }

    private struct State {
        var version = 0
        var waiting: [Int: CheckedContinuation<Outcome, Never>] = [:]
        var nextID = 0
        /// Calls under way; those that were cancelled, or whose time was over, before they waited have an outcome.
        var calls: [Int: Outcome?] = [:]
    }

    private let state = Mutex(State())

    var version: Int { state.withLock { $0.version } }
    /// How many tasks wait.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Something has changed: lets everyone go on.
    func change() {
        let waiting = state.withLock { state in
            state.version += 1
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume(returning: .changed) }
    }

    /// Waits until ``version`` is another.
    ///
    /// - Parameter deadline: `nil` waits for as long as it takes.
    func wait(after version: Int, until deadline: NIODeadline?, on eventLoop: any EventLoop) async -> Outcome {
        let id = state.withLock { state in
            state.nextID += 1
            state.calls[state.nextID] = .some(nil)
            return state.nextID
        }
        let timer = deadline.map { eventLoop.scheduleTask(deadline: $0) { self.end(id, .timedOut) } }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome = state.withLock { state -> Outcome? in
                    if let over = state.calls[id] ?? nil { return over }
                    if state.version != version { return .changed }
                    state.waiting[id] = continuation
                    return nil
                }
                if let outcome { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            end(id, .cancelled)
        }
        timer?.cancel()
        state.withLock { _ = $0.calls.removeValue(forKey: id) }
        return outcome
    }

    private func end(_ id: Int, _ outcome: Outcome) {
        let continuation = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            if let continuation = state.waiting.removeValue(forKey: id) { return continuation }
            if state.calls.keys.contains(id) { state.calls[id] = .some(outcome) }
            return nil
        }
        continuation?.resume(returning: outcome)
    }
}
