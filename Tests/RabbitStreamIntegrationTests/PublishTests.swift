import AMQP
import BrokerHarness
import NIOCore
import RabbitStream
import Testing
import Transport

@Suite("Publishing to a stream of a real broker", .timeLimit(.minutes(3)))
struct PublishTests {
    @Test("is confirmed, and read back in order")
    func publishAndConsume() async throws {
        try await StreamBench.with { bench in
            let texts = (0..<500).map { "message \($0)" }
            try await bench.fill(texts)
            #expect(bench.seen.value.confirmed.sorted() == (0..<500).map { UInt64($0) })
            #expect(try await bench.readAll(500) == texts)
            let chunks = bench.seen.value.chunks
            #expect(chunks.first?.firstOffset == 0)
            #expect(zip(chunks, chunks.dropFirst()).allSatisfy { $0.nextOffset == $1.firstOffset })
            #expect(chunks.allSatisfy { $0.timestamp > 1_600_000_000_000 })
        }
    }

    @Test("under a reference drops what it has, also over another connection, and tells how far it is")
    func deduplication() async throws {
        try await StreamBench.with { bench in
            #expect(try await bench.connection.queryPublisherSequence(reference: "relay", stream: "s") == 0)
            let first = try await bench.connection.declarePublisher(reference: "relay", stream: "s")
            try await bench.publish((1...10).map { PublishEntry($0, message: .message("m\($0)")) }, publisher: first)
            let other = try await bench.another()
            #expect(try await other.connection.queryPublisherSequence(reference: "relay", stream: "s") == 10)
            let second = try await other.connection.declarePublisher(reference: "relay", stream: "s")
            try await other.publish((5...15).map { PublishEntry($0, message: .message("m\($0)")) }, publisher: second)
            await other.connection.close()
            #expect(try await bench.readAll(15) == (1...15).map { "m\($0)" })
        }
    }

    @Test("a sub-batch of messages takes one id, and is read by AMQP consumers as single messages")
    func subBatch() async throws {
        try await StreamBench.with { bench in
            let texts = (0..<300).map { "m\($0)" }
            var messages = ByteBuffer()
            for text in texts {
                let message = ByteBuffer.message(text)
                messages.writeInteger(UInt32(message.readableBytes))
                messages.writeImmutableBuffer(message)
            }
            let batch = try SubBatch(uncompressed: messages, recordCount: 300)
            let publisher = try await bench.connection.declarePublisher(reference: "relay", stream: "s")
            try await bench.publish([PublishEntry(300, subBatch: batch)], publisher: publisher)
            #expect(bench.seen.value.confirmed == [300])
            #expect(try await bench.connection.queryPublisherSequence(reference: "relay", stream: "s") == 300)
            #expect(try await bench.readAll(300) == texts)
            #expect(try await Self.overAMQP(bench, 300) == texts)
        }
    }

    @Test("a chunk goes on into another stream in runs, without a look into its messages, and is the same there")
    func relayedChunk() async throws {
        try await StreamBench.with { bench in
            let texts = (0..<200).map { "m\($0)" }
            try await bench.fill(texts, batch: 50)
            _ = try await bench.readAll(200)
            let chunks = bench.seen.value.chunks
            try await bench.connection.deleteStream("s")
            try await bench.connection.createStream("s")
            let publisher = try await bench.connection.declarePublisher(reference: "copy", stream: "s")
            var entries: [PublishEntry] = []
            for chunk in chunks {
                var runs = ChunkRuns(chunk, maximumBytes: 500)
                while let run = try runs.next() {
                    entries.append(PublishEntry(run.lastOffset + 1, subBatch: run.subBatch))
                }
            }
            #expect(entries.count > chunks.count)
            try await bench.publish(entries, publisher: publisher)
            #expect(try await bench.readAll(200) == texts)
            #expect(try await Self.overAMQP(bench, 200) == texts)
        }
    }

    @Test("a message that no frame has room for is refused here, and what comes after it is taken")
    func tooLarge() async throws {
        try await StreamBench.with { bench in
            let publisher = try await bench.connection.declarePublisher(stream: "s")
            let large = PublishEntry(1, message: ByteBuffer(repeating: 0, count: 1 << 20))
            let error = await #expect(throws: StreamError.self) { try await bench.send([large], publisher: publisher) }
            #expect(error?.code == .messageTooLarge)
            let limit = try await bench.connection.eventLoop.submit { bench.connection.maximumEntryBytes }.get()
            let largest = String(repeating: "x", count: limit - 12 - 8)
            try await bench.publish([PublishEntry(2, message: .message(largest))], publisher: publisher)
            #expect(try await bench.readAll(1) == [largest])
        }
    }

    @Test("through a publisher that is not declared is refused by the broker, and told with the ids")
    func unknownPublisher() async throws {
        try await StreamBench.with { bench in
            try await bench.send([PublishEntry(41, message: .message("x"))], publisher: 200)
            try await eventually(within: .seconds(10), "the refusal has come") { !bench.seen.value.refused.isEmpty }
            #expect(bench.seen.value.refused == [PublishRefusal(publishingID: 41, code: .publisherDoesNotExist)])
        }
    }

    @Test("to a broker that negotiates frames of 8 KB keeps to them")
    func smallFrames() async throws {
        let node = try await BrokerNode.start("stream-small", configuration: ["stream.frame_max = 8192"])
        try await StreamBench.with(on: node) { bench in
            #expect(bench.connection.negotiated.frameMaximum == 8192)
            let texts = (0..<200).map { "\($0) " + String(repeating: "y", count: $0 * 30) }
            try await bench.fill(texts, batch: 100)
            #expect(try await bench.readAll(200) == texts)
            let publisher = try await bench.connection.declarePublisher(stream: "s")
            let large = PublishEntry(1, message: ByteBuffer(repeating: 0, count: 8192))
            let error = await #expect(throws: StreamError.self) { try await bench.send([large], publisher: publisher) }
            #expect(error?.code == .messageTooLarge)
        }
        try await node.wipe()
    }

    @Test("with a filter value works since 3.13, and is refused here before")
    func filters() async throws {
        try await StreamBench.with { bench in
            let publisher = try await bench.connection.declarePublisher(stream: "s")
            let entry = PublishEntry(1, message: .message("north"), filterValue: "north")
            if bench.node.version < NodeVersion("3.13") ?? .v4 {
                let error = await #expect(throws: StreamError.self) {
                    try await bench.send([entry], publisher: publisher)
                }
                #expect(error?.code == .notSupported)
            } else {
                try await bench.publish([entry], publisher: publisher)
                let south = PublishEntry(2, message: .message("south"), filterValue: "south")
                try await bench.publish([south], publisher: publisher)
                bench.seen.change { $0.creditBack = true }
                _ = try await bench.connection.subscribe(
                    "s",
                    from: .first,
                    credit: 5,
                    properties: ["filter.0": "south"]
                )
                try await eventually(within: .seconds(10), "the chunk has come") { !bench.seen.value.texts.isEmpty }
                #expect(bench.seen.value.texts == ["south"])
                #expect(bench.seen.value.damage.isEmpty)
            }
        }
    }

    /// Consumes the stream over AMQP 0-9-1.
    private static func overAMQP(_ bench: StreamBench, _ count: Int) async throws -> [String] {
        let configuration = ConnectionConfiguration(
            endpoints: [Endpoint(host: "127.0.0.1", port: bench.node.amqpPort, isTLS: false)],
            credentials: .plain(username: "guest", password: "guest"),
            virtualHost: bench.virtualHost,
            name: "reader"
        )
        return try await AMQPConnection.withConnection(configuration) { connection in
            let channel = try await connection.openChannel()
            let consumer = try await channel.consumer(
                queue: "s",
                prefetch: 100,
                arguments: ["x-stream-offset": "first"]
            )
            var texts: [String] = []
            for try await delivery in consumer {
                texts.append(String(buffer: delivery.body))
                try await consumer.acknowledge(delivery)
                if texts.count == count { break }
            }
            return texts
        }
    }
}
