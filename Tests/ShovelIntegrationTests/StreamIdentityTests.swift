import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RabbitStream
import RopewayHarness
import Testing

/// Which stream the source is, and how far it was copied, when what the brokers knew of that is gone.
@Suite("A copy of a stream", .timeLimit(.minutes(5)))
struct StreamIdentityTests {
    private static let filler = String(repeating: ".", count: 1000)

    /// All messages of the copy up to one that says that it is the last.
    private static func wholeCopy(_ bench: ShovelBench) async throws -> [String] {
        try await bench.publish(["end"], key: "from")
        return try await bench.dc2.withChannel(virtualHost: bench.host2) { channel in
            let consumer = try await channel.consumer(
                queue: "to",
                prefetch: 1000,
                arguments: ["x-stream-offset": "first"]
            )
            var bodies: [String] = []
            for try await delivery in consumer {
                let body = String(buffer: delivery.body)
                if body == "end" { break }
                bodies.append(String(body.prefix { $0 != "." }))
                try await consumer.acknowledge(delivery)
            }
            return bodies
        }
    }

    @Test("goes on where it was although retention removed all that was copied while the destination was away")
    func trimmed() async throws {
        // Given a source that keeps little, and a destination that stops to answer
        var bench = try await ShovelBench.make()
        let link = try await LinkProxy.start(to: bench.dc2.streamPort)
        bench.ropeway.dc2.streamPorts = [link.port]
        bench.addShovel(source: "stream: from", destination: "stream: to")
        let limits: FieldTable = ["x-max-length-bytes": 300_000, "x-stream-max-segment-size-bytes": 50_000]
        try await StreamAccess.declare("from", on: bench.dc1, bench.host1, limits)
        try await StreamAccess.declare("to", on: bench.dc2, bench.host2)
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.publish((0..<200).map { "a\($0)\(Self.filler)" }, key: "from")
        try await StreamCopyTests.untilMoved(200, bench)
        try await link.setMode(.stall(.toTarget))
        try await bench.publish((0..<1500).map { "b\($0)\(Self.filler)" }, key: "from")
        // When what was copied, and more, is gone from the source, and the connection is lost
        try await link.setMode(.cut)
        try await link.setMode(.forward)
        // Then nothing is copied twice, and what is missing is told of
        let copy = try await Self.wholeCopy(bench)
        #expect(Set(copy).count == copy.count && copy.count >= 300, "\(copy.count)")
        #expect(copy.last == "b1499")
        try await eventually(within: .seconds(30), "what is missing is told of") {
            try await bench.report().error.code.string == "stream-overtaken"
        }
    }

    @Test("goes on near where it was although the destination forgot its reference among those of 300 others")
    func forgotten() async throws {
        let bench = try await StreamCopyTests.make()
        _ = try await bench.dc2.withChannel(virtualHost: bench.host2) { try await $0.deleteQueue("to") }
        try await StreamAccess.declare(
            "to",
            on: bench.dc2,
            bench.host2,
            ["x-stream-max-segment-size-bytes": 20_000]
        )
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        let numbers = (0..<600).map(String.init)
        try await bench.publish(numbers, key: "from")
        try await StreamCopyTests.untilMoved(600, bench)
        // Given that the daemon has ended in good order
        daemon.terminate()
        try await daemon.wait(within: .seconds(20))
        // When so many others publish under names of their own that RabbitMQ forgets the copy's
        let reference = "ropeway.\(bench.ropeway.pair).move"
        try await StreamAccess.with(bench.dc2, bench.host2) { connection in
            for number in 0..<300 {
                let publisher = try await connection.declarePublisher(reference: "other \(number)", stream: "to")
                let message = ByteBuffer(bytes: [0x00, 0x53, 0x75, 0xA0, 200] + [UInt8](repeating: 0x2E, count: 200))
                try await connection.eventLoop.submit {
                    for id in 1...3 {
                        try connection.publish(PublishEntry(UInt64(id), message: message), publisher: publisher)
                    }
                    connection.flush()
                }.get()
                try await connection.deletePublisher(publisher)
            }
        }
        let sequence = try await StreamAccess.with(bench.dc2, bench.host2) { connection in
            try await connection.queryPublisherSequence(reference: reference, stream: "to")
        }
        try #require(sequence == 0, "it has forgotten")
        daemon = try bench.ropeway.run()
        // Then what had been copied is not copied again, and that it may be in part is told of
        let copy = try await Self.wholeCopy(bench).filter { !$0.isEmpty }
        #expect(copy == numbers)
        #expect(try await bench.report().error.code.string == "destination-forgot")
    }

    @Test("has what was published after the source lost its newest messages, as by a power loss")
    func shortened() async throws {
        let bench = try await StreamCopyTests.make()
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        let old = (0..<200).map { "old \($0)" }
        try await bench.publish(old, key: "from")
        try await StreamCopyTests.untilMoved(200, bench)
        daemon.kill()
        // Given a destination that has what the source, which ends before it, has no more
        let reference = "ropeway.\(bench.ropeway.pair).move"
        try await StreamAccess.with(bench.dc2, bench.host2) { connection in
            let publisher = try await connection.declarePublisher(reference: reference, stream: "to")
            let lost = ByteBuffer(bytes: [0x00, 0x53, 0x75, 0xA0, 4] + Array("lost".utf8))
            try await connection.eventLoop.submit {
                try connection.publish(PublishEntry(350, message: lost), publisher: publisher)
                connection.flush()
            }.get()
            try await eventually(within: .seconds(20), "the destination has it") {
                try await connection.queryPublisherSequence(reference: reference, stream: "to") == 350
            }
        }
        // When more come than it lost, so that they take the offsets of those, however often the daemon is killed
        daemon = try bench.ropeway.run()
        try await eventually(within: .seconds(30), "it is told of") {
            try await bench.report().error.code.string == "source-shortened"
        }
        daemon.kill()
        let new = (0..<400).map { "new \($0)" }
        try await bench.publish(new, key: "from")
        daemon = try bench.ropeway.run()
        // Then all of them are in the copy, behind what the source has no more
        #expect(try await Self.wholeCopy(bench) == old + ["lost"] + new)
    }

    @Test("is refused where both addresses lead to one broker, and the stream does not grow")
    func itself() async throws {
        // Given that the way to the destination's streams leads to the source's broker
        var bench = try await ShovelBench.make()
        let stream = bench.ropeway.pair
        bench.ropeway.dc1.virtualHost = "/"
        bench.ropeway.dc2.virtualHost = "/"
        bench.ropeway.dc2.streamPorts = bench.ropeway.dc1.streamPorts
        bench.addShovel(source: "stream: \(stream)", destination: "stream: \(stream)")
        bench = ShovelBench(dc1: bench.dc1, dc2: bench.dc2, host1: "/", host2: "/", ropeway: bench.ropeway)
        for node in [bench.dc1, bench.dc2] { try await StreamAccess.declare(stream, on: node, "/") }
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.publish((0..<10).map(String.init), key: stream)
        // When it runs, then it says so
        try await eventually(within: .seconds(30), "it is refused") {
            let report = try await bench.report()
            guard report.error.code.string == "destination-is-source" else { throw HarnessError("\(report)") }
            return true
        }
        #expect(try await bench.report().moved.int == 0)
    }

    @Test("begins at the offset that was asked for, or where the stream ended, also after a restart")
    func beginning() async throws {
        var bench = try await ShovelBench.make()
        bench.addShovel(source: "stream: from, offset: 150", destination: "stream: to")
        bench.addShovel("late", source: "stream: from, offset: next", destination: "stream: late")
        for stream in ["to", "late"] { try await StreamAccess.declare(stream, on: bench.dc2, bench.host2) }
        try await StreamAccess.declare("from", on: bench.dc1, bench.host1)
        // Given 100 messages before they begin, and a daemon that is killed before more come
        try await bench.publish((0..<100).map(String.init), key: "from")
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        let reference = "ropeway.\(bench.ropeway.pair).late.source"
        try await StreamAccess.with(bench.dc1, bench.host1) { connection in
            try await eventually(within: .seconds(30), "it is noted where the stream ended") {
                try await connection.queryOffset(reference: reference, stream: "from") != nil
            }
        }
        daemon.kill()
        try await bench.publish((100..<200).map(String.init), key: "from")
        daemon = try bench.ropeway.run()
        // Then one has what comes from the offset on, the other all that came since it began
        let copy = try await Self.wholeCopy(bench)
        // The notes of both take offsets too.
        #expect(copy.last == "199" && (140...150).contains(copy.first.flatMap { Int($0) } ?? 0), "\(copy)")
        try await eventually(within: .seconds(30), "the late one is copied") {
            try await bench.report(1).moved.int ?? 0 >= 101
        }
        #expect(try await bench.report(1).moved.int == 101)
    }
}
