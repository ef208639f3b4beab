import AMQP
import BrokerHarness
import NIOCore
import Testing
import Transport

@Suite("A connection that comes back", .timeLimit(.minutes(3)))
struct RecoveringConnectionTests {
    @Test("given topology of every kind, when the link is cut, then it is there again under the names that it had")
    func topology() async throws {
        try await RecoveryBench.run { bench in
            try await bench.withConnection { connection in
                let log = EventLog.start(connection)
                let channel = try await connection.openChannel()
                // Given auto-delete exchanges in a row, a queue that the broker names, and an auto-delete queue
                try await channel.declareExchange("first", type: "topic", durable: false, autoDelete: true)
                try await channel.declareExchange("second", type: "fanout", durable: false, autoDelete: true)
                let named = try await channel.declareQueue("", durable: false, exclusive: true).name
                try await channel.declareQueue("status", durable: false, autoDelete: true)
                try await channel.declareQueue("deleted")
                try await channel.bindExchange("second", to: "first", routingKey: "a.#")
                try await channel.bindQueue(named, to: "second")
                try await channel.bindQueue("status", to: "first", routingKey: "b")
                try await channel.deleteQueue("deleted")
                let status = try await channel.consumer(queue: "status", prefetch: 1)
                // When
                try await bench.cut(connection)
                // Then a message finds the way over all of it, and the old name goes on to work
                for key in ["a.b", "b"] {
                    let result = try await channel.publish(
                        patterned(7),
                        exchange: "first",
                        routingKey: key,
                        mandatory: true
                    )
                    #expect(result == .confirmed)
                }
                let fresh = connection.currentName(ofQueue: named)
                #expect(fresh != named && fresh.hasPrefix("amq.gen-"))
                let got = try #require(try await channel.get(named))
                #expect(got.body == patterned(7) && got.generation == 2)
                await got.acknowledge()
                #expect(try await channel.publish(patterned(1), exchange: "", routingKey: named) == .confirmed)
                #expect(try await channel.purgeQueue(fresh) == 1)
                #expect(try await channel.declareQueue(fresh, passive: true).name == named)
                #expect(try await channel.declareQueue("status", passive: true).consumers == 1)
                var iterator = status.makeAsyncIterator()
                #expect(try await iterator.next()?.routingKey == "b")
                // And what was deleted stays so
                try await bench.withControl { control in
                    let missing = try await failure { () async throws(AMQPError) in
                        try await control.declareQueue("deleted", passive: true)
                    }
                    #expect(missing.replyCode == 404)
                }
                try await eventually(within: .seconds(10), "the new name is told") {
                    log.events.contains {
                        if case .queueRenamed(from: named, to: fresh) = $0 { true } else { false }
                    }
                }
                // When the last consumer of the auto-delete queue ends, then it is not declared again
                await status.cancel()
                try await bench.cut(connection)
                let gone = try await failure { () async throws(AMQPError) in
                    try await channel.declareQueue("status", passive: true)
                }
                #expect(gone.replyCode == 404)
            }
        }
    }

    @Test("given a delivery of the old connection, when it is acknowledged on the new one, then nothing is sent")
    func oldDeliveries() async throws {
        try await RecoveryBench.run { bench in
            try await bench.withConnection { connection in
                let channel = try await connection.openChannel()
                try await channel.declareQueue("q")
                for size in 0..<10 {
                    #expect(try await channel.publish(patterned(size), exchange: "", routingKey: "q") == .confirmed)
                }
                let consumer = try await channel.consumer(queue: "q", tag: "c", prefetch: 4)
                var iterator = consumer.makeAsyncIterator()
                let first = try #require(try await iterator.next())
                let second = try #require(try await iterator.next())
                await first.acknowledge()
                // The broker takes what one channel sends in its order: with this answer it has the acknowledgement.
                try await channel.declareQueue("q", passive: true)
                // When
                try await bench.cut(connection)
                #expect(await !second.acknowledge())
                #expect(await !second.reject(requeue: false))
                // Then all but the first come again, in order, and what waited in between is not handed out twice
                var sizes: [Int] = []
                while sizes.count < 9, let delivery = try await iterator.next() {
                    #expect(delivery.generation == 2)
                    sizes.append(delivery.body.readableBytes)
                    await delivery.acknowledge()
                }
                #expect(sizes == Array(1..<10))
                #expect(consumer.tag == "c")
                await consumer.cancel()
                #expect(try await iterator.next() == nil)
            }
            let left = try await bench.withControl { try await $0.declareQueue("q", passive: true).messages }
            #expect(left == 0)
        }
    }

    @Test("given a publish without its confirm, when the link is cut, then it says so, or sends it again if asked")
    func unknownOutcome() async throws {
        try await RecoveryBench.run { bench in
            try await bench.withConnection { connection in
                let channel = try await connection.openChannel()
                try await channel.declareQueue("q")
                // When no answer comes through, and the link is cut then
                func cutBeforeConfirm(resends: Bool) async throws -> Result<PublishResult, AMQPError> {
                    // Given that it stands
                    try await channel.declareQueue("q")
                    try await bench.proxy.setMode(.stall(.toClient))
                    let before = try await bench.proxy.counts().bytesToTarget
                    async let publishing = Self.result { () async throws(AMQPError) in
                        try await channel.publish(patterned(500), exchange: "", routingKey: "q", resends: resends)
                    }
                    try await eventually(within: .seconds(10), "the message was sent") {
                        try await bench.proxy.counts().bytesToTarget >= before + 500
                    }
                    try await bench.proxy.setMode(.cut)
                    try await bench.proxy.setMode(.forward)
                    return await publishing
                }
                // Then
                let reported = try await cutBeforeConfirm(resends: false)
                guard case .failure(let error) = reported else {
                    Issue.record("\(reported)")
                    return
                }
                #expect(error.code == .outcomeUnknown && error.isOutcomeUnknown)
                let resent = try await cutBeforeConfirm(resends: true)
                guard case .success(.confirmed) = resent else {
                    Issue.record("\(resent)")
                    return
                }
                // And nothing was sent that was not asked for
                let count = try await channel.declareQueue("q", passive: true).messages
                #expect((1...3).contains(count))
            }
        }
    }

    private static func result<Value>(
        _ body: () async throws(AMQPError) -> Value
    ) async -> Result<Value, AMQPError> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    @Test("given a connection that is away, when calling, then calls wait, up to their limit, and can be cancelled")
    func waiting() async throws {
        var policy = RecoveryBench.policy
        policy.callLimit = .milliseconds(300)
        let limited = policy
        try await RecoveryBench.run { bench in
            try await bench.withConnection(policy: limited) { connection in
                let channel = try await connection.openChannel()
                try await bench.proxy.setMode(.cut)
                try await eventually(within: .seconds(10), "it is away") { connection.endpoint == nil }
                // Then
                let late = try await failure { () async throws(AMQPError) in try await channel.declareQueue("q") }
                #expect(late.code == .timedOut)
                let opening = try await failure { () async throws(AMQPError) in try await connection.openChannel() }
                #expect(opening.code == .timedOut)
                let cancelled = Task {
                    try await failure { () async throws(AMQPError) in
                        try await channel.publish(patterned(1), exchange: "", routingKey: "q")
                    }
                }
                cancelled.cancel()
                #expect(try await cancelled.value.code == .cancelled)
                try await bench.proxy.setMode(.forward)
            }
            // And with time enough they go on where they were
            try await bench.withConnection { connection in
                let channel = try await connection.openChannel()
                try await bench.proxy.setMode(.cut)
                try await eventually(within: .seconds(10), "it is away") { connection.endpoint == nil }
                async let declared = channel.declareQueue("q")
                async let opened = connection.openChannel()
                try await bench.proxy.setMode(.forward)
                #expect(try await declared.name == "q")
                #expect(try await opened.declareQueue("q", passive: true).messages == 0)
            }
        }
    }

    @Test("given a channel that the broker closed, when the link is cut, then that stays closed and others come back")
    func closedChannel() async throws {
        try await RecoveryBench.run { bench in
            try await bench.withConnection { connection in
                let channel = try await connection.openChannel()
                let other = try await connection.openChannel()
                try await channel.declareQueue("q")
                let consumer = try await channel.consumer(queue: "q")
                let refused = try await failure { () async throws(AMQPError) in
                    try await channel.declareQueue("q", durable: false)
                }
                #expect(refused.replyCode == 406)
                var iterator = consumer.makeAsyncIterator()
                let ended = try await failure { () async throws(AMQPError) in try await iterator.next() }
                #expect(ended.replyCode == 406)
                // When
                try await bench.cut(connection)
                let later = try await failure { () async throws(AMQPError) in try await channel.declareQueue("q") }
                #expect(later.replyCode == 406)
                #expect(try await other.declareQueue("q", passive: true).consumers == 0)
                await channel.close()
                let closed = try await failure { () async throws(AMQPError) in try await channel.declareQueue("q") }
                #expect(closed.code == .closed)
                // And a consumer whose queue is deleted is told so, and not started again
                let second = try await other.consumer(queue: "q")
                try await bench.withControl { _ = try await $0.deleteQueue("q") }
                var rest = second.makeAsyncIterator()
                let gone = try await failure { () async throws(AMQPError) in try await rest.next() }
                #expect(gone.code == .cancelledByBroker)
                try await bench.cut(connection)
                #expect(try await other.declareQueue("q", passive: true).consumers == 0)
            }
        }
    }

    @Test("given what ends while the connection is away, then it is not there when it comes back")
    func endedWhileAway() async throws {
        try await RecoveryBench.run { bench in
            try await bench.withConnection { connection in
                let channel = try await connection.openChannel()
                let other = try await connection.openChannel()
                try await channel.declareQueue("q")
                let first = try await channel.consumer(queue: "q")
                let second = try await channel.consumer(queue: "q")
                let third = try await other.consumer(queue: "q")
                try await bench.proxy.setMode(.cut)
                try await eventually(within: .seconds(10), "it is away") { connection.endpoint == nil }
                // When
                await first.cancel()
                await other.close()
                var iterators = [first.makeAsyncIterator(), third.makeAsyncIterator()]
                #expect(try await iterators[0].next() == nil)
                let closed = try await failure { () async throws(AMQPError) in try await iterators[1].next() }
                #expect(closed.code == .closed)
                try await bench.proxy.setMode(.forward)
                // Then
                #expect(try await channel.declareQueue("q", passive: true).consumers == 1)
                await second.cancel()
            }
        }
    }

    @Test("given what the broker refuses to declare again, then it is tried until it passes, and each failure is told")
    func refusedTopology() async throws {
        try await RecoveryBench.run { bench in
            try await bench.withConnection { connection in
                let log = EventLog.start(connection)
                let channel = try await connection.openChannel()
                try await channel.declareQueue("before")
                try await channel.declareQueue("q", durable: false, exclusive: true)
                let consumer = try await channel.consumer(queue: "q")
                try await bench.proxy.setMode(.cut)
                try await bench.withControl { control in
                    // Given that another has a queue of that name meanwhile
                    try await eventually(within: .seconds(10), "the exclusive queue is gone") {
                        try await bench.withControl { other in
                            try await other.declareQueue("q", arguments: ["x-max-length": 1]).messages == 0
                        }
                    }
                    try await bench.proxy.setMode(.forward)
                    try await eventually(within: .seconds(10), "two attempts are refused") {
                        log.attemptFailures.filter { $0.replyCode == 406 || $0.replyCode == 405 }.count >= 2
                    }
                    let words = log.attemptFailures.last.map { "\($0)" } ?? ""
                    #expect(words.contains("declare queue 'q' again"), "\(words)")
                    // When it is gone
                    try await control.deleteQueue("q")
                }
                // Then
                #expect(try await channel.declareQueue("q", passive: true).consumers == 1)
                await consumer.cancel()
            }
        }
    }

    @Test("given names that no later connection would know, when they are used, then they are refused here")
    func emptyNames() async throws {
        try await RecoveryBench.run { bench in
            try await bench.withConnection { connection in
                let channel = try await connection.openChannel()
                let errors = [
                    try await failure { () async throws(AMQPError) in try await channel.declareQueue("") },
                    try await failure { () async throws(AMQPError) in try await channel.bindQueue("", to: "amq.topic")
                    },
                    try await failure { () async throws(AMQPError) in try await channel.consumer(queue: "") },
                    try await failure { () async throws(AMQPError) in try await channel.get("") },
                    try await failure { () async throws(AMQPError) in try await channel.purgeQueue("") },
                ]
                #expect(errors.allSatisfy { $0.code == .invalidArgument })
                #expect(try await channel.declareQueue("", exclusive: true).name.hasPrefix("amq.gen-"))
            }
        }
    }
}
