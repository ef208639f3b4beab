import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RabbitStream
import RopewayHarness
import Testing

@Suite("Where a stream's consumer goes on in its copy", .timeLimit(.minutes(4)))
struct StreamOffsetTests {
    /// The offsets of a stream's messages, by their texts; the last one of those that are there twice.
    private static func offsets(
        _ stream: String,
        _ count: Int,
        on node: BrokerNode,
        _ host: String
    ) async throws -> [String: Int] {
        try await node.withChannel(virtualHost: host) { channel in
            let consumer = try await channel.consumer(
                queue: stream,
                tag: "reader",
                prefetch: 1000,
                arguments: ["x-stream-offset": "first"]
            )
            var iterator = consumer.makeAsyncIterator()
            var offsets: [String: Int] = [:]
            while offsets.count < count, let delivery = try await iterator.next() {
                offsets[String(buffer: delivery.body)] =
                    (delivery.properties.headers?["x-stream-offset"]?.integerValue).map { Int($0) }
                if offsets.count % 100 == 0 { try await consumer.acknowledge(delivery, multiple: true) }
            }
            return offsets
        }
    }

    private static func ask(_ bench: ShovelBench, _ offset: Int) async throws -> RopewayProcess.Answer {
        try await bench.ropeway.command("offset", "--stream", "from", "--dc1", "\(offset)")
    }

    @Test("given a copy with other offsets, then each message is found; from the copy alone, nothing is left out")
    func found() async throws {
        let bench = try await StreamCopyTests.make()
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // Given numbered messages, with others in the copy and the daemon killed in between
        var texts: [String] = []
        for round in 0..<4 {
            let more = (0..<250).map { "\(round)-\($0)" }
            texts += more
            try await bench.publish(more, key: "from")
            try await bench.dc2.withChannel(virtualHost: bench.host2) { channel in
                try await channel.selectConfirms()
                _ = try await channel.publish(ByteBuffer(string: "other \(round)"), exchange: "", routingKey: "to")
            }
            daemon.kill()
            daemon = try bench.ropeway.run()
            try await bench.until("running")
        }
        let there = try await Self.offsets("from", texts.count, on: bench.dc1, bench.host1)
        let here = try await Self.offsets("to", texts.count + 4, on: bench.dc2, bench.host2)
        // When the place of a message is asked for, then it is exactly that
        for text in ["0-0", "0-249", "1-0", "2-100", "3-17", "3-249"] {
            let answer = try await Self.ask(bench, try #require(there[text]))
            #expect(answer.status == 0 && answer.json.exact.bool == true, "\(answer)")
            #expect(answer.json.copy.offset.int == here[text], "\(text): \(answer)")
        }
        // One that is not copied yet lies behind all.
        let ahead = try await Self.ask(bench, 5000)
        #expect(ahead.status == 9 && ahead.json.exact.bool == false, "\(ahead)")
        #expect(ahead.json.copy.offset.int ?? 0 > here["3-249"] ?? .max, "\(ahead)")
        // Given that a place was noted, and more came behind it
        let noted = (0..<26).map { "ropeway.\(bench.ropeway.pair).move.to.\($0)" }
        try await eventually(within: .seconds(40), "a place is noted") {
            try await StreamAccess.with(bench.dc2, bench.host2) { connection in
                for name in noted {
                    if try await connection.queryOffset(reference: name, stream: "to") != nil { return true }
                }
                return false
            }
        }
        try await bench.publish((0..<50).map { "4-\($0)" }, key: "from")
        // Read, and not counted: what is moved of the round before counts as well.
        let all = try await Self.offsets("to", texts.count + 54, on: bench.dc2, bench.host2)
        daemon.kill()
        let complete = try await Self.offsets("from", texts.count + 50, on: bench.dc1, bench.host1)
        // When DC1 is lost
        var lost = bench.ropeway
        lost.dc1.streamPorts = [1]
        try lost.write()
        for text in ["0-0", "2-100", "3-249", "4-49"] {
            let asked = try #require(complete[text])
            let answer = try await lost.command("offset", "--stream", "from", "--dc1", "\(asked)")
            // Then nothing from the message on lies before the answer
            #expect(answer.status == 9 && answer.json.exact.bool == false, "\(answer)")
            #expect(answer.json.copy.offset.int ?? .max <= all[text] ?? -1, "\(text): \(answer)")
        }
        let asked = try #require(complete["4-49"])
        let last = try await lost.command("offset", "--stream", "from", "--dc1", "\(asked)")
        #expect(last.json.copy.offset.int ?? 0 > all["3-249"] ?? .max, "a place was noted: \(last)")
    }

    /// A stream that keeps some hundred messages of what is published here.
    private static let short: FieldTable = ["x-max-length-bytes": 60_000, "x-stream-max-segment-size-bytes": 6_000]

    /// Where a stream begins.
    private static func beginning(_ stream: String, on node: BrokerNode, _ host: String) async throws -> Int {
        try await node.withChannel(virtualHost: host) { channel in
            let arguments: FieldTable = ["x-stream-offset": "first"]
            let consumer = try await channel.consumer(queue: stream, prefetch: 1, arguments: arguments)
            var iterator = consumer.makeAsyncIterator()
            let first = try await iterator.next()
            return try #require(first?.properties.headers?["x-stream-offset"]?.integerValue.map { Int($0) })
        }
    }

    @Test("given messages that retention has removed from DC1 alone, then nothing is left out")
    func removedFromSource() async throws {
        let bench = try await StreamCopyTests.make(from: Self.short)
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        let padding = String(repeating: "x", count: 100)
        for round in 0..<8 {
            try await bench.publish((0..<100).map { "\(round)-\($0) \(padding)" }, key: "from")
            // Copied before retention gets there.
            try await StreamCopyTests.untilMoved(100 * (round + 1), bench)
        }
        let first = try await Self.beginning("from", on: bench.dc1, bench.host1)
        try #require(first > 100)
        // When a message that only the copy has is asked for, then it is not the next one of DC1 that is told
        for offset in [0, 1, 50, first - 1] {
            let answer = try await Self.ask(bench, offset)
            #expect(answer.status == 9 && answer.json.exact.bool == false, "\(offset): \(answer)")
            // A note of the daemon's takes the copy's first offset.
            #expect(answer.json.copy.offset.int ?? .max <= offset + 1, "\(offset): \(answer)")
        }
        let answer = try await Self.ask(bench, first)
        #expect(answer.status == 0, "\(answer)")
    }

    @Test("given messages that retention has removed from the copy, then those of others are not taken for them")
    func removedFromCopy() async throws {
        let bench = try await StreamCopyTests.make(to: Self.short)
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // Given many that look alike, and those of somebody else behind them, until the copy has lost the first
        let body = String(repeating: "a", count: 100)
        try await bench.publish(Array(repeating: body, count: 200), key: "from")
        try await bench.publish((0..<10).map { "\($0)" }, key: "from")
        try await StreamCopyTests.untilMoved(210, bench)
        var begin = 0
        for _ in 0..<100 where begin < 20 {
            try await bench.dc2.withChannel(virtualHost: bench.host2) { channel in
                try await channel.selectConfirms()
                for _ in 0..<20 {
                    _ = try await channel.publish(ByteBuffer(string: body), exchange: "", routingKey: "to")
                }
            }
            begin = try await Self.beginning("to", on: bench.dc2, bench.host2)
        }
        try #require((20..<190).contains(begin))
        // When one of those is asked for, then what is told leaves nothing out that is left
        for offset in [0, begin, 199] {
            let answer = try await Self.ask(bench, offset)
            #expect(answer.status == 9, "\(offset): \(answer)")
            let place = answer.json.copy.offset.int ?? .max
            #expect(place <= max(offset, begin), "\(offset), the copy from \(begin) on: \(answer)")
        }
    }

    @Test("given a stream that is not copied, or an offset that is none, then it is said what is wrong")
    func usage() async throws {
        let bench = try await StreamCopyTests.make()
        try bench.ropeway.write()
        for (stream, site, offset, words) in [
            ("other", "--dc1", "5", "no shovel copies stream 'other'"), ("from", "--dc3", "5", "--dc1 or --dc2"),
            ("from", "--dc1", "-5", "no offset"), ("from", "--dc1", "five", "no offset"),
        ] {
            let answer = try await bench.ropeway.command("offset", "--stream", stream, site, offset)
            #expect(answer.status == 64 && "\(answer)".contains(words), "\(answer)")
        }
        let nothing = try await Self.ask(bench, 0)
        #expect(nothing.status == 9 && nothing.json.error.code.string == "offset-unknown", "\(nothing)")
    }
}
