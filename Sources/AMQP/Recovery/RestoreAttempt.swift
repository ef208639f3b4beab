import Synchronization

/// Consumers that end while their connection is being restored: what of that matters is known once it stands.
final class RestoreAttempt: Sendable {
    struct Ended: Sendable {
        let consumer: ConsumerFeed
        let channelID: Int
        let channel: AMQPChannel
        let error: AMQPError?
    }

    private struct State {
        var ended: [Ended] = []
        var isOver = false
    }

    private let state = Mutex(State())

    /// Notes a consumer that has ended; `false` where the attempt is over.
    func note(_ ended: Ended) -> Bool {
        state.withLock { state in
            guard !state.isOver else { return false }
            state.ended.append(ended)
            return true
        }
    }

    /// Ends the attempt.
    ///
    /// - Returns: the consumers that ended meanwhile, those of channels that were dropped again included.
    func finish() -> [Ended] {
        state.withLock { state in
            state.isOver = true
            defer { state.ended = [] }
            return state.ended
        }
    }
}
