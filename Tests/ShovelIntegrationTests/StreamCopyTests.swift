import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RabbitStream
import RopewayHarness
import Testing

@Suite("A shovel from a stream into a stream", .timeLimit(.minutes(5)))
struct StreamCopyTests {
    static func make(from source: FieldTable = [:], to copy: FieldTable = [:]) async throws -> ShovelBench {
        var bench = try await ShovelBench.make()
        if bench.dc1.version >= .v4, bench.dc2.version < .v4 {
            try Test.cancel("what RabbitMQ 4 writes into streams, 3.10 can't read over AMQP, as these tests do")
        }
        bench.addShovel(source: "stream: from", destination: "stream: to")
        try await StreamAccess.declare("from", on: bench.dc1, bench.host1, source)
        try await StreamAccess.declare("to", on: bench.dc2, bench.host2, copy)
        return bench
    }

    /// All messages of the copy, in its order.
    static func copy(_ bench: ShovelBench, count: Int) async throws -> [String] {
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

    static func untilMoved(_ count: Int, _ bench: ShovelBench) async throws {
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
        try await bench.publish(numbers, key: "from", killing: &daemon)
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
        try await StreamAccess.declare("from", on: bench.dc1, bench.host1)
        let new = (0..<100).map { "new \($0)" }
        try await bench.publish(new, key: "from")
        // Then it is copied as well, and that something may be missing is said
        try await Self.untilMoved(600, bench)
        #expect(try await Self.copy(bench, count: 600) == old + new)
        let report = try await bench.report()
        #expect(report.error.code.string == "source-recreated", "\(report)")
        // What is in flight is bounded by bytes, not by a number of messages.
        #expect(report.in_flight.limit == .null, "\(report)")
    }

    @Test(
        "copies all of a source that was declared again, although the daemon died before anything of it was confirmed"
    )
    func recreatedUnconfirmed() async throws {
        // Given a copy of 500 messages, and a source that was declared again and is empty
        var bench = try await ShovelBench.make()
        let link = try await LinkProxy.start(to: bench.dc2.streamPort)
        bench.ropeway.dc2.streamPorts = [link.port]
        bench.addShovel(source: "stream: from", destination: "stream: to")
        try await StreamAccess.declare("from", on: bench.dc1, bench.host1)
        try await StreamAccess.declare("to", on: bench.dc2, bench.host2)
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        let old = (0..<500).map { "old \($0)" }
        try await bench.publish(old, key: "from")
        try await Self.untilMoved(500, bench)
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { try await $0.deleteQueue("from") }
        try await StreamAccess.declare("from", on: bench.dc1, bench.host1)
        try await eventually(within: .seconds(60), "it waits for the new source's first message") {
            let report = try await bench.report()
            return report.error.code.string == "source-recreated" && report.state.string == "running"
        }
        // When it is known that it is to be copied, the destination does not answer, and the daemon is lost
        try await link.setMode(.stall(.toTarget))
        let new = (0..<1000).map { "new \($0)" }
        try await bench.publish(Array(new.prefix(100)), key: "from")
        let reference = "ropeway.\(bench.ropeway.pair).move#1.source"
        try await StreamAccess.with(bench.dc1, bench.host1) { connection in
            try await eventually(within: .seconds(30), "the source is noted as the one that is copied") {
                try await connection.queryOffset(reference: reference, stream: "from") != nil
            }
        }
        daemon.kill()
        try await link.setMode(.cut)
        // And it has more than was copied of the old one, once the next daemon starts
        try await bench.publish(Array(new.dropFirst(100)), key: "from")
        try await link.setMode(.forward)
        daemon = try bench.ropeway.run()
        // Then all of it is copied
        try await bench.publish(["end"], key: "from")
        let all = old + new + ["end"]
        try await eventually(within: .seconds(60), "the last message is in the copy") {
            let depth = try await bench.dc2.management("GET", "/api/queues/\(bench.host2)/to").body
            return try JSON(text: String(decoding: depth, as: UTF8.self)).messages.int ?? 0 >= all.count
        }
        #expect(try await Self.copy(bench, count: all.count) == all)
    }
}
