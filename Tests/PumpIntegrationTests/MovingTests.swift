import AMQP
import BrokerHarness
import NIOCore
import Pump
import PumpHarness
import Testing

@Suite("A pump between two brokers", .timeLimit(.minutes(3)))
struct MovingTests {
    @Test("keeps the order, and spends few acknowledgements and flushes")
    func order() async throws {
        try await PumpBench.with { bench in
            try await bench.source.channel.declareQueue("from")
            try await bench.destination.channel.declareQueue("to")
            // Given more than four windows
            try await bench.source.channel.fill("from", 0..<20_000, size: 256)
            let pump = try bench.pump()
            try await pump.whileRunning { pump in
                try await eventually(within: .seconds(30), "all are confirmed") {
                    await pump.counters().confirmed == 20_000
                }
                try await eventually(within: .seconds(5), "the source has nothing left") {
                    await pump.status().unsettled == 0
                }
            }
            // Then each arrived once, in order
            #expect(try await bench.destination.channel.takeNumbers("to") == Array(0..<20_000))
            #expect(try await bench.source.channel.depth("from") == 0)
            let counters = await pump.counters()
            #expect(counters.published == 20_000 && counters.received == 20_000 && counters.redelivered == 0)
            // A sixteenth of the window is 256 messages, plus one whenever nothing was in flight.
            #expect(counters.acknowledgements <= 400, "\(counters)")
            #expect(counters.flushes <= 2500, "\(counters)")
        }
    }

    @Test("passes exchange, key, properties and headers of every type as they are")
    func verbatim() async throws {
        let everything = BasicProperties(
            contentType: "application/octet-stream",
            contentEncoding: "identity",
            headers: [
                "text": "grüße", "bytes": .byteArray([0, 255, 1]), "yes": true, "tiny": .int8(-3),
                "short": .int16(-300),
                "int": .int32(-70_000), "long": .int64(-5_000_000_000), "float": .float(1.5), "double": .double(2.25),
                "decimal": .decimal(scale: 2, value: 314), "when": .timestamp(1_700_000_000), "nothing": .void,
                "table": .table(["inner": .array([1, "two", .void])]), "latin": .longString([0xE9, 0xFF]),
            ],
            deliveryMode: 2,
            priority: 3,
            correlationID: "c-1",
            replyTo: "replies",
            expiration: "600000",
            messageID: "m-1",
            timestamp: 1_700_000_001,
            type: "order",
            userID: "guest",
            appID: "shop",
            clusterID: "none"
        )
        try await PumpBench.with { bench in
            // Given an exchange of the same name on both sides, with a queue each
            for (side, queue) in [(bench.source, "from"), (bench.destination, "to")] {
                try await side.channel.declareExchange("orders", type: "topic")
                try await side.channel.declareQueue(queue)
                try await side.channel.bindQueue(queue, to: "orders", routingKey: "#")
            }
            try await bench.source.channel.selectConfirms()
            for properties in [everything, BasicProperties()] {
                let result = try await bench.source.channel.publish(
                    patterned(33),
                    properties: properties,
                    exchange: "orders",
                    routingKey: "some.key"
                )
                #expect(result == .confirmed)
            }
            try await bench.pump(route: .asDelivered).whileRunning { _ in
                try await eventually(within: .seconds(20), "two arrived") {
                    try await bench.destination.channel.depth("to") == 2
                }
            }
            let arrived = try await bench.destination.channel.takeAll("to")
            try #require(arrived.count == 2)
            var expected = everything
            if bench.source.node.version.sortsHeaders || bench.destination.node.version.sortsHeaders {
                expected.headers?.fields.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            }
            #expect(arrived.map(\.properties) == [expected, BasicProperties()])
            #expect(
                arrived.allSatisfy {
                    $0.exchange == "orders" && $0.routingKey == "some.key" && $0.body == patterned(33)
                }
            )
        }
    }

    @Test("passes bodies of every size near a limit, and large ones")
    func sizes() async throws {
        try await PumpBench.with { bench in
            let limits = [bench.source.node, bench.destination.node].map(\.version.largestMessage)
            let largest = limits.reduce(20_000_000, min)
            let sizes = [0, 1] + (-8...8).map { 131_072 + $0 } + [16_384, 16_385, 200_000, largest]
            try await bench.source.channel.declareQueue("from")
            try await bench.destination.channel.declareQueue("to")
            try await bench.source.channel.selectConfirms()
            for size in sizes {
                _ = try await bench.source.channel.publish(patterned(size), exchange: "", routingKey: "from")
            }
            try await bench.pump().whileRunning { pump in
                try await eventually(within: .seconds(40), "all are confirmed") {
                    await pump.counters().confirmed == UInt64(sizes.count)
                }
            }
            let arrived = try await bench.destination.channel.takeAll("to")
            #expect(arrived.map(\.body.readableBytes) == sizes)
            for (delivery, size) in zip(arrived, sizes) where delivery.body != patterned(size) {
                Issue.record("a body of \(size) bytes is damaged")
            }
        }
    }

    @Test("moves large bodies without waiting for each confirm")
    func largeBodies() async throws {
        try await PumpBench.with { bench in
            try await bench.source.channel.declareQueue("from")
            try await bench.destination.channel.declareQueue("to")
            try await bench.source.channel.fill("from", 0..<800, size: 50_000)
            try await bench.pump().whileRunning { pump in
                try await eventually(within: .seconds(40), "all are confirmed") {
                    await pump.counters().confirmed == 800
                }
            }
            #expect(try await bench.destination.channel.takeNumbers("to") == Array(0..<800))
        }
    }

    @Test("pauses, resumes and stops without loss or repeat")
    func pause() async throws {
        try await PumpBench.with { bench in
            try await bench.source.channel.declareQueue("from")
            try await bench.destination.channel.declareQueue("to")
            try await bench.source.channel.fill("from", 0..<30_000)
            let pump = try bench.pump()
            try await pump.whileRunning { pump in
                for _ in 0..<5 {
                    try await eventually(within: .seconds(20), "it runs") { await pump.status().phase == .running }
                    await pump.pause()
                    try await eventually(within: .seconds(5), "it pauses") { await pump.status().phase == .paused }
                    let before = await pump.counters().published
                    await pump.resume()
                    try await eventually(within: .seconds(20), "it goes on") {
                        await pump.counters().published > before || before == 30_000
                    }
                }
                try await eventually(within: .seconds(30), "all are confirmed") {
                    await pump.counters().confirmed == 30_000
                }
            }
            #expect(try await bench.destination.channel.takeNumbers("to") == Array(0..<30_000))
            #expect(try await bench.source.channel.depth("from") == 0)
            #expect(await pump.status().phase == .idle)
        }
    }

    @Test("keeps to a rate, and stops at once although it holds more than it may send")
    func rate() async throws {
        try await PumpBench.with { bench in
            try await bench.source.channel.declareQueue("from")
            try await bench.destination.channel.declareQueue("to")
            try await bench.source.channel.fill("from", 0..<3000)
            let pump = try bench.pump(limits: PumpLimits(rate: 500, drainTimeout: .seconds(60)))
            let clock = ContinuousClock()
            let stop = try await pump.whileRunning { pump in
                try await eventually(within: .seconds(20), "it moves") { await pump.counters().confirmed > 0 }
                let start = clock.now
                try await eventually(within: .seconds(20), "a thousand are confirmed") {
                    await pump.counters().confirmed >= 1000
                }
                let took = clock.now - start
                #expect(took >= .milliseconds(1700) && took < .seconds(5))
            }
            // Then it did not wait for the drain time-out; the bound leaves room for a machine that is busy
            #expect(stop < .seconds(3))
            // Then what arrived and what was given back are all there is
            let arrived = try await bench.destination.channel.takeNumbers("to")
            #expect(arrived == Array(0..<arrived.count))
            #expect(try await bench.source.channel.depth("from") == 3000 - arrived.count)
        }
    }

    @Test("its numbers never go back, whatever comes and goes")
    func monotonic() async throws {
        try await PumpBench.with { bench in
            try await bench.source.channel.declareQueue("from")
            try await bench.destination.channel.declareQueue("to")
            try await bench.source.channel.fill("from", 0..<20_000)
            let pump = try bench.pump()
            try await pump.whileRunning { pump in
                var last = PumpCounters()
                var sessions = 0
                while last.confirmed < 20_000 {
                    let status = await pump.status()
                    #expect(status.counters.confirmed >= last.confirmed && status.sessions >= sessions)
                    #expect(status.counters.received >= last.received)
                    last = status.counters
                    sessions = status.sessions
                    if sessions < 40 { await pump.pause() }
                    await pump.resume()
                }
            }
        }
    }

    @Test("leaves no connection behind, whenever it is stopped")
    func stopAnywhere() async throws {
        try await PumpBench.with { bench in
            try await bench.source.channel.declareQueue("from")
            try await bench.destination.channel.declareQueue("to")
            try await bench.source.channel.fill("from", 0..<2000)
            let sourceLink = try await LinkProxy.start(to: bench.source.node.amqpPort)
            let destinationLink = try await LinkProxy.start(to: bench.destination.node.amqpPort)
            for delay in [0, 1, 2, 3, 4, 6, 8, 10, 12, 15, 20, 25, 30, 40, 60] {
                let pump = try bench.pump(sourcePort: sourceLink.port, destinationPort: destinationLink.port)
                let task = Task { await pump.run() }
                try await Task.sleep(for: .milliseconds(delay))
                task.cancel()
                #expect(await task.value == .stopped)
                try await eventually(within: .seconds(3), "no connection is left, stopped after \(delay) ms") {
                    let counts = try await (sourceLink.counts().open, destinationLink.counts().open)
                    return counts == (0, 0)
                }
            }
            try await sourceLink.shutdown()
            try await destinationLink.shutdown()
        }
    }

    @Test("can be stopped while a broker that took the connection says nothing")
    func stopWhileSilent() async throws {
        try await PumpBench.with { bench in
            try await bench.source.channel.declareQueue("from")
            try await bench.destination.channel.declareQueue("to")
            let link = try await LinkProxy.start(to: bench.source.node.amqpPort)
            let pump = try bench.pump(
                sourcePort: link.port,
                prepareSource: { connection in
                    // Given a link that goes silent between the handshake and what follows
                    try await link.setMode(.stall(.both))
                    try await connection.openChannel().declareQueue("from", passive: true)
                }
            )
            let stop = try await pump.whileRunning { _ in
                try await eventually(within: .seconds(10), "it is connected") { try await link.counts().open == 1 }
                try await Task.sleep(for: .milliseconds(300))
            }
            // Then it did not wait for two heartbeat intervals of 10 s
            #expect(stop < .seconds(4))
            try await link.shutdown()
        }
    }
}
