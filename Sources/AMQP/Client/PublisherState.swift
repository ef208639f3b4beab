import NIOCore
import Synchronization
import Waiting

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

    private typealias Waiting = (need: Need, waiter: Waiter<Bool>)

    private struct Shared {
        var pending = ByteBuffer()
        var pendingCount = 0
        var head: MessageHead?
        var counts = PublishCounts()
        var failure: AMQPError?
        var waiters: [Waiting] = []
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
        for waiter in waiters { waiter.resume(returning: true) }
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
        for waiter in waiters { waiter.resume(returning: true) }
    }

    func fail(_ error: AMQPError) {
        let waiters = shared.withLock { state in
            if state.failure == nil { state.failure = error }
            state.pending = ByteBuffer()
            return ready(&state)
        }
        for waiter in waiters { waiter.resume(returning: true) }
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
    private func ready(_ state: inout Shared) -> [Waiter<Bool>] {
        guard !state.waiters.isEmpty else { return [] }
        let (hasRoom, isSettled) = (isMet(.room, state), isMet(.settled, state))
        guard hasRoom || isSettled else { return [] }
        var met: [Waiter<Bool>] = []
        state.waiters.removeAll { waiting in
            guard waiting.need == .room ? hasRoom : isSettled else { return false }
            met.append(waiting.waiter)
            return true
        }
        return met
    }

    private func wait(for need: Need) async throws(AMQPError) {
        let waiter = Waiter<Bool>()
        shared.withLock { state in
            if isMet(need, state) { waiter.resume(returning: true) } else { state.waiters.append((need, waiter)) }
        }
        let isResumed = await waiter.wait(orIfCancelled: false)
        let failure = shared.withLock { state in
            if !isResumed { state.waiters.removeAll { $0.waiter === waiter } }
            return state.failure
        }
        if let failure { throw failure }
        if Task.isCancelled { throw AMQPError(.cancelled, reason: "the task was cancelled", attempted: "publish") }
    }
}
