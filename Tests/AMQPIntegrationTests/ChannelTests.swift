import AMQP
import BrokerHarness
import NIOCore
import Testing

@Suite("A channel of a real broker", .timeLimit(.minutes(3)))
struct ChannelTests {
    @Test("declares, binds, purges and deletes")
    func topology() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            // Given two exchanges in a row and a queue
            try await channel.declareExchange("in", type: "topic")
            try await channel.declareExchange("out", type: "headers", durable: false, isInternal: true)
            let declared = try await channel.declareQueue("q", arguments: ["x-max-length": 100])
            #expect(declared.name == "q" && declared.messages == 0 && declared.consumers == 0)
            try await channel.bindExchange("out", to: "in", routingKey: "a.#", arguments: ["note": "first"])
            try await channel.bindQueue("q", to: "out", arguments: ["x-match": "all", "kind": "x"])
            try await channel.selectConfirms()
            // When publishing what both bindings take, and what only the first takes
            let taken = BasicProperties(headers: ["kind": "x"])
            #expect(
                try await channel.publish(patterned(5), properties: taken, exchange: "in", routingKey: "a.b")
                    == .confirmed
            )
            #expect(
                try await channel.publish(patterned(5), exchange: "in", routingKey: "a.b", mandatory: true) == .returned
            )
            // Then the queue has one
            #expect(try await channel.declareQueue("q", passive: true).messages == 1)
            try await channel.purgeQueue("q")
            #expect(try await channel.declareQueue("q", passive: true).messages == 0)
            try await channel.unbindQueue("q", from: "out", arguments: ["x-match": "all", "kind": "x"])
            try await channel.unbindExchange("out", from: "in", routingKey: "a.#", arguments: ["note": "first"])
            try await channel.deleteQueue("q")
            try await channel.deleteExchange("out")
            try await channel.deleteExchange("in")
            try await channel.deleteQueue("was never there")
        }
    }

    @Test("gives a queue without a name one")
    func generatedName() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            let queue = try await channel.declareQueue("", durable: false, exclusive: true)
            #expect(queue.name.hasPrefix("amq.gen-"))
        }
    }

    @Test("closed with 404 or 406 tells the code and the words, and leaves the connection open")
    func channelErrors() async throws {
        try await withFreshConnection { connection in
            // When looking at a queue that is not there
            let first = try await connection.openChannel()
            let missing = try await failure { () async throws(AMQPError) in
                try await first.declareQueue("absent", passive: true)
            }
            // Then the channel is closed with 404
            #expect(missing.code == .channelClosedByBroker)
            #expect(missing.replyCode == 404)
            #expect(missing.reason.hasPrefix("NOT_FOUND"))
            #expect("\(missing)".contains("look at queue 'absent'"))
            // And further calls fail with the same reason
            let later = try await failure { () async throws(AMQPError) in try await first.declareQueue("q") }
            #expect(later.replyCode == 404)

            // When declaring a queue differently
            let second = try await connection.openChannel()
            try await second.declareQueue("q", durable: true)
            let unequal = try await failure { () async throws(AMQPError) in
                try await second.declareQueue("q", durable: false)
            }
            #expect(unequal.replyCode == 406)

            // When acknowledging what was never delivered
            let third = try await connection.openChannel()
            let receiver = CollectingReceiver()
            try await third.onEventLoop { $0.receiver = receiver }
            try await third.acknowledge(99)
            try await eventually(within: .seconds(10), "the channel is closed") { receiver.seen.closed != nil }
            #expect(receiver.seen.closed?.replyCode == 406)

            // Then the connection goes on
            let fourth = try await connection.openChannel()
            #expect(try await fourth.declareQueue("q", passive: true).name == "q")
        }
    }

    @Test("fails all calls under way when one of them is refused")
    func callsUnderWay() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            // When three calls are made at once, the first of which is refused
            async let first = failure { () async throws(AMQPError) in
                try await channel.declareQueue("absent", passive: true)
            }
            async let second = failure { () async throws(AMQPError) in
                try await channel.bindQueue("absent", to: "absent")
            }
            let codes = try await [first.replyCode, second.replyCode]
            #expect(codes == [404, 404])
        }
    }

    @Test("closes while the broker closes it, and the connection stays open")
    func crossingCloses() async throws {
        try await withFreshConnection { connection in
            for round in 0..<100 {
                let channel = try await connection.openChannel()
                // When a publish that the broker answers with channel.close is followed by our own close at once
                let publishing = channel
                async let refused: Void? = try? await publishing.onEventLoop { lane in
                    _ = try lane.publish(
                        patterned(1),
                        properties: BasicProperties(),
                        exchange: "absent",
                        routingKey: ""
                    )
                    lane.flush()
                }
                if round % 2 == 0 { await refused }
                do throws(AMQPError) {
                    try await channel.close()
                } catch {
                    #expect(error.replyCode == 404)
                }
                await refused
            }
            // Then the connection serves on
            let channel = try await connection.openChannel()
            try await channel.declareQueue("q")
        }
    }

    @Test("is one of many")
    func manyChannels() async throws {
        try await withFreshConnection { connection in
            var channels: [AMQPChannel] = []
            for _ in 0..<500 { channels.append(try await connection.openChannel()) }
            try await channels[0].declareQueue("q")
            // When all publish at once
            try await withThrowingTaskGroup(of: PublishResult.self) { group in
                for channel in channels {
                    group.addTask {
                        try await channel.selectConfirms()
                        return try await channel.publish(patterned(100), exchange: "", routingKey: "q")
                    }
                }
                for try await result in group { #expect(result == .confirmed) }
            }
            // Then all arrived
            #expect(try await channels[499].declareQueue("q", passive: true).messages == 500)
            for channel in channels { try await channel.close() }
        }
    }

    @Test("numbers confirms from where it asked for them, whatever it published before")
    func confirmsAfterPublishes() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.declareQueue("q")
            // Given three publishes without confirms
            try await channel.onEventLoop { lane in
                for _ in 0..<3 {
                    _ = try lane.publish(patterned(1), properties: BasicProperties(), exchange: "", routingKey: "q")
                }
                lane.flush()
            }
            // When asking for confirms, twice, then a publish is answered
            try await channel.selectConfirms()
            #expect(try await channel.publish(patterned(1), exchange: "", routingKey: "q") == .confirmed)
            try await channel.selectConfirms()
            #expect(try await channel.publish(patterned(1), exchange: "", routingKey: "q") == .confirmed)
            #expect(try await channel.declareQueue("q", passive: true).messages == 5)
        }
    }

    @Test("without confirms refuses to wait for one")
    func publishWithoutConfirms() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            let error = try await failure { () async throws(AMQPError) in
                try await channel.publish(patterned(1), exchange: "", routingKey: "q")
            }
            #expect(error.code == .invalidArgument)
        }
    }
}
