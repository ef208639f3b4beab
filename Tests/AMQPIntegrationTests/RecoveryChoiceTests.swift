import AMQP
import BrokerHarness
import NIOCore
import Testing

@Suite("What a connection that comes back has back", .timeLimit(.minutes(3)))
struct RecoveryChoiceTests {
    private static func names(_ log: EventLog) -> [RecoveredObject] {
        log.events.compactMap { if case .skipped(let object, _) = $0 { object } else { nil } }
    }

    @Test(
        "given a queue that another has declared otherwise, when the link is cut, then the rest is back where it is skipped"
    )
    func skipped() async throws {
        try await RecoveryBench.run { bench in
            var policy = RecoveryBench.policy
            policy.onRefusal = { _, error in error.replyCode == 406 ? .skip : .retry }
            try await bench.withConnection(policy: policy) { connection in
                let log = EventLog.start(connection)
                let channel = try await connection.openChannel()
                try await channel.declareExchange("x", type: "fanout")
                for queue in ["changed", "own"] {
                    try await channel.declareQueue(queue)
                    try await channel.bindQueue(queue, to: "x")
                }
                let consumer = try await channel.consumer(queue: "own")
                try await bench.withControl { control in
                    try await control.deleteQueue("changed")
                    try await control.declareQueue("changed", arguments: ["x-max-length": 5])
                }
                // When
                try await bench.cut(connection)
                // Then all channels go on, and what was left out is told of
                #expect(try await channel.publish(patterned(3), exchange: "x", routingKey: "") == .confirmed)
                var iterator = consumer.makeAsyncIterator()
                try await iterator.next()?.acknowledge()
                try await eventually(within: .seconds(10), "it is told") { Self.names(log) == [.queue("changed")] }
                // And the binding of the queue as it is now is back
                let (_, messages, _) = try await channel.declareQueue("changed", passive: true)
                #expect(messages == 1)
                // And it is not asked for again
                try await bench.cut(connection)
                _ = try await channel.declareQueue("own", passive: true)
                #expect(Self.names(log).count == 1)
            }
        }
    }

    @Test(
        "given a consumer whose queue is gone, when the link is cut, then it ends, and the others of its channel go on"
    )
    func consumer() async throws {
        try await RecoveryBench.run { bench in
            var policy = RecoveryBench.policy
            policy.topology = .nothing
            policy.onRefusal = { _, _ in .skip }
            try await bench.withConnection(policy: policy) { connection in
                let log = EventLog.start(connection)
                let channel = try await connection.openChannel()
                for queue in ["first", "gone", "last"] { try await channel.declareQueue(queue) }
                let first = try await channel.consumer(queue: "first", tag: "first")
                let gone = try await channel.consumer(queue: "gone", tag: "gone")
                let last = try await channel.consumer(queue: "last", tag: "last")
                // When the queue goes while the link is down
                try await bench.proxy.setMode(.cut)
                try await bench.proxy.closeConnections()
                try await eventually(within: .seconds(10), "it is away") { connection.endpoint == nil }
                try await bench.withControl { _ = try await $0.deleteQueue("gone") }
                try await bench.proxy.setMode(.forward)
                // Then the others get what comes
                for (queue, consumer) in [("first", first), ("last", last)] {
                    #expect(try await channel.publish(patterned(1), exchange: "", routingKey: queue) == .confirmed)
                    var iterator = consumer.makeAsyncIterator()
                    #expect(try await iterator.next()?.routingKey == queue)
                }
                // And the one knows why
                var iterator = gone.makeAsyncIterator()
                let error = try await failure { () async throws(AMQPError) in try await iterator.next() }
                #expect(error.replyCode == 404)
                try await eventually(within: .seconds(10), "it is told") {
                    Self.names(log) == [.consumer(tag: "gone", queue: "gone")]
                }
            }
        }
    }

    @Test(
        "given durable and passing queues, when both are deleted and the link is cut, then only the passing one is back"
    )
    func transient() async throws {
        try await RecoveryBench.run { bench in
            var policy = RecoveryBench.policy
            policy.topology = .transient
            try await bench.withConnection(policy: policy) { connection in
                let channel = try await connection.openChannel()
                try await channel.declareQueue("kept")
                try await channel.declareQueue("passing", exclusive: true)
                try await bench.withControl { _ = try await $0.deleteQueue("kept") }
                try await bench.cut(connection)
                #expect(try await channel.declareQueue("passing", passive: true, exclusive: true).name == "passing")
                let error = try await failure { () async throws(AMQPError) in
                    try await channel.declareQueue("kept", passive: true)
                }
                #expect(error.replyCode == 404)
            }
        }
    }

    @Test("given a batch of which some are returned, refused or can't be written, then each has its own outcome")
    func batch() async throws {
        try await RecoveryBench.run { bench in
            try await bench.withConnection { connection in
                let channel = try await connection.openChannel()
                let full: FieldTable = ["x-max-length": 1, "x-overflow": "reject-publish"]
                try await channel.declareQueue("full", arguments: full)
                try await channel.declareQueue("open")
                #expect(try await channel.publish(patterned(1), exchange: "", routingKey: "full") == .confirmed)
                func message(_ queue: String, _ isMandatory: Bool = false) -> OutgoingMessage {
                    OutgoingMessage(patterned(5), exchange: "", routingKey: queue, isMandatory: isMandatory)
                }
                let batch = [
                    message("open"), message("nobody", true), message("full"),
                    message(String(repeating: "k", count: 256)), message("open"),
                ]
                let outcomes = await channel.publish(batch)
                #expect(outcomes.count == 5)
                #expect(try outcomes[0].get() == .confirmed && outcomes[1].get() == .returned)
                #expect(try outcomes[2].get() == .refused && outcomes[4].get() == .confirmed)
                guard case .failure(let error) = outcomes[3] else {
                    _ = Issue.record("no error")
                    return
                }
                #expect(error.code == .invalidArgument && !error.isOutcomeUnknown)
                #expect(await channel.publish([]).isEmpty)
            }
        }
    }

    @Test("given batches while the link is cut, when they are sent again, then each message is there at least once")
    func batchOverCuts() async throws {
        try await RecoveryBench.run { bench in
            try await bench.withConnection { connection in
                let channel = try await connection.openChannel()
                try await channel.declareQueue("q")
                async let cuts: Void = {
                    for _ in 0..<5 { try await bench.cut(connection) }
                }()
                var count = 0
                for _ in 0..<40 {
                    let batch = (0..<25).map { _ in OutgoingMessage(patterned(20), exchange: "", routingKey: "q") }
                    let outcomes = await channel.publish(batch, resends: true)
                    for outcome in outcomes where try outcome.get() == .confirmed { count += 1 }
                }
                try await cuts
                #expect(count == 1000)
                #expect(try await channel.declareQueue("q", passive: true).messages >= 1000)
            }
        }
    }

    @Test("given a channel that is closed, when a delivery is acknowledged on it, then the error says so")
    func acknowledgement() async throws {
        try await RecoveryBench.run { bench in
            try await bench.node.withConnection(virtualHost: bench.virtualHost) { connection in
                let channel = try await connection.openChannel()
                try await channel.close()
                let error = try await failure { () async throws(AMQPError) in try await channel.acknowledge(7) }
                #expect(error.code == .closed && error.summary.contains("acknowledge delivery 7"))
            }
        }
    }
}
