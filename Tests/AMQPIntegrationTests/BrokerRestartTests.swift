import AMQP
import BrokerHarness
import NIOCore
import Testing
import Transport

@Suite("A connection that comes back to a broker that was killed", .timeLimit(.minutes(5)))
struct BrokerRestartTests {
    private struct Account: Sendable {
        var confirmed: Set<Int> = []
        var unknown: Set<Int> = []
        var consumed: [Int: Int] = [:]
        var news = 0
        var isOver = false
    }

    @Test("given publishers and consumers at work, when it is killed twice, then no confirmed message is lost")
    func killed() async throws {
        try await SpareNode.with { node in
            let account = Guarded(Account())
            try await RecoveringConnection.withConnection(
                node.configuration(),
                policy: RecoveryPolicy(
                    backoff: BackoffPolicy(initial: .milliseconds(50), maximum: .milliseconds(500)),
                    callLimit: .seconds(120)
                )
            ) { connection in
                // Given a durable queue, and what lives with the connection
                let channel = try await connection.openChannel()
                try await channel.declareExchange("jobs", type: "topic")
                try await channel.declareQueue("work", arguments: ["x-queue-type": "classic"])
                try await channel.bindQueue("work", to: "jobs", routingKey: "job.#")
                try await channel.declareExchange("news", type: "fanout", durable: false, autoDelete: true)
                let own = try await channel.declareQueue("", durable: false, exclusive: true).name
                try await channel.bindQueue(own, to: "news")
                let work = try await channel.consumer(queue: "work", prefetch: 50)
                let news = try await channel.consumer(queue: own, prefetch: 5)
                let publishing = try await connection.openChannel()
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        for try await delivery in work {
                            let number = Int(delivery.properties.messageID ?? "") ?? -1
                            account.change { $0.consumed[number, default: 0] += 1 }
                            await delivery.acknowledge()
                        }
                    }
                    group.addTask {
                        for try await delivery in news {
                            account.change { $0.news += 1 }
                            await delivery.acknowledge()
                        }
                    }
                    for publisher in 0..<4 {
                        group.addTask {
                            var number = publisher
                            while !account.change({ $0.isOver }) {
                                number += 4
                                let sent = number
                                do throws(AMQPError) {
                                    let result = try await publishing.publish(
                                        patterned(100),
                                        properties: BasicProperties(deliveryMode: 2, messageID: "\(sent)"),
                                        exchange: "jobs",
                                        routingKey: "job.new",
                                        mandatory: true
                                    )
                                    #expect(result == .confirmed)
                                    account.change { _ = $0.confirmed.insert(sent) }
                                } catch {
                                    guard error.code == .outcomeUnknown else { throw error }
                                    account.change { _ = $0.unknown.insert(sent) }
                                }
                            }
                        }
                    }
                    func more(_ what: String) async throws {
                        let before = account.change { ($0.confirmed.count, $0.consumed.count) }
                        try await eventually(within: .seconds(90), what) {
                            account.change { $0.confirmed.count > before.0 + 200 && $0.consumed.count > before.1 + 200 }
                        }
                    }
                    try await more("messages flow")
                    // When
                    for _ in 1...2 {
                        let generation = connection.generation
                        try await node.kill()
                        try await eventually(within: .seconds(20), "it is away") { connection.endpoint == nil }
                        try await node.start()
                        try await more("messages flow again")
                        // One that is made and lost again while the node starts counts as well.
                        #expect(connection.generation > generation)
                        // Then what lived with the connection is there again
                        let before = account.change { $0.news }
                        let result = try await channel.publish(
                            patterned(3),
                            exchange: "news",
                            routingKey: "",
                            mandatory: true
                        )
                        #expect(result == .confirmed)
                        try await eventually(within: .seconds(10), "its consumer gets it") {
                            account.change { $0.news } > before
                        }
                        #expect(try await channel.declareQueue(own, passive: true).consumers == 1)
                    }
                    account.change { $0.isOver = true }
                    try await eventually(within: .seconds(60), "every confirmed message is consumed") {
                        let missing = account.change { $0.confirmed.subtracting($0.consumed.keys) }
                        guard missing.isEmpty else { throw HarnessError("\(missing.count) are missing") }
                        return true
                    }
                    await work.cancel()
                    await news.cancel()
                    try await group.waitForAll()
                }
            }
            // And nothing came that was not sent
            let end = account.value
            #expect(Set(end.consumed.keys).subtracting(end.confirmed).isSubset(of: end.unknown))
        }
    }
}
