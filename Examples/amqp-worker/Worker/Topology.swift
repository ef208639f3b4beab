import AMQP

/// The queues of the example. Whoever comes first declares them.
///
/// ```
/// publisher ─► jobs ─► worker ─► done
///               ▲        │ failed
///               │        ▼
///               └── jobs.retry        too often ─► jobs.failed
///               after the delay
/// ```
enum Topology {
    static let jobs = "jobs"
    static let retry = "jobs.retry"
    static let failed = "jobs.failed"

    static func declare(on channel: RecoveringChannel, retryAfter delay: Duration) async throws(AMQPError) {
        // What the worker rejects goes to the retry queue, which nobody consumes: when its time is over, it comes back.
        try await channel.declareQueue(
            jobs,
            arguments: [
                "x-queue-type": "quorum",
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": .string(retry),
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            ]
        )
        try await channel.declareQueue(
            retry,
            arguments: [
                "x-queue-type": "quorum",
                "x-message-ttl": .int64(delay.components.seconds * 1000),
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": .string(jobs),
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            ]
        )
        try await channel.declareQueue(failed, arguments: ["x-queue-type": "quorum"])
    }
}
