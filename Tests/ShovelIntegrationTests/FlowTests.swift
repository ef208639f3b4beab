import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("What can't pass, in a shovel's flow", .timeLimit(.minutes(5)))
struct FlowTests {
    private static let count = 10_000
    private static let unroutable = 2_500
    private static let oversize = 5_000
    private static let forbidden = 7_500
    /// The size of the body that is too large, in bytes.
    private static let large = 20_000_000

    @Test(
        "an unroutable, an oversize and a forbidden message of 10,000 are in quarantine with their reasons, the others through in order"
    )
    func flow() async throws {
        // Given 10,000 messages in a known order: no queue takes one, one is larger than DC2 takes, one has a routing key
        // that the user may not publish with; and a queue in DC2 that is full shortly before the end
        // Five seconds from one of the three to the next: the command that pauses it between two of them takes its time
        // on a busy machine.
        let flow = try await FlowBench.make(rate: 500)
        let bench = flow.shovel
        try await flow.allow(keys: #"^(orders|nobody)\\."#)
        let full = Self.count - 1000
        try await flow.limit(full)
        let keys = [Self.unroutable: "nobody.wants", Self.oversize: "orders.large", Self.forbidden: "secret.key"]
        try await flow.publish(0..<Self.count) {
            keys[$0] ?? "orders.key"
        } size: {
            $0 == Self.oversize ? Self.large : nil
        }
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // When it is paused on its way
        try await eventually(within: .seconds(30), "it is under way") {
            try await bench.report().moved.int ?? 0 > Self.unroutable
        }
        try await pause(bench)
        // Then DC2 has what it says it has moved, and gets nothing more
        let moved = try #require(try await bench.report().moved.int)
        #expect(moved < full)
        #expect(try await bench.dc2.depth(of: "to", virtualHost: bench.host2) == moved)
        // When it is resumed, then it goes on until DC2's queue is full
        try await resume(bench)
        try await bench.until("blocked")
        #expect(try await bench.dc2.depth(of: "to", virtualHost: bench.host2) == full)
        #expect(try await bench.report().quarantined.int == 3)
        // When it is paused and resumed while it is refused, and the limit is lifted
        try await pause(bench)
        try await resume(bench)
        try await bench.until("blocked")
        try await flow.limit(nil)
        // Then all of it gets through
        try await eventually(within: .seconds(60), "nothing is left to move") {
            let report = try await bench.report()
            let left = try await bench.dc1.depth(of: "from", virtualHost: bench.host1)
            guard left == 0, report.in_flight.messages.int == 0, report.state.string == "running" else {
                throw HarnessError("\(left) left, \(report)")
            }
            return true
        }
        #expect(try await bench.report().error == .null)
        let interruptions = try daemon.errorOutput().split(separator: "\n").filter { $0.contains("session ended") }
        let quarantine = try await flow.quarantine()
        let arrived = try await bench.dc2.drain("to", virtualHost: bench.host2).map(\.number)
        // And the quarantine holds the three, whole and with their reasons
        #expect(quarantine.map(\.number) == [Self.unroutable, Self.oversize, Self.forbidden])
        #expect(quarantine.map { reason($0, "reason") } == ["unroutable", "body-too-large", "refused"])
        #expect(quarantine.map { reason($0, "exchange") } == ["in", "in", "in"])
        #expect(
            quarantine.map { reason($0, "routing-key") } == ["nobody.wants", "orders.large", "secret.key"]
        )
        #expect(quarantine.map(\.body.readableBytes) == [4, Self.large, 4])
        #expect(reason(quarantine[1], "detail")?.contains("\(FlowBench.largestBody)") == true, "\(quarantine[1])")
        #expect(reason(quarantine[2], "detail")?.contains("secret.key") == true, "\(quarantine[2])")
        // And all others came in order, once but for what was on its way when DC2 closed the channel
        var seen = Set<Int>()
        let first = arrived.filter { seen.insert($0).inserted }
        #expect(first == (0..<Self.count).filter { keys[$0] == nil })
        #expect(interruptions.count <= 4, "\(interruptions)")
        #expect(arrived.count - first.count <= interruptions.count * FlowBench.prefetch)
        // And nothing was sent over and over: what was on its way comes again after each interruption, is refused when the
        // queue is full and once more when it is resumed, and then single messages are tried
        let published = try await flow.published(atLeast: Self.count - 2)
        let bound = Self.count + (interruptions.count + 2) * FlowBench.prefetch + 30
        #expect(published <= bound, "\(published) publishes, at most \(bound)")
    }

    @Test(
        "a refusal that never passes is no reason for quarantine: it holds the shovel up, with few publishes, until a person acts"
    )
    func neverPasses() async throws {
        // Given a queue in DC2 that takes ten messages of fifty, and nobody who takes them off
        let flow = try await FlowBench.make(rate: 10_000)
        let bench = flow.shovel
        try await flow.limit(10)
        try await flow.publish(0..<50) { _ in "orders.key" }
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // When it has been refused for a while
        try await bench.until("blocked")
        let began = ContinuousClock.now
        try await eventually(within: .seconds(30), "six seconds of refusals") {
            ContinuousClock.now - began > .seconds(6)
        }
        // Then it has tried less and less often, and has kept all that was not taken
        let report = try await bench.report()
        #expect(report.state.string == "blocked" && report.moved.int == 10, "\(report)")
        #expect(report.quarantined.int == 0)
        #expect(try await bench.dc2.depth(of: "to", virtualHost: bench.host2) == 10)
        // And a pause gives them back to their queue, from which they can be taken
        try await pause(bench)
        // The first refusal may come before all fifty were published once.
        let published = try await flow.publishedInAll()
        #expect(published > 10 && published <= 50 + 10, "\(published) publishes of 50 messages")
        let kept = try await bench.dc1.drain("from", virtualHost: bench.host1).map(\.number)
        #expect(kept == Array(10..<50))
    }

    @Test("a delivery mode that RabbitMQ 4.0 takes and 3.10 refuses: in quarantine between the two, else it stays")
    func deliveryMode() async throws {
        var bench = try await ShovelBench.make()
        // 3.10 takes none that could be moved.
        guard bench.dc1.version >= .v4 else { return }
        try await bench.declare(["from"], on: bench.dc1)
        bench.addShovel(source: "queue: from", destination: "queue: to")
        // Given a message with such a mode among others
        for mode: UInt8 in [2, 3, 1] {
            try await bench.publish(["\(mode)"], properties: BasicProperties(deliveryMode: mode), key: "from")
        }
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // Then the others pass; those on their way with it come twice, since DC2 closes the channel and names no message
        let isRefused = bench.dc2.version < .v4
        try await eventually(within: .seconds(30), "nothing is left to move") {
            let report = try await bench.report()
            let left = try await bench.dc1.depth(of: "from", virtualHost: bench.host1)
            guard left == 0, report.in_flight.messages.int == 0, report.moved.int ?? 0 >= 2 else {
                throw HarnessError("\(left) left, \(report)")
            }
            return true
        }
        let moved = try await bench.dc2.drain("to", virtualHost: bench.host2).compactMap(\.properties.deliveryMode)
        #expect(Set(moved) == (isRefused ? [1, 2] : [1, 2, 3]))
        guard isRefused else { return }
        let quarantine = "ropeway.\(bench.ropeway.pair).move.quarantine"
        let kept = try await bench.dc1.drain(quarantine, virtualHost: bench.host1)
        #expect(kept.map { String(buffer: $0.body) } == ["3"])
        #expect(kept.map { reason($0, "reason") } == ["refused"])
    }

    private func pause(_ bench: ShovelBench) async throws {
        let answer = try await bench.ropeway.command("pause", "move")
        #expect(answer.status == 0, "\(answer)")
        try await bench.until("paused")
    }

    private func resume(_ bench: ShovelBench) async throws {
        let answer = try await bench.ropeway.command("resume", "move")
        #expect(answer.status == 0, "\(answer)")
    }

    private func reason(_ delivery: Delivery, _ part: String) -> String? {
        delivery.properties.headers?["x-ropeway-quarantine-\(part)"]?.stringValue
    }
}
