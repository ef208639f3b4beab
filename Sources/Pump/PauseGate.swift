import NIOConcurrencyHelpers

/// Holds a task up while it is closed.
final class PauseGate: Sendable {
    private struct State {
        var isClosed = false
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextID = 0
    }

    private let state = NIOLockedValueBox(State())

    var isClosed: Bool { state.withLockedValue { $0.isClosed } }

    func close() {
        state.withLockedValue { $0.isClosed = true }
    }

    func open() {
        let waiting = state.withLockedValue { state in
            state.isClosed = false
            defer { state.waiting.removeAll() }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume() }
    }

    /// Returns once the gate is open, or the task is cancelled.
    func pass() async {
        let id = state.withLockedValue { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLockedValue { state in
                    guard state.isClosed, !Task.isCancelled else { return true }
                    state.waiting[id] = continuation
                    return false
                }
                if isOpen { continuation.resume() }
            }
        } onCancel: {
            state.withLockedValue { $0.waiting.removeValue(forKey: id) }?.resume()
        }
    }
}
