import AMQP
import BrokerHarness
import NIOCore
import Pump
import PumpHarness
import Synchronization
import Testing

@Suite("What a destination refuses", .timeLimit(.minutes(3)))
struct RefusalTests {
    @Test("an unroutable message goes into quarantine with its reason; the others pass in order")
    func unroutable() async throws {
        try await PumpBench.with { bench in
            let source = bench.source.channel
            try await source.declareExchange("orders", type: "topic")
            try await source.declareQueue("from")
            try await source.bindQueue("from", to: "orders", routingKey: "#")
            try await bench.destination.channel.declareExchange("orders", type: "topic")
            try await bench.destination.channel.declareQueue("to")
            try await bench.destination.channel.bindQueue("to", to: "orders", routingKey: "good.#")
            // Given every tenth message with a key that nothing is bound for
            try await source.onEventLoop { lane in
                for number in 0..<2000 {
                    try lane.publish(
                        numbered(number),
                        properties: BasicProperties(headers: ["n": .int32(Int32(number))], userID: "guest"),
                        exchange: "orders",
                        routingKey: number % 10 == 3 ? "bad" : "good.key"
                    )
                }
                lane.flush()
            }
            try await bench.pump(route: .asDelivered).whileRunning { pump in
                try await eventually(within: .seconds(30), "all are settled") {
                    let counters = await pump.counters()
                    return counters.confirmed == 1800 && counters.quarantined == 200
                }
                #expect(await pump.status().error == nil)
            }
            let all = 0..<2000
            #expect(try await bench.destination.channel.takeNumbers("to") == all.filter { $0 % 10 != 3 })
            let quarantined = try await source.takeAll("quarantine")
            #expect(quarantined.map { number(of: $0.body) }.sorted() == all.filter { $0 % 10 == 3 })
            let headers = try #require(quarantined.first?.properties.headers)
            #expect(headers["x-ropeway-quarantine-reason"] == "unroutable")
            #expect(headers["x-ropeway-quarantine-exchange"] == "orders")
            #expect(headers["x-ropeway-quarantine-routing-key"] == "bad")
            #expect(headers["n"] == .int32(3))
            #expect(try await source.depth("from") == 0)
        }
    }

    @Test("a message whose header fits into no frame of the destination goes into quarantine; the others pass in order")
    func headerTooLarge() async throws {
        // Given a destination with frames of 8 KiB
        let source = try await SharedPair.get().dc1
        let destination = try await BrokerNode.start("frames", on: .dc2, configuration: ["frame_max = 8192"])
        try await PumpBench.with((source, destination)) { bench in
            let channel = bench.source.channel
            try await channel.declareQueue("from")
            try await bench.destination.channel.declareQueue("to")
            // and one message of many with 20 KB of headers
            try await channel.fill("from", 0..<20)
            let large = BasicProperties(headers: ["h": .string(String(repeating: "x", count: 20_000))], deliveryMode: 2)
            try await channel.fill("from", 20..<21, properties: large)
            try await channel.fill("from", 21..<50, size: 30_000)
            // When they are moved
            try await bench.pump().whileRunning { pump in
                try await eventually(within: .seconds(30), "all are settled") {
                    let counters = await pump.counters()
                    return counters.confirmed == 49 && counters.quarantined == 1
                }
                #expect(await pump.status().sessions == 1)
            }
            // Then it is in quarantine with its headers, and the reason
            #expect(try await bench.destination.channel.takeNumbers("to") == (0..<50).filter { $0 != 20 })
            let quarantined = try await channel.takeAll("quarantine")
            #expect(quarantined.map { number(of: $0.body) } == [20])
            let headers = try #require(quarantined.first?.properties.headers)
            #expect(headers["x-ropeway-quarantine-reason"] == "header-too-large")
            #expect(headers["h"] == large.headers?["h"])
        }
        try await destination.wipe()
    }

    @Test("of messages that differ in their headers only, the returned one is put into quarantine and no other")
    func unroutableByHeader() async throws {
        try await PumpBench.with { bench in
            let source = bench.source.channel
            try await source.declareExchange("h", type: "headers")
            try await source.declareQueue("from")
            try await source.bindQueue("from", to: "h", arguments: ["all": true])
            try await bench.destination.channel.declareExchange("h", type: "headers")
            try await bench.destination.channel.declareQueue("to")
            try await bench.destination.channel.bindQueue("to", to: "h", arguments: ["kind": "wanted"])
            try await source.onEventLoop { lane in
                for number in 0..<300 {
                    let properties = BasicProperties(
                        headers: [
                            "kind": .string(number % 3 == 2 ? "unwanted" : "wanted"), "all": true,
                            "n": .int32(Int32(number)),
                        ]
                    )
                    try lane.publish(ByteBuffer(), properties: properties, exchange: "h", routingKey: "")
                }
                lane.flush()
            }
            try await bench.pump(route: .asDelivered).whileRunning { pump in
                try await eventually(within: .seconds(30), "all are settled") {
                    let counters = await pump.counters()
                    return counters.confirmed == 200 && counters.quarantined == 100
                }
            }
            func numbers(_ deliveries: [Delivery]) -> [Int] {
                deliveries.map { delivery in
                    guard case .int32(let number) = delivery.properties.headers?["n"] else { return -1 }
                    return Int(number)
                }
            }
            let all = 0..<300
            #expect(numbers(try await bench.destination.channel.takeAll("to")) == all.filter { $0 % 3 != 2 })
            let quarantined = numbers(try await source.takeAll("quarantine"))
            #expect(quarantined.sorted() == all.filter { $0 % 3 == 2 })
        }
    }

    @Test("what nobody wanted is skipped where that is the policy")
    func skippedReturns() async throws {
        try await PumpBench.with { bench in
            try await bench.source.channel.declareQueue("from")
            try await bench.destination.channel.declareExchange("nowhere", type: "fanout")
            try await bench.source.channel.fill("from", 0..<500)
            let pump = try bench.pump(
                route: try PublishRoute(exchange: "nowhere", routingKey: nil),
                returns: .skip,
                hasQuarantine: false
            )
            try await pump.whileRunning { pump in
                try await eventually(within: .seconds(20), "all are skipped") { await pump.counters().skipped == 500 }
            }
            #expect(try await bench.source.channel.depth("from") == 0)
        }
    }

    @Test("messages that close the channel are found one by one; all others pass")
    func poison() async throws {
        try await PumpBench.with { bench in
            let source = bench.source.channel
            try await source.declareQueue("from")
            try await bench.destination.channel.declareQueue("to")
            // Given two kinds of messages that the destination closes the channel for, among others: an expiration that
            // is no number, and the user id of another
            let count = 600
            let poisoned = [100, 101, 350]
            let properties = BasicProperties(deliveryMode: 2, expiration: "600000")
            try await source.fill("from", 0..<350, properties: properties)
            let stranger = try await bench.source.connection(as: "stranger")
            try await stranger.openChannel()
                .fill("from", 350..<351, properties: BasicProperties(deliveryMode: 2, userID: "stranger"))
            await stranger.close()
            try await source.fill("from", 351..<count, properties: properties)
            let pump = try bench.pump(
                limits: PumpLimits(prefetch: 50, inFlight: 50),
                makeTransform: { _ in
                    ForgingTransform(numbers: [100, 101])
                }
            )
            try await pump.whileRunning { pump in
                try await eventually(within: .seconds(60), "all are settled") {
                    let counters = await pump.counters()
                    return try await bench.isSettled(pump) && counters.confirmed >= UInt64(count - poisoned.count)
                }
                // Then it works with a full window again, not one by one
                let sessions = await pump.status().sessions
                try await source.send("from", count..<(count + 500))
                try await eventually(within: .seconds(10), "it has left isolation") {
                    let counters = await pump.counters()
                    return counters.confirmed >= UInt64(count + 500 - poisoned.count)
                }
                let acknowledgements = await pump.counters().acknowledgements
                try await source.send("from", (count + 500)..<(count + 3500))
                try await eventually(within: .seconds(20), "it moves batches") {
                    try await bench.isSettled(pump)
                }
                #expect(await pump.counters().acknowledgements < acknowledgements + 1500)
                #expect(await pump.status().sessions <= sessions + 2)
            }
            let arrived = try await bench.destination.channel.takeNumbers("to")
            #expect(Set(arrived) == Set(0..<(count + 3500)).subtracting(poisoned))
            // At most a window for each session that failed, of which there are two or three for each of them
            #expect(arrived.count - Set(arrived).count <= 50 * 2 * poisoned.count)
            let quarantined = try await source.takeAll("quarantine")
            #expect(Set(quarantined.map { number(of: $0.body) }) == Set(poisoned))
            #expect(quarantined.first?.properties.headers?["x-ropeway-quarantine-reason"] == "refused")
            #expect(await pump.status().sessions < 40)
        }
    }

    @Test("a full store holds everything up with few publishes, and nothing is lost once it is drained")
    func fullStore() async throws {
        try await PumpBench.with { bench in
            let destination = bench.destination.channel
            try await bench.source.channel.declareQueue("from")
            try await destination.declareQueue(
                "to",
                arguments: ["x-max-length": .int32(500), "x-overflow": "reject-publish"]
            )
            try await bench.source.channel.fill("from", 0..<3000)
            let pump = try bench.pump(
                limits: PumpLimits(retryDelay: .milliseconds(50), maximumRetryDelay: .milliseconds(400))
            )
            var taken: [Int] = []
            try await pump.whileRunning { pump in
                try await eventually(within: .seconds(20), "it sees the refusal") {
                    await pump.status().phase == .blocked(.refused)
                }
                // When the store stays full for a while
                let before = await pump.counters().published
                try await Task.sleep(for: .seconds(3))
                let tries = await pump.counters().published - before
                // Then single messages are tried, less and less often
                #expect(tries >= 4 && tries <= 30, "\(tries) publishes into a full store")
                #expect(await pump.status().sessions == 1)
                // When it is drained, a little at a time
                for _ in 0..<20 {
                    for _ in 0..<5 {
                        if let delivery = try await destination.get("to", noAcknowledgement: true) {
                            taken.append(number(of: delivery.body))
                        }
                    }
                    try await Task.sleep(for: .milliseconds(100))
                }
                let accepted = await pump.counters().confirmed
                let refused = await pump.counters().refused
                #expect(refused < 3000 + accepted, "\(refused) refusals for \(accepted) messages that were taken")
                // When it is drained for good
                while Set(taken).count < 3000 {
                    taken += try await destination.takeNumbers("to")
                    try await Task.sleep(for: .milliseconds(20))
                }
                // The last message is there before the pump is told so.
                try await eventually(within: .seconds(10), "it runs") { await pump.status().phase == .running }
            }
            #expect(taken.count == 3000)
            #expect(try await bench.source.channel.depth("from") == 0)
        }
    }

    @Test("a channel that stays refused although the queue takes messages again is left for a new one")
    func liftedLimit() async throws {
        try await PumpBench.with { bench in
            let destination = bench.destination.channel
            try await bench.source.channel.declareQueue("from")
            try await destination.declareQueue("to", arguments: ["x-queue-type": "quorum"])
            try await bench.source.channel.fill("from", 0..<2000)
            // Given a quorum queue that a policy has refuse what exceeds a limit
            let policy = "/api/policies/\(bench.destination.virtualHost)/limit"
            let definition = #"{"max-length":500,"overflow":"reject-publish"}"#
            let body = #"{"pattern":"^to$","apply-to":"queues","definition":\#(definition)}"#
            try await bench.destination.node.management("PUT", policy, body: body)
            try await bench.pump(limits: PumpLimits(stallTimeout: .seconds(2))).whileRunning { pump in
                try await eventually(within: .seconds(20), "it restarts while it is refused") {
                    await pump.status().error?.code == "destination-refuses"
                }
                let first = await pump.status()
                // When it is refused for longer
                try await Task.sleep(for: .seconds(5))
                // Then it restarts less and less often
                #expect(await pump.status().sessions <= first.sessions + 2)
                // When the limit is lifted, then everything passes
                try await bench.destination.node.management("DELETE", policy)
                try await eventually(within: .seconds(40), "all are confirmed") {
                    await pump.counters().confirmed == 2000
                }
                #expect(await pump.status().error == nil)
            }
            #expect(Set(try await destination.takeNumbers("to")) == Set(0..<2000))
            #expect(try await bench.source.channel.depth("from") == 0)
        }
    }

    @Test("a refused message that is left out at the second try holds nothing up")
    func skippedOnRetry() async throws {
        try await PumpBench.with { bench in
            let destination = bench.destination.channel
            try await bench.source.channel.declareQueue("from")
            try await destination.declareQueue(
                "to",
                arguments: ["x-max-length": .int32(1), "x-overflow": "reject-publish"]
            )
            try await bench.source.channel.fill("from", 0..<50)
            let pump = try bench.pump(
                // Messages may come one by one, and the wait would grow with each that is refused.
                limits: PumpLimits(retryDelay: .milliseconds(20), maximumRetryDelay: .milliseconds(40)),
                makeTransform: { _ in OnlyOnceTransform() }
            )
            try await pump.whileRunning { pump in
                try await eventually(within: .seconds(20), "all are settled") {
                    let counters = await pump.counters()
                    return counters.confirmed + counters.expired == 50
                }
            }
            #expect(try await bench.source.channel.depth("from") == 0)
        }
    }

    @Test("without a quarantine, what can't be delivered stays, and the others pass once")
    func noQuarantine() async throws {
        try await PumpBench.with { bench in
            let source = bench.source.channel
            try await source.declareExchange("orders", type: "direct")
            try await source.declareQueue("from")
            for key in ["good", "bad"] { try await source.bindQueue("from", to: "orders", routingKey: key) }
            try await bench.destination.channel.declareExchange("orders", type: "direct")
            try await bench.destination.channel.declareQueue("to")
            try await bench.destination.channel.bindQueue("to", to: "orders", routingKey: "good")
            try await source.onEventLoop { lane in
                for number in 0..<1000 {
                    try lane.publish(
                        numbered(number),
                        properties: BasicProperties(),
                        exchange: "orders",
                        routingKey: number == 500 ? "bad" : "good"
                    )
                }
                lane.flush()
            }
            let pump = try bench.pump(route: .asDelivered, hasQuarantine: false)
            try await pump.whileRunning { pump in
                try await eventually(within: .seconds(20), "the others are confirmed") {
                    await pump.counters().confirmed >= 999
                }
                try await eventually(within: .seconds(10), "it tells why") {
                    await pump.status().error?.code == "undeliverable"
                }
            }
            let arrived = try await bench.destination.channel.takeNumbers("to")
            #expect(arrived == (0..<1000).filter { $0 != 500 })
            #expect(try await source.takeNumbers("from") == [500])
        }
    }

    @Test("while the quarantine takes nothing, nothing disappears, and it is tried again")
    func quarantineUnavailable() async throws {
        try await PumpBench.with { bench in
            let source = bench.source.channel
            try await source.declareQueue("from")
            try await source.fill("from", 0..<20)
            // Given a destination queue that does not exist, and a quarantine that can't be prepared at first
            let isBroken = Mutex(true)
            // and a drain time-out that is too long to be waited for
            let limits = PumpLimits(drainTimeout: .seconds(60))
            let pump = try bench.pump(
                limits: limits,
                prepareQuarantine: { connection in
                    if isBroken.withLock({ $0 }) { throw HarnessError("no quarantine today") }
                    try await connection.openChannel().declareQueue("quarantine")
                }
            )
            try await pump.whileRunning { pump in
                try await eventually(within: .seconds(10), "it tells why") {
                    await pump.status().error?.code == "quarantine-failed"
                }
                try await eventually(within: .seconds(10), "it tries again") { await pump.status().sessions > 2 }
                #expect(await pump.counters().quarantined == 0)
                isBroken.withLock { $0 = false }
                try await eventually(within: .seconds(20), "all are in quarantine") {
                    let counters = await pump.counters()
                    return try await bench.isSettled(pump) && counters.quarantined >= 20
                }
            }
            #expect(Set(try await source.takeNumbers("quarantine")) == Set(0..<20))
        }
    }

    @Test("the transform ends the run before the message that it names")
    func finish() async throws {
        try await PumpBench.with { bench in
            try await bench.source.channel.declareQueue("from")
            try await bench.destination.channel.declareQueue("to")
            try await bench.source.channel.fill("from", 0..<3000)
            let pump = try bench.pump(makeTransform: { _ in FinishingTransform(end: 2500) })
            #expect(await pump.run() == .finished)
            #expect(await pump.status().phase == .finished)
            // Every second one was skipped
            let even = (0..<2500).filter { $0 % 2 == 0 }
            #expect(try await bench.destination.channel.takeNumbers("to") == even)
            #expect(await pump.counters().skipped == 1250)
            try await eventually(within: .seconds(5), "the rest is given back") {
                try await bench.source.channel.depth("from") == 500
            }
            #expect(try await bench.source.channel.takeNumbers("from") == Array(2500..<3000))
        }
    }

    @Test("a limit of the destination is learnt from its refusal, and what exceeds it goes into quarantine")
    func oversize() async throws {
        let (source, destination) = try await (
            SharedPair.get().dc1,
            BrokerNode.start("small", on: .dc2, configuration: ["max_message_size = 100000"])
        )
        try await PumpBench.with((source, destination)) { bench in
            try await bench.source.channel.declareQueue("from")
            try await bench.destination.channel.declareQueue("to")
            for number in 0..<40 {
                try await bench.source.channel.fill(
                    "from",
                    number..<(number + 1),
                    size: number % 8 == 5 ? 100_001 : 100_000
                )
            }
            let pump = try bench.pump()
            try await pump.whileRunning { pump in
                try await eventually(within: .seconds(30), "all are settled") {
                    let counters = await pump.counters()
                    return try await bench.isSettled(pump) && counters.quarantined == 5
                }
                #expect(await pump.status().sessions == 2)
            }
            let quarantined = try await bench.source.channel.takeAll("quarantine")
            #expect(quarantined.map { number(of: $0.body) }.sorted() == [5, 13, 21, 29, 37])
            #expect(quarantined.first?.properties.headers?["x-ropeway-quarantine-reason"] == "body-too-large")
            let arrived = try await bench.destination.channel.takeNumbers("to")
            #expect(Set(arrived) == Set((0..<40).filter { $0 % 8 != 5 }))
        }
        try await destination.wipe()
    }
}
