import AMQP
import BrokerHarness
import NIOCore
import Pump
import PumpHarness
import Testing

@Suite("When a broker fails", .serialized, .timeLimit(.minutes(5)))
struct BrokerFaultTests {
    private static let limits = PumpLimits(prefetch: 500, inFlight: 500, stallTimeout: .seconds(10), rate: 2000)

    @Test("nothing is lost when the destination is killed twice")
    func destinationKilled() async throws {
        try await withOwnPair { bench in
            try await bench.source.channel.fill("from", 0..<8_000)
            try await bench.destination.node.writeDefinitions()
            let pump = try bench.pump(limits: Self.limits)
            try await Load.run(bench, count: 8_000, repeats: 2 * 500, pump: pump) { pump in
                for _ in 0..<2 {
                    let before = await pump.counters().confirmed
                    try await eventually(within: .seconds(60), "it moves") {
                        await pump.counters().confirmed > before + 500
                    }
                    try await bench.destination.node.kill()
                    try await eventually(within: .seconds(10), "it notices") { await pump.status().error != nil }
                    try await bench.destination.node.start()
                }
            }
        }
    }

    @Test("nothing is lost when the source is killed")
    func sourceKilled() async throws {
        try await withOwnPair { bench in
            // Given messages that the source has confirmed, so that a kill loses none of them
            try await bench.source.channel.fillWithConfirms("from", 0..<6000)
            try await bench.source.node.writeDefinitions()
            let pump = try bench.pump(limits: Self.limits)
            // Acknowledgements that the source has not written to disk are lost with it.
            try await Load.run(bench, count: 6000, repeats: 2 * 500 + 2000, pump: pump) { pump in
                for _ in 0..<2 {
                    let before = await pump.counters().confirmed
                    try await eventually(within: .seconds(60), "it moves") {
                        await pump.counters().confirmed > before + 500
                    }
                    try await bench.source.node.kill()
                    try await bench.source.node.start()
                }
            }
        }
    }

    @Test("a destination that is away for long is waited for, without a storm of connections")
    func destinationDown() async throws {
        try await withOwnPair { bench in
            try await bench.source.channel.fill("from", 0..<4000)
            let pump = try bench.pump(limits: Self.limits)
            try await Load.run(bench, count: 4000, repeats: 500, pump: pump) { pump in
                try await eventually(within: .seconds(30), "it moves") { await pump.counters().confirmed > 500 }
                try await bench.destination.node.stop()
                let before = await pump.status().sessions
                try await Task.sleep(for: .seconds(6))
                // Given a backoff between 0 and 500 ms, some 4 tries a second
                let tries = await pump.status().sessions - before
                #expect(tries >= 5 && tries <= 75, "\(tries) sessions")
                #expect(await pump.status().unsettled == 0)
                try await bench.destination.node.start()
            }
        }
    }

    @Test("a frozen broker is given up after two heartbeats", arguments: ["source", "destination"])
    func frozen(which: String) async throws {
        try await withOwnPair { bench in
            let node = which == "source" ? bench.source.node : bench.destination.node
            try await bench.source.channel.fill("from", 0..<6000)
            let pump = try bench.pump(limits: Self.limits, heartbeat: .seconds(2))
            try await Load.run(bench, count: 6000, repeats: 2 * 500, pump: pump) { pump in
                try await eventually(within: .seconds(30), "it moves") { await pump.counters().confirmed > 500 }
                try await node.freeze()
                try await eventually(within: .seconds(12), "it notices") { await pump.status().error != nil }
                try await node.thaw()
            }
        }
    }

    @Test("an alarm at the destination holds everything up, with little memory and few sessions")
    func alarm() async throws {
        try await withOwnPair { bench in
            try await bench.source.channel.fill("from", 0..<4000, size: 20_000)
            var limits = Self.limits
            limits.rate = nil
            limits.blockedTimeout = .seconds(2)
            limits.heldBytes = 4 << 20
            let pump = try bench.pump(limits: limits)
            try await bench.destination.node.alarm(true)
            try await Load.run(bench, count: 4000, repeats: 4 * 500, pump: pump) { pump in
                try await eventually(within: .seconds(20), "it tells of the alarm") {
                    if case .blocked(.blocked) = await pump.status().phase { return true }
                    return false
                }
                try await Task.sleep(for: .seconds(7))
                let status = await pump.status()
                #expect(status.sessions <= 6, "\(status.sessions) sessions")
                #expect(status.unsettled <= 500)
                #expect(status.error?.code == "blocked")
                try await bench.destination.node.alarm(false)
            }
            #expect(await pump.status().sessions <= 8)
        }
    }

    @Test("an alarm that ends in time is waited out on the same connections")
    func shortAlarm() async throws {
        try await withOwnPair { bench in
            try await bench.source.channel.fill("from", 0..<5000)
            // So slow that there is work left when the alarm comes, which takes seconds on a busy machine.
            var limits = Self.limits
            limits.rate = 200
            let pump = try bench.pump(limits: limits)
            try await Load.run(bench, count: 5000, repeats: 0, pump: pump) { pump in
                try await eventually(within: .seconds(20), "it moves") { await pump.counters().confirmed > 100 }
                try await bench.destination.node.alarm(true)
                try await eventually(within: .seconds(20), "it tells of the alarm") {
                    if case .blocked(.blocked) = await pump.status().phase { return true }
                    return false
                }
                try await bench.destination.node.alarm(false)
            }
            #expect(await pump.status().sessions == 1)
        }
    }
}
