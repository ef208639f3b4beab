import RopewayConfiguration

/// A queue or stream that was declared for the first time a moment ago.
enum NewQueue {
    /// How long the broker may take to write down that a replicated queue exists.
    ///
    /// RabbitMQ keeps the list of its Raft members in a table that it writes after half a second without a change. A node
    /// that is killed before that forgets the queue's member, or the coordinator of all streams: a quorum queue is then
    /// empty and refuses, a stream stays down, and what either had confirmed is out of reach (seen on 3.10.8).
    static let timeUntilWritten = Duration.seconds(1)

    /// Waits until the broker would not forget a new queue of this type if it were killed. Nothing that must not be lost
    /// goes in before.
    static func settle(_ type: RouteConfiguration.QueueType) async {
        guard type != .classic else { return }
        // When cancelled, the caller's next call to the broker says so.
        try? await Task.sleep(for: timeUntilWritten)
    }
}
