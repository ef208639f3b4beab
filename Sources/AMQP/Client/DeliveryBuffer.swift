import DequeModule
import Synchronization

/// Deliveries between the event loop that brings them and the tasks that take them.
///
/// No more than the prefetch count of the consumer is unacknowledged, so no more can wait. A broker that miscounts a
/// little, or an application that acknowledges what it has not taken, is no reason to end anything; beyond twice the
/// prefetch count the buffer ends.
final class DeliveryBuffer<Element: Sendable>: Sendable {
    private enum Outcome: Sendable {
        case element(Element)
        case ended(AMQPError?)
        case cancelled
    }

    private typealias Waiter = (id: UInt64, continuation: CheckedContinuation<Outcome, Never>)

    private struct State {
        var elements: Deque<Element> = []
        var waiting: Deque<Waiter> = []
        var nextID: UInt64 = 0
        /// Tasks that were cancelled before they waited.
        var cancelled: Set<UInt64> = []
        /// Set once: nothing comes any more, and why.
        var end: AMQPError??
    }

    private let limit: Int
    private let state = Mutex(State())

    init(prefetch: UInt16) {
        limit = 2 * Int(prefetch)
    }

    /// How many wait to be taken.
    var count: Int { state.withLock { $0.elements.count } }

    /// Adds an element; `false` where the buffer has ended, or ends since it is full.
    func append(_ element: Element) -> Bool {
        let (isTaken, waiter) = state.withLock { state in
            guard state.end == nil else { return (false, nil as Waiter?) }
            if let first = state.waiting.popFirst() { return (true, first) }
            guard state.elements.count < limit else {
                let reason = "the broker delivers more than the prefetch count of the consumer allows"
                state.end = AMQPError(.protocolViolation, reason: reason)
                return (false, nil)
            }
            state.elements.append(element)
            return (true, nil)
        }
        waiter?.continuation.resume(returning: .element(element))
        return isTaken
    }

    /// Ends the buffer: what is in it is still handed out, then `error` is thrown, or the sequence ends without one.
    func finish(_ error: AMQPError?) {
        let waiting = state.withLock { state in
            guard state.end == nil else { return Deque<Waiter>() }
            state.end = .some(error)
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.continuation.resume(returning: .ended(error)) }
    }

    /// Takes out what nobody took yet.
    func removeAll() -> [Element] {
        state.withLock { state in
            defer { state.elements = [] }
            return Array(state.elements)
        }
    }

    /// Takes the next element; `nil` after the end. Several tasks may wait at once, each gets elements of its own.
    ///
    /// - Throws: what the buffer was finished with, and cancelled where the task was cancelled.
    func next() async throws(AMQPError) -> Element? {
        let cancelled = AMQPError(.cancelled, reason: "the task was cancelled", attempted: "consume")
        if Task.isCancelled { throw cancelled }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome = state.withLock { state -> Outcome? in
                    if state.cancelled.remove(id) != nil { return .cancelled }
                    if let element = state.elements.popFirst() { return .element(element) }
                    if let end = state.end { return .ended(end) }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let outcome { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
                guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.waiting.remove(at: index).continuation
            }
            waiter?.resume(returning: .cancelled)
        }
        // A cancellation that came after the element was taken leaves its mark.
        if Task.isCancelled { state.withLock { _ = $0.cancelled.remove(id) } }
        switch outcome {
        case .element(let element): return element
        case .ended(nil): return nil
        case .ended(let error?): throw error
        case .cancelled: throw cancelled
        }
    }
}
