import DequeModule
import NIOCore
import Synchronization

/// What the tasks that publish and the event loop share: messages that wait to be sent, and who waits for room.
final class PublisherState: Sendable {
    enum Outcome {
        /// Others wait to be sent already, so that the event loop will come for this one too.
        case added
        /// The event loop must be told.
        case addedFirst
        case full
    }

    private enum Need { case room, settled }

    private struct Waiter {
        let id: UInt64
        let need: Need
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct Shared {
        var pending = ByteBuffer()
        var pendingCount = 0
        var head: MessageHead?
        var counts = PublishCounts()
        var failure: AMQPError?
        var waiters: Deque<Waiter> = []
        var nextWaiter: UInt64 = 0
        var cancelled: Set<UInt64> = []
    }

    /// Messages wait here up to this many bytes: what a fast link takes in some milliseconds.
    private static let pendingLimit = 1 << 20

    private let window: Int
    /// Who waits for room goes on when a quarter of the window is free: waking it for each message costs more than it.
    private let wakeAt: Int
    private let shared = Mutex(Shared())

    init(window: Int) {
        self.window = window
        wakeAt = window - max(1, window / 4)
    }

    var counts: PublishCounts { shared.withLock { $0.counts } }

    private func hasRoom(_ state: Shared) -> Bool {
        state.counts.unconfirmed < window && state.pending.readableBytes < Self.pendingLimit
    }

    /// Adds the message that `write` writes, if there is room; it may keep the head for the next one.
    func add(
        _ write: (inout ByteBuffer, inout MessageHead?) throws(WireError) -> Void
    ) throws(AMQPError) -> Outcome {
        try shared.withLock { (state) throws(AMQPError) -> Outcome in
            if let failure = state.failure { throw failure }
            guard hasRoom(state) else { return .full }
            do throws(WireError) {
                try write(&state.pending, &state.head)
            } catch {
                throw AMQPError(.invalidArgument, reason: "\(error)", attempted: "publish")
            }
            state.pendingCount += 1
            state.counts.published += 1
            return state.pendingCount == 1 ? .addedFirst : .added
        }
    }

    /// Takes what waits to be sent; `buffer`, emptied, serves for what comes next.
    func takePending(into buffer: inout ByteBuffer) -> Int {
        let (count, waiters) = shared.withLock { state in
            swap(&state.pending, &buffer)
            state.pending.clear()
            let count = state.pendingCount
            state.pendingCount = 0
            return (count, ready(&state))
        }
        for waiter in waiters { waiter.continuation.resume() }
        return count
    }

    /// Notes what the broker said.
    func settled(confirmed: Int, refused: Int, returned: Int) {
        let waiters = shared.withLock { state in
            state.counts.confirmed += confirmed
            state.counts.refused += refused
            state.counts.returned += returned
            return ready(&state)
        }
        for waiter in waiters { waiter.continuation.resume() }
    }

    func fail(_ error: AMQPError) {
        let waiters = shared.withLock { state in
            if state.failure == nil { state.failure = error }
            state.pending = ByteBuffer()
            return ready(&state)
        }
        for waiter in waiters { waiter.continuation.resume() }
    }

    func waitForRoom() async throws(AMQPError) { try await wait(for: .room) }

    func waitUntilSettled() async throws(AMQPError) { try await wait(for: .settled) }

    private func isMet(_ need: Need, _ state: Shared) -> Bool {
        if state.failure != nil { return true }
        return switch need {
        case .room: state.counts.unconfirmed <= wakeAt && state.pending.readableBytes < Self.pendingLimit
        case .settled: state.counts.unconfirmed == 0
        }
    }

    /// Takes out the waiters whose need is met.
    private func ready(_ state: inout Shared) -> [Waiter] {
        guard !state.waiters.isEmpty else { return [] }
        var met: [Waiter] = []
        var rest: Deque<Waiter> = []
        for waiter in state.waiters {
            if isMet(waiter.need, state) { met.append(waiter) } else { rest.append(waiter) }
        }
        state.waiters = rest
        return met
    }

    private func wait(for need: Need) async throws(AMQPError) {
        let id = shared.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumesNow = shared.withLock { state in
                    if isMet(need, state) || state.cancelled.remove(id) != nil { return true }
                    state.waiters.append(Waiter(id: id, need: need, continuation: continuation))
                    return false
                }
                if resumesNow { continuation.resume() }
            }
        } onCancel: {
            let waiter = shared.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume()
        }
        let failure = shared.withLock { state in
            state.cancelled.remove(id)
            return state.failure
        }
        if let failure { throw failure }
        if Task.isCancelled { throw AMQPError(.cancelled, reason: "the task was cancelled", attempted: "publish") }
    }
}
