import AMQP
import NIOCore
import Synchronization
import Transport

/// Connections through a harmed link, and what became of them.
final class HarmedRun: Sendable {
    private struct State {
        var outcomes: [String: Int] = [:]
        var overdue = 0
        var slowest = Duration.zero
        var alive: [WeakConnection] = []
        var number = 0
    }

    private struct WeakConnection {
        weak var connection: AMQPConnection?
    }

    private let port: Int
    private let deadline: Duration
    private let state = Mutex(State())

    init(port: Int, deadline: Duration) {
        self.port = port
        self.deadline = deadline
    }

    /// How many ended in which way: `success`, or the code of the error.
    var outcomes: [String: Int] { state.withLock { $0.outcomes } }
    /// How many took longer than the deadline.
    var overdue: Int { state.withLock { $0.overdue } }
    var slowest: Duration { state.withLock { $0.slowest } }
    /// Connections that somebody still holds.
    var aliveConnections: Int { state.withLock { $0.alive.count { $0.connection != nil } } }

    func forgetOutcomes() {
        state.withLock { state in
            state.outcomes = [:]
            state.overdue = 0
            state.slowest = .zero
        }
    }

    /// Makes connections one after the other, several at once, and uses each.
    func connect(_ count: Int, atOnce: Int) async {
        await withDiscardingTaskGroup { group in
            for worker in 0..<atOnce {
                let share = (count + worker) / atOnce
                group.addTask {
                    for _ in 0..<share { await self.useOne() }
                }
            }
        }
    }

    private func useOne() async {
        let clock = ContinuousClock()
        let start = clock.now
        let outcome: String
        do {
            try await use()
            outcome = "success"
        } catch let error as AMQPError {
            outcome = error.code.description
        } catch {
            outcome = "not an AMQPError: \(error)"
        }
        let took = clock.now - start
        state.withLock { state in
            state.outcomes[outcome, default: 0] += 1
            state.slowest = max(state.slowest, took)
            if took > deadline { state.overdue += 1 }
        }
    }

    private func use() async throws {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        let configuration = ConnectionConfiguration(
            endpoints: [Endpoint(host: "127.0.0.1", port: port, isTLS: false)],
            credentials: .plain(username: "guest", password: "guest"),
            name: "harmed",
            heartbeat: .seconds(HarmScale.patience),
            connectTimeout: .seconds(2 * HarmScale.patience),
            handshakeTimeout: .seconds(2 * HarmScale.patience)
        )
        try await AMQPConnection.withConnection(configuration) { connection in
            self.state.withLock { state in
                state.alive.removeAll { $0.connection == nil }
                state.alive.append(WeakConnection(connection: connection))
            }
            try await connection.withLimit(.seconds(6 * HarmScale.patience)) { try await Self.use(connection, number) }
        }
    }

    /// Declares, publishes with confirm, and consumes what was published.
    private static func use(_ connection: AMQPConnection, _ number: Int) async throws {
        let channel = try await connection.openChannel()
        // Long and random: a name with a changed byte must not be that of another connection's queue.
        let queue = "harmed-\(number)-\(UInt64.random(in: 0 ... .max))"
        try await channel.declareQueue(queue, durable: false, exclusive: true, autoDelete: true)
        try await channel.selectConfirms()
        for size in [10, 3000] {
            _ = try await channel.publish(
                ByteBuffer(repeating: UInt8(truncatingIfNeeded: size), count: size),
                properties: BasicProperties(headers: ["number": .int64(Int64(number))], messageID: "\(size)"),
                exchange: "",
                routingKey: queue,
                mandatory: true
            )
        }
        let consumer = try await channel.consumer(queue: queue, tag: "c", prefetch: 10)
        var count = 0
        for try await delivery in consumer {
            try await consumer.acknowledge(delivery)
            count += 1
            if count == 2 { try await consumer.cancel() }
        }
    }
}
