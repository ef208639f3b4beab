import AMQP
import BrokerHarness
import NIOCore
import Pump
import PumpHarness
import Testing

@Suite("A source that delivers nothing", .timeLimit(.minutes(2)))
struct StarvedSourceTests {
    private static let limits = PumpLimits(stallTimeout: .seconds(2))
    /// Three times as long as a source may hold messages back.
    private static let quiet = Duration.seconds(6)

    @Test("is told of as stalled while another is its single active consumer, and taken up once that is gone")
    func otherConsumer() async throws {
        try await PumpBench.with { bench in
            let source = bench.source.channel
            try await bench.destination.channel.declareQueue("to")
            try await source.declareQueue("from", arguments: ["x-single-active-consumer": true])
            try await source.fill("from", 0..<100)
            // Given another consumer, which takes one message and no more
            let other = try await bench.source.connection.openChannel()
            try await other.setPrefetch(1)
            try await other.consume("from", tag: "other") { _ in Collector() }
            let pump = try bench.pump(limits: Self.limits, countsWaiting: true)
            try await pump.whileRunning { pump in
                // Then it says what is wrong, and goes on saying so while it tries again
                try await eventually(within: .seconds(15), "it tells why") {
                    await pump.status().error?.code == "stalled"
                }
                let error = await pump.status().error.map { "\($0)" } ?? ""
                #expect(error.contains("99 messages"), "\(error)")
                try await eventually(within: .seconds(15), "it tries again") {
                    let status = await pump.status()
                    return status.phase == .running && status.sessions > 1
                }
                #expect(await pump.status().error?.code == "stalled")
                // When the other ends
                try await other.close()
                // Then everything moves
                try await eventually(within: .seconds(15), "all are confirmed") {
                    await pump.counters().confirmed == 100
                }
                #expect(await pump.status().error == nil)
            }
            #expect(Set(try await bench.destination.channel.takeNumbers("to")) == Set(0..<100))
        }
    }

    @Test("is told of no longer once another has emptied it")
    func emptiedByOther() async throws {
        try await PumpBench.with { bench in
            let source = bench.source.channel
            try await bench.destination.channel.declareQueue("to")
            try await source.declareQueue("from", arguments: ["x-single-active-consumer": true])
            try await source.fill("from", 0..<10)
            let other = try await bench.source.connection.openChannel()
            try await other.setPrefetch(1)
            try await other.consume("from", tag: "other") { _ in Collector() }
            try await bench.pump(limits: Self.limits, countsWaiting: true).whileRunning { pump in
                try await eventually(within: .seconds(15), "it tells why") {
                    await pump.status().error?.code == "stalled"
                }
                try await source.purgeQueue("from")
                try await eventually(within: .seconds(15), "it is content") {
                    let status = await pump.status()
                    return status.phase == .running && status.error == nil
                }
            }
        }
    }

    @Test("is left alone while it is empty, also of what another has not acknowledged")
    func idle() async throws {
        try await PumpBench.with { bench in
            let source = bench.source.channel
            try await bench.destination.channel.declareQueue("to")
            try await source.declareQueue("from")
            try await source.fill("from", 0..<5)
            // Given that another holds all there is
            let other = try await bench.source.connection.openChannel()
            try await other.consume("from", tag: "other") { _ in Collector() }
            try await eventually(within: .seconds(5), "the other has all") { try await source.depth("from") == 0 }
            try await bench.pump(limits: Self.limits, countsWaiting: true).whileRunning { pump in
                try await Task.sleep(for: Self.quiet)
                let status = await pump.status()
                #expect(status.sessions == 1 && status.error == nil && status.phase == .running)
            }
        }
    }

    @Test("is left alone where it is a stream, which keeps what it has delivered")
    func stream() async throws {
        try await PumpBench.with { bench in
            try await bench.destination.channel.declareQueue("to")
            try await bench.source.channel.declareQueue("from", arguments: ["x-queue-type": "stream"])
            try await bench.source.channel.send("from", 0..<50)
            let pump = try bench.pump(limits: Self.limits, consumerArguments: ["x-stream-offset": "first"])
            try await pump.whileRunning { pump in
                try await eventually(within: .seconds(10), "all are confirmed") {
                    await pump.counters().confirmed == 50
                }
                try await Task.sleep(for: Self.quiet)
                let status = await pump.status()
                #expect(status.sessions == 1 && status.error == nil && status.phase == .running)
            }
        }
    }
}
