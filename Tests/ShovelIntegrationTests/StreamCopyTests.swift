import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("A shovel from a stream into a stream", .timeLimit(.minutes(5)))
struct StreamCopyTests {
    private static func make() async throws -> ShovelBench {
        var bench = try await ShovelBench.make()
        bench.addShovel(source: "stream: from", destination: "stream: to")
        try await declare("from", on: bench.dc1, bench.host1)
        try await declare("to", on: bench.dc2, bench.host2)
        return bench
    }

    private static func declare(_ stream: String, on node: BrokerNode, _ host: String) async throws {
        _ = try await node.withChannel(virtualHost: host) { channel in
            try await channel.declareQueue(stream, arguments: ["x-queue-type": "stream"])
        }
    }

    /// All messages of the copy, in its order.
    private static func copy(_ bench: ShovelBench, count: Int) async throws -> [String] {
        try await bench.dc2.withChannel(virtualHost: bench.host2) { channel in
            let consumer = try await channel.consumer(
                queue: "to",
                tag: "reader",
                prefetch: 1000,
                arguments: ["x-stream-offset": "first"]
            )
            var iterator = consumer.makeAsyncIterator()
            var bodies: [String] = []
            while bodies.count < count, let delivery = try await iterator.next() {
                bodies.append(String(buffer: delivery.body))
                if bodies.count % 100 == 0 { try await consumer.acknowledge(delivery, multiple: true) }
            }
            return bodies
        }
    }

    private static func untilMoved(_ count: Int, _ bench: ShovelBench) async throws {
        try await eventually(within: .seconds(60), "\(count) messages are moved") {
            let report = try await bench.report()
            guard report.moved.int ?? 0 >= count else { throw HarnessError("\(report)") }
            return true
        }
    }

    @Test("copies every message once and in order, however often the daemon is killed")
    func once() async throws {
        let bench = try await Self.make()
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // Given messages that are published while the daemon is killed again and again
        let numbers = (0..<4_000).map(String.init)
        async let publishing: Void = bench.publish(numbers, key: "from")
        for _ in 0..<4 {
            try await bench.until("running")
            daemon.kill()
            daemon = try bench.ropeway.run()
        }
        try await publishing
        // When all of it is copied, with a last message behind it
        try await bench.publish(["end"], key: "from")
        try await eventually(within: .seconds(60), "the last message is in the copy") {
            try await Self.copy(bench, count: numbers.count + 1).last == "end"
        }
        // Then the copy is the source
        #expect(try await Self.copy(bench, count: numbers.count + 1) == numbers + ["end"])
    }

    @Test("tells of a source that was declared again, and copies the new one from its start")
    func recreated() async throws {
        let bench = try await Self.make()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        let old = (0..<500).map { "old \($0)" }
        try await bench.publish(old, key: "from")
        try await Self.untilMoved(500, bench)
        // When the source is another stream, which gets fewer messages than were copied of the first
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { try await $0.deleteQueue("from") }
        try await eventually(within: .seconds(30), "it says that the source is gone") {
            try await bench.report().error.code.string == "source-missing"
        }
        try await Self.declare("from", on: bench.dc1, bench.host1)
        let new = (0..<100).map { "new \($0)" }
        try await bench.publish(new, key: "from")
        // Then it is copied as well, and that something may be missing is said
        try await Self.untilMoved(600, bench)
        #expect(try await Self.copy(bench, count: 600) == old + new)
        let report = try await bench.report()
        #expect(report.error.code.string == "source-recreated", "\(report)")
    }
}
