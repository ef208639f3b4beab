import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("A gap", .timeLimit(.minutes(2)))
struct GapTests {
    @Test(
        "is told of until somebody acknowledges it, through the daemon or without one, and the next one is told of again"
    )
    func acknowledge() async throws {
        // Given a route that is held up, and whose capture has room for few messages
        var bench = try await PromotionBench.make()
        bench.ropeway.routes[0] += "\n    capture: {type: classic, max-length-bytes: 1MB}"
        let gap = "ropeway.\(bench.ropeway.pair).\(PromotionBench.exchange).gap"
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let paused = try await bench.ropeway.command("pause", "orders")
        #expect(paused.status == 0, "\(paused)")
        // When more is published than it has room for
        try await fill(bench)
        // Then it says so, and what to do
        let first = try await untilGap(bench)
        #expect(first.error.hint.string?.contains("ropeway acknowledge orders") == true, "\(first)")
        // And a command that works by itself may not change it while the daemon leads
        let alone = try await bench.ropeway.command("acknowledge", "orders", "--no-daemon")
        #expect(alone.status == 8, "\(alone)")
        #expect(try await bench.dc1.depth(of: gap, virtualHost: bench.host1) == 1)
        // When it is acknowledged, then the answer already says that there is none
        let acknowledged = try await bench.ropeway.command("acknowledge", "orders")
        #expect(acknowledged.status == 0, "\(acknowledged)")
        #expect(acknowledged.json.routes[0].state.string == "paused", "\(acknowledged)")
        #expect(try await bench.dc1.depth(of: gap, virtualHost: bench.host1) == 0)
        // And once more, which changes nothing
        let again = try await bench.ropeway.command("acknowledge", "orders")
        #expect(again.status == 0, "\(again)")
        // When more is dropped, then that is told of
        try await fill(bench)
        _ = try await untilGap(bench)
        // And without a daemon it can be acknowledged as well
        daemon.terminate()
        #expect(try await daemon.wait(within: .seconds(15)) == .status(0))
        let without = try await bench.ropeway.command("acknowledge", "orders")
        #expect(without.status == 0, "\(without)")
        #expect(try await bench.dc1.depth(of: gap, virtualHost: bench.host1) == 0)
        // And what the capture still has is relayed, once the next daemon may
        let second = try bench.ropeway.run()
        defer { second.kill() }
        try await eventually(within: .seconds(30), "the route is still paused") {
            try await bench.ropeway.status().routes[0].state.string == "paused"
        }
        #expect(try await bench.ropeway.command("resume", "orders").status == 0)
        try await bench.ropeway.untilRunning()
        #expect(try await bench.ropeway.status().routes[0].state.string == "running")
    }

    @Test(
        "is told of where the tripwire was cut and the capture overflowed and was drained before the next look",
        arguments: [("exchange", false), ("binding", false), ("queue", false), ("astray", false)]
            + [("filter", true)]
    )
    func tripwireCut(part: String, isDown: Bool) async throws {
        // Given a route that is held up, and whose capture has room for few messages
        var bench = try await PromotionBench.make()
        bench.ropeway.routes[0] += "\n    capture: {type: classic, max-length-bytes: 1MB}"
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        _ = try await bench.ropeway.command("pause", "orders")
        // And the daemon has looked at it: what it knew is kept on the brokers now and then.
        try await eventually(within: .seconds(30), "the way to the tripwire is written down") {
            let path = "/api/global-parameters/ropeway.\(bench.ropeway.pair).gaps"
            let (status, body) = try await bench.dc2.management("GET", path)
            guard status == 200 else { return false }
            let known = try JSON(text: String(decoding: body, as: UTF8.self)).value.known
            return known["dc1 \(PromotionBench.exchange) capture"].way.string != nil
        }
        try await bench.wait(.seconds(3))
        #expect(try await bench.ropeway.status().gaps.elements.isEmpty)
        // When somebody cuts the way of what the capture drops, and it overflows and is drained, all within a moment
        if isDown { daemon.kill() }
        try await cutTripwire(bench, part)
        try await fill(bench)
        if isDown { daemon = try bench.ropeway.run() } else { _ = try await bench.ropeway.command("resume", "orders") }
        // Then whether anything was dropped is not known, and that is a gap
        try await eventually(within: .seconds(30), "the gap is told of") {
            let gaps = try await bench.ropeway.status().gaps.elements
            return gaps.contains { ["tripwire-lost", "capture-limit"].contains($0.reason.string ?? "") }
        }
        // And it is laid again, unless something of somebody else's is in the way, which stays
        if part == "astray" {
            let gaps = try await bench.ropeway.status().gaps.elements
            #expect(gaps.contains { $0.detail.string?.contains("'thief' is bound") ?? false }, "\(gaps)")
        } else {
            try await eventually(within: .seconds(20), "it is laid again") { try await isTripwireWhole(bench) }
        }
    }

    private func cutTripwire(_ bench: PromotionBench, _ part: String) async throws {
        let gap = "ropeway.\(bench.ropeway.pair).\(PromotionBench.exchange).gap"
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            switch part {
            case "exchange": try await channel.deleteExchange(gap)
            case "filter": try await channel.deleteExchange("\(gap).filter")
            case "queue": _ = try await channel.deleteQueue(gap)
            case "astray":
                try await channel.declareQueue("thief")
                try await channel.bindQueue("thief", to: "\(gap).filter", arguments: ["x-match": "all"])
            default: try await channel.unbindQueue(gap, from: gap, routingKey: "")
            }
        }
    }

    private func isTripwireWhole(_ bench: PromotionBench) async throws -> Bool {
        let gap = "ropeway.\(bench.ropeway.pair).\(PromotionBench.exchange).gap"
        let (status, body) = try await bench.dc1.management("GET", "/api/bindings/\(bench.host1)/e/\(gap)/q/\(gap)")
        let (filter, _) = try await bench.dc1.management("GET", "/api/exchanges/\(bench.host1)/\(gap).filter")
        return status == 200 && filter == 200
            && String(decoding: body, as: UTF8.self).contains("properties_key")
    }

    @Test("of no route, of a route that never ran, and of one whose site is gone, is refused with a reason")
    func refused() async throws {
        let bench = try await PromotionBench.make()
        let unknown = try await bench.ropeway.command("acknowledge", "nothing")
        #expect(unknown.status == 64, "\(unknown)")
        // Given a pair that was never begun
        let never = try await bench.ropeway.command("acknowledge", "orders")
        #expect(never.status == 9, "\(never)")
        // When it runs and loses its active site
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.loseDC1()
        // Then nothing is acknowledged
        let lost = try await bench.ropeway.command("acknowledge", "orders")
        #expect(lost.status == 1, "\(lost)")
        #expect(lost.errors.contains("is as it was"), "\(lost)")
    }

    /// Publishes 2 MB.
    private func fill(_ bench: PromotionBench) async throws {
        try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.selectConfirms()
            for _ in 0..<20 {
                let result = try await channel.publish(
                    ByteBuffer(repeating: 0, count: 100_000),
                    exchange: PromotionBench.exchange,
                    routingKey: "key"
                )
                #expect(result == .confirmed)
            }
        }
    }

    /// Waits until the route says that it is in a gap.
    private func untilGap(_ bench: PromotionBench) async throws -> JSON {
        var report = JSON.null
        try await eventually(within: .seconds(20), "the gap is told of") {
            report = try await bench.ropeway.status().routes[0]
            guard report.state.string == "gap" else { throw HarnessError("\(report)") }
            return true
        }
        return report
    }
}
