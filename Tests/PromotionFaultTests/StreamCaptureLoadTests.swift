import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite(
    "A stream capture under full load",
    .serialized,
    .timeLimit(.minutes(30)),
    .enabled(if: FaultScale.streamKills > 0)
)
struct StreamCaptureLoadTests {
    @Test("while its daemon and both brokers are killed: the store has every message once, in order, byte for byte")
    func killed() async throws {
        try await FaultBench.with("sl", capture: "{type: stream, max-length-bytes: 20GB}") { bench in
            // Given a stream capture into which numbered messages are published at a rate
            var daemon = try bench.ropeway.run(logLevel: "info")
            defer { daemon.kill() }
            try await bench.ropeway.untilRunning()
            let source = NumberedStream(stream: bench.capture, node: bench.dc1)
            let store = "ropeway.\(bench.ropeway.pair).\(FaultBench.exchange).standby"
            let copy = NumberedStream(stream: store, node: bench.dc2)
            let progress = NumberedStream.Progress()
            let begun = ContinuousClock.now
            async let publishing = source.publish(rate: FaultScale.streamRate, progress)
            // When the daemon is killed again and again, also while it starts, and each broker is killed and restarted
            let kills = FaultScale.streamKills
            for round in 0..<kills {
                let moment = Double.random(in: round.isMultiple(of: 3) ? 0.05...0.6 : 0.8...2.5)
                try await Task.sleep(for: .seconds(moment))
                daemon.kill()
                try await daemon.wait(within: .seconds(5))
                daemon = try bench.ropeway.run(logLevel: "info")
                switch (round + 1) * 5 / kills {
                case let part where part == round * 5 / kills: break
                case 1: try await Self.killAndStart(bench.dc2)
                case 2: try await bench.dc1.restart()
                case 3: try await bench.dc2.restart()
                case 4: try await Self.killAndStart(bench.dc1)
                default: break
                }
            }
            progress.stop()
            let count = try await publishing
            let seconds = (ContinuousClock.now - begun) / .seconds(1)
            FaultScale.note(
                "stream capture: \(count) messages in \(Int(seconds)) s, \(kills) kills of the daemon, each broker restarted twice"
            )
            // Then what DC1 has is in the store, once and in order
            let there = try await source.read(upTo: count, within: .seconds(300))
            #expect(there.good == count && there.fault == nil, "\(there)")
            try await eventually(within: .seconds(300), "DC2 has everything") {
                let route = try await bench.route()
                guard route.state.string == "running", route.lag.known.bool == true, route.lag.messages.int == 0 else {
                    throw HarnessError("\(route.state) \(route.lag) \(route.error)")
                }
                return true
            }
            let copied = try await copy.read(upTo: count, within: .seconds(300))
            #expect(copied.good == count && copied.fault == nil, "\(copied)")
        }
    }

    private static func killAndStart(_ node: BrokerNode) async throws {
        try await node.kill()
        try await node.start()
    }
}
