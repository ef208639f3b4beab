import AMQP
import BrokerHarness
import NIOCore
import Pump
import PumpHarness
import Testing

@Suite("When a link fails", .serialized, .timeLimit(.minutes(4)))
struct LinkFaultTests {
    private static let limits = PumpLimits(prefetch: 500, inFlight: 500, stallTimeout: .seconds(3), rate: 3000)

    /// Runs `body` with a pump whose ways to both shared nodes lead through links.
    private func withLinks(
        limits: PumpLimits = limits,
        prepareSource: @escaping @Sendable (AMQPConnection) async throws -> Void = { _ in },
        _ body: (PumpBench, MessagePump, _ source: LinkProxy, _ destination: LinkProxy) async throws -> Void
    ) async throws {
        try await PumpBench.with { bench in
            try await bench.source.channel.declareQueue("from")
            try await bench.destination.channel.declareQueue("to")
            let source = try await LinkProxy.start(to: bench.source.node.amqpPort)
            let destination = try await LinkProxy.start(to: bench.destination.node.amqpPort)
            let pump = try bench.pump(
                limits: limits,
                sourcePort: source.port,
                destinationPort: destination.port,
                prepareSource: prepareSource
            )
            try await body(bench, pump, source, destination)
            try await source.shutdown()
            try await destination.shutdown()
        }
    }

    @Test("nothing is lost when links are cut and healed again and again", arguments: ["source", "destination"])
    func cut(which: String) async throws {
        try await withLinks { bench, pump, source, destination in
            let link = which == "source" ? source : destination
            try await bench.source.channel.fill("from", 0..<12_000)
            try await Load.run(bench, count: 12_000, repeats: 5 * 500, pump: pump) { pump in
                for _ in 0..<5 {
                    let before = await pump.counters().confirmed
                    try await eventually(within: .seconds(30), "it moves") {
                        await pump.counters().confirmed > before + 500
                    }
                    try await link.setMode(.cut)
                    try await eventually(within: .seconds(5), "it notices") { await pump.status().error != nil }
                    try await link.setMode(.forward)
                }
            }
            try await eventually(within: .seconds(5), "no connection is left") {
                let open = try await (source.counts().open, destination.counts().open)
                return open == (0, 0)
            }
        }
    }

    @Test(
        "a link that is stalled one way is given up in the stall time-out",
        arguments: [LinkDirection.toTarget, .toClient]
    )
    func stall(direction: LinkDirection) async throws {
        try await withLinks { bench, pump, _, destination in
            try await bench.source.channel.fill("from", 0..<8000)
            try await Load.run(bench, count: 8000, repeats: 3 * 500, pump: pump) { pump in
                try await eventually(within: .seconds(30), "it moves") { await pump.counters().confirmed > 500 }
                try await destination.setMode(.stall(direction))
                try await eventually(within: .seconds(10), "it notices") {
                    await pump.status().error?.code == "stalled"
                }
                try await destination.setMode(.forward)
            }
        }
    }

    @Test("a long round trip costs neither messages nor order")
    func delay() async throws {
        try await withLinks(limits: PumpLimits()) { bench, pump, _, destination in
            try await bench.source.channel.fill("from", 0..<10_000)
            try await destination.setMode(.delay(milliseconds: 40))
            try await Load.run(bench, count: 10_000, repeats: 0, pump: pump) { _ in }
            #expect(await pump.status().sessions == 1)
        }
    }

    @Test("a source queue that is deleted and created again is taken up again")
    func queueDeleted() async throws {
        let prepare: @Sendable (AMQPConnection) async throws -> Void = { connection in
            try await connection.openChannel().declareQueue("from")
        }
        try await withLinks(prepareSource: prepare) { bench, pump, _, _ in
            try await bench.source.channel.fill("from", 0..<100)
            try await pump.whileRunning { pump in
                try await eventually(within: .seconds(10), "it moves") { await pump.counters().confirmed == 100 }
                try await bench.source.channel.deleteQueue("from")
                try await eventually(within: .seconds(10), "it tells why") {
                    await pump.status().error?.code == "source-lost"
                }
                try await eventually(within: .seconds(10), "it is back") {
                    try await bench.source.channel.declareQueue("from").consumers == 1
                }
                try await bench.source.channel.send("from", 100..<200)
                try await eventually(within: .seconds(10), "it moves again") { await pump.counters().confirmed == 200 }
            }
            #expect(try await bench.destination.channel.takeNumbers("to") == Array(0..<200))
        }
    }
}
