import DequeModule
import Synchronization
import Waiting

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

    private struct State {
        var elements: Deque<Element> = []
        var waiting: Deque<Waiter<Outcome>> = []
        /// Set once: nothing comes any more, and why.
        var end: AMQPError??
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter isOfStream: RabbitMQ 3 delivers a chunk of a stream whole, which has up to 65,535 records.
    init(prefetch: UInt16, isOfStream: Bool = false) {
        limit = 2 * Int(prefetch) + (isOfStream ? 65_535 : 0)
    }

    /// How many wait to be taken.
    var count: Int { state.withLock { $0.elements.count } }

    /// Adds an element; `false` where the buffer has ended, or ends since it is full.
    func append(_ element: Element) -> Bool {
        state.withLock { state in
            guard state.end == nil else { return false }
            // Whoever was cancelled meanwhile takes nothing.
            while let first = state.waiting.popFirst() {
                if first.resume(returning: .element(element)) { return true }
            }
            guard state.elements.count < limit else {
                let reason = "the broker delivers more than the prefetch count of the consumer allows"
                state.end = AMQPError(.protocolViolation, reason: reason)
                return false
            }
            state.elements.append(element)
            return true
        }
    }

    /// Ends the buffer: what is in it is still handed out, then `error` is thrown, or the sequence ends without one.
    func finish(_ error: AMQPError?) {
        let waiting = state.withLock { state in
            guard state.end == nil else { return Deque<Waiter<Outcome>>() }
            state.end = .some(error)
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.resume(returning: .ended(error)) }
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
        switch await take() {
        case .element(let element): return element
        case .ended(nil): return nil
        case .ended(let error?): throw error
        case .cancelled: throw cancelled
        }
    }

    private func take() async -> Outcome {
        var waiter: Waiter<Outcome>?
        let ready = state.withLock { state -> Outcome? in
            if let element = state.elements.popFirst() { return .element(element) }
            if let end = state.end { return .ended(end) }
            let last = Waiter<Outcome>()
            state.waiting.append(last)
            waiter = last
            return nil
        }
        guard let waiter else { return ready ?? .cancelled }
        let outcome = await waiter.wait(orIfCancelled: .cancelled)
        if case .cancelled = outcome { state.withLock { state in state.waiting.removeAll { $0 === waiter } } }
        return outcome
    }
}
