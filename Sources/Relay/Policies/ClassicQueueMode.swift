import Management
import RopewayConfiguration

/// Has a classic queue write what waits to disk at once (`queue-mode: lazy`), where its version knows of another way.
///
/// Before 3.12 a classic queue keeps in memory what it can. If a consumer is lost whose unacknowledged messages a backlog
/// has grown behind, such a queue takes the longer for each of them the longer the backlog is, and confirms nothing
/// meanwhile: with 4,096 messages to take back and 100,000 behind them, publishers waited for 34 s (RabbitMQ 3.10.8). A
/// lazy one answers within milliseconds. From 3.12 on all classic queues behave like lazy ones, and the key has no effect.
enum ClassicQueueMode {
    private static let alwaysLazy = BrokerVersion(3, 12)

    /// What the policy of a queue sets besides its limits.
    static func definition(for type: RouteConfiguration.QueueType, on version: BrokerVersion) -> [String: JSONValue] {
        type == .classic && version < alwaysLazy ? ["queue-mode": "lazy"] : [:]
    }
}
