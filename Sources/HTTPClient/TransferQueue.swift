import CCurl
import Synchronization

/// A multi handle as other threads may use it: to wake up the thread that polls it.
///
/// `@unchecked Sendable` holds because `curl_multi_wakeup` is the only call that is made through this type, libcurl
/// documents it as safe from any thread, and ``TransferQueue`` makes it under its lock and never after the end.
struct WakeupHandle: @unchecked Sendable {
    private let multi: UnsafeMutableRawPointer

    init(multi: UnsafeMutableRawPointer) {
        self.multi = multi
    }

    func wake() {
        curl_multi_wakeup(multi)
    }
}

/// What tasks hand over to the thread of a ``TransferLoop``.
final class TransferQueue: Sendable {
    typealias Completion = CheckedContinuation<Result<HTTPResponse, HTTPClientError>, Never>

    enum Command: Sendable {
        case start(id: UInt64, HTTPRequest, Completion)
        case cancel(id: UInt64)
    }

    private enum Phase {
        case running
        case stopping
        /// The multi handle is gone or about to go; nothing may touch it.
        case ended
    }

    private struct State {
        var phase: Phase
        var commands: [Command] = []
        var lastID: UInt64 = 0
        /// Requests that were handed over and not yet forgotten.
        var submitted: Set<UInt64> = []
        /// Requests whose task was cancelled before they were handed over.
        var cancelledEarly: Set<UInt64> = []
        var waitingForEnd: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let wakeup: WakeupHandle?

    /// Creates a queue. Without a handle to wake, it is at its end from the start.
    init(waking wakeup: WakeupHandle?) {
        self.wakeup = wakeup
        state = Mutex(State(phase: wakeup == nil ? .ended : .running))
    }

    // MARK: From tasks

    func makeID() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    func submit(_ id: UInt64, request: HTTPRequest, continuation: Completion) {
        let refusal: HTTPClientError.Code? = state.withLock { state in
            guard state.phase == .running else { return .shutDown }
            guard !state.cancelledEarly.contains(id) else { return .cancelled }
            state.submitted.insert(id)
            state.commands.append(.start(id: id, request, continuation))
            wakeup?.wake()
            return nil
        }
        if let refusal {
            continuation.resume(returning: .failure(HTTPClientError(refusal, request)))
        }
    }

    func cancel(_ id: UInt64) {
        state.withLock { state in
            guard state.submitted.contains(id) else {
                state.cancelledEarly.insert(id)
                return
            }
            guard state.phase == .running else { return }
            state.commands.append(.cancel(id: id))
            wakeup?.wake()
        }
    }

    func forget(_ id: UInt64) {
        state.withLock { state in
            state.submitted.remove(id)
            state.cancelledEarly.remove(id)
        }
    }

    func stop() {
        state.withLock { state in
            guard state.phase == .running else { return }
            state.phase = .stopping
            wakeup?.wake()
        }
    }

    func stopAndWait() async {
        stop()
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                guard state.phase != .ended else { return true }
                state.waitingForEnd.append(continuation)
                return false
            }
            if hasEnded { continuation.resume() }
        }
    }

    // MARK: From the loop's thread

    func take() -> (commands: [Command], isStopping: Bool) {
        state.withLock { state in
            let commands = state.commands
            state.commands.removeAll()
            return (commands, state.phase != .running)
        }
    }

    /// Marks the end: from here on nobody wakes the handle up. Returns who waits for it.
    func end() -> [CheckedContinuation<Void, Never>] {
        state.withLock { state in
            state.phase = .ended
            let waiting = state.waitingForEnd
            state.waitingForEnd.removeAll()
            return waiting
        }
    }
}
