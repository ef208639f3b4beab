import Synchronization

/// Hands events to everyone who listens. A slow listener loses the oldest.
final class EventFeed: Sendable {
    private struct State {
        var listeners: [Int: AsyncStream<RecoveryEvent>.Continuation] = [:]
        var nextID = 0
        var hasEnded = false
    }

    /// Far more than happens between two looks of a listener that is alive.
    private static let bound = 256

    private let state = Mutex(State())

    func listen() -> AsyncStream<RecoveryEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: RecoveryEvent.self,
            bufferingPolicy: .bufferingNewest(Self.bound)
        )
        let id = state.withLock { state -> Int? in
            guard !state.hasEnded else { return nil }
            state.nextID += 1
            state.listeners[state.nextID] = continuation
            return state.nextID
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: id) }
        }
        return stream
    }

    func tell(_ event: RecoveryEvent) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.yield(event) }
    }

    /// Tells the last event.
    func end(_ event: RecoveryEvent) {
        let listeners = state.withLock { state in
            state.hasEnded = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners {
            listener.yield(event)
            listener.finish()
        }
    }
}
