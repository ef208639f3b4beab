import BrokerHarness
import NIOCore
import RabbitStream
import Testing

@Suite("Consuming a stream of a real broker", .timeLimit(.minutes(3)))
struct ConsumeTests {
    @Test("begins with the first chunk, the last one, that of an offset, that of a time, or after the end")
    func offsets() async throws {
        try await StreamBench.with { bench in
            let texts = (0..<40).map { "m\($0)" }
            try await bench.fill(texts)
            _ = try await bench.readAll(40)
            let chunks = bench.seen.value.chunks
            let last = try #require(chunks.last)
            #expect(try await bench.readAll(1, from: .last) == Array(texts[Int(last.firstOffset)...]))
            // The chunk of the offset comes whole
            let middle = try #require(chunks.last { $0.firstOffset <= 25 })
            let fromMiddle = try await bench.readAll(40 - Int(middle.firstOffset), from: .offset(25))
            #expect(fromMiddle == Array(texts[Int(middle.firstOffset)...]))
            #expect(try await bench.readAll(40, from: .timestamp(0)) == texts)
            // Past the end is the end
            bench.seen.change { $0.texts = [] }
            let next = try await bench.connection.subscribe("s", from: .next, credit: 10)
            let past = try await bench.connection.subscribe("s", from: .offset(1_000_000), credit: 10)
            let other = try await bench.another()
            try await other.fill(["later"])
            await other.connection.close()
            try await eventually(within: .seconds(10), "what comes later has come") {
                bench.seen.value.texts.contains("later")
            }
            #expect(Set(bench.seen.value.texts) == ["later"])
            try await bench.connection.unsubscribe(next)
            try await bench.connection.unsubscribe(past)
        }
    }

    @Test("gets as many chunks as it has credit for")
    func credit() async throws {
        try await StreamBench.with { bench in
            try await bench.fill((0..<50).map { "m\($0)" }, batch: 5)
            let subscription = try await bench.connection.subscribe("s", from: .first, credit: 2)
            try await eventually(within: .seconds(10), "two chunks have come") { bench.seen.value.chunks.count == 2 }
            // What the broker answers next, it answers after all that the credit allowed
            _ = try await bench.connection.metadata(["s"])
            #expect(bench.seen.value.chunks.count == 2)
            try await bench.credit(3, subscription: subscription)
            try await eventually(within: .seconds(10), "three more have come") { bench.seen.value.chunks.count == 5 }
            _ = try await bench.connection.metadata(["s"])
            #expect(bench.seen.value.chunks.count == 5)
        }
    }

    @Test("is told that credit for a subscription that is not there is refused")
    func refusedCredit() async throws {
        try await StreamBench.with { bench in
            try await bench.credit(1, subscription: 99)
            try await eventually(within: .seconds(10), "the refusal has come") {
                bench.seen.value.creditRefusals == [.subscriptionIDDoesNotExist]
            }
        }
    }

    @Test("stores an offset under a reference, and has none where none was stored")
    func storedOffset() async throws {
        try await StreamBench.with { bench in
            try await bench.fill(["a", "b"])
            #expect(try await bench.connection.queryOffset(reference: "app", stream: "s") == nil)
            try await bench.connection.eventLoop.submit {
                try bench.connection.storeOffset(1, reference: "app", stream: "s")
                bench.connection.flush()
            }.get()
            try await eventually(within: .seconds(10), "the offset is stored") {
                try await bench.connection.queryOffset(reference: "app", stream: "s") == 1
            }
            let error = try await failure { () async throws(StreamError) in
                try await bench.connection.queryOffset(reference: "app", stream: "nowhere")
            }
            #expect(error.responseCode == .streamDoesNotExist)
        }
    }

    @Test("as a single active consumer is told when it is its turn, since 3.11")
    func singleActiveConsumer() async throws {
        try await StreamBench.with { bench in
            guard await bench.connection.supports(.consumerUpdate) else { return }
            try await bench.fill(["a", "b"])
            bench.seen.change { $0.creditBack = true }
            let properties = ["single-active-consumer": "true", "name": "app"]
            let first = try await bench.connection.subscribe("s", from: .next, credit: 5, properties: properties)
            try await eventually(within: .seconds(10), "the first is active, and begins where it said") {
                bench.seen.value.isActive == [true] && bench.seen.value.texts == ["a", "b"]
            }
            let other = try await bench.another()
            _ = try await other.connection.subscribe("s", from: .next, credit: 5, properties: properties)
            try await bench.connection.unsubscribe(first)
            try await eventually(within: .seconds(10), "the second is active") {
                other.seen.value.isActive.last == true
            }
            await other.connection.close()
        }
    }

    @Test("of a stream that is not there, and creating one that is, are refused with their codes")
    func refusals() async throws {
        try await StreamBench.with { bench in
            let connection = bench.connection
            let missing = try await failure { () async throws(StreamError) in
                try await connection.subscribe("nowhere", from: .first, credit: 1)
            }
            #expect((missing.code, missing.responseCode) == (.refused, .streamDoesNotExist))
            #expect(missing.description.contains("nowhere"))
            let publisher = try await failure { () async throws(StreamError) in
                try await connection.declarePublisher(stream: "nowhere")
            }
            #expect(publisher.responseCode == .streamDoesNotExist)
            let exists = try await failure { () async throws(StreamError) in try await connection.createStream("s") }
            #expect(exists.responseCode == .streamExists)
            let gone = try await failure { () async throws(StreamError) in try await connection.deleteStream("nowhere")
            }
            #expect(gone.responseCode == .streamDoesNotExist)
            let unknown = try await failure { () async throws(StreamError) in try await connection.unsubscribe(77) }
            #expect(unknown.responseCode == .subscriptionIDDoesNotExist)
        }
    }

    @Test("tells where the stream is, and what it holds")
    func metadata() async throws {
        try await StreamBench.with { bench in
            try await bench.fill(["a"])
            let found = try await bench.connection.metadata(["s", "nowhere"]).sorted { $0.stream < $1.stream }
            #expect(found.map(\.code) == [.streamDoesNotExist, .ok])
            #expect(found[1].leader == StreamBroker(host: "127.0.0.1", port: bench.node.streamPort))
            #expect(bench.connection.node == found[1].leader)
            #expect(found[0].leader == nil)
            if await bench.connection.supports(.streamStats) {
                let statistics = try await bench.connection.streamStatistics("s")
                #expect(statistics["first_chunk_id"] == 0)
                #expect(statistics["committed_chunk_id"] == 0)
            } else {
                let error = try await failure { () async throws(StreamError) in
                    try await bench.connection.streamStatistics("s")
                }
                #expect(error.code == .notSupported)
            }
            if await bench.connection.supports(.resolveOffsetSpecification) {
                #expect(try await bench.connection.resolve(.first, stream: "s") == 0)
            }
        }
    }

    @Test("of a super stream begins with where its partitions are, and where a routing key leads")
    func superStreams() async throws {
        try await StreamBench.with { bench in
            let connection = bench.connection
            let missing = try await failure { () async throws(StreamError) in
                try await connection.partitions(of: "nowhere")
            }
            #expect(missing.responseCode == .streamDoesNotExist)
            guard await connection.supports(.createSuperStream) else {
                let error = try await failure { () async throws(StreamError) in
                    try await connection.createSuperStream("orders", partitions: [("orders-0", "0")])
                }
                #expect(error.code == .notSupported)
                return
            }
            try await connection.createSuperStream("orders", partitions: [("orders-0", "0"), ("orders-1", "1")])
            #expect(try await connection.partitions(of: "orders") == ["orders-0", "orders-1"])
            #expect(try await connection.route("1", of: "orders") == ["orders-1"])
            #expect(try await connection.route("2", of: "orders") == [])
            try await connection.deleteSuperStream("orders")
        }
    }

    @Test(
        "by placement ends at the leader, by what the node advertises and by the endpoints alone",
        arguments: [true, false]
    )
    func placement(byEndpoints: Bool) async throws {
        try await StreamBench.with { bench in
            let configuration = bench.node.streamConfiguration(virtualHost: bench.virtualHost)
            let reach = byEndpoints ? NodeReach.endpoints(attempts: 3) : .advertised
            for placement in [StreamPlacement.leader(of: "s"), .replica(of: "s")] {
                let connection = try await StreamConnection.connect(configuration, to: placement, reach: reach)
                #expect(connection.node == bench.connection.node)
                await connection.close()
            }
            let error = try await failure { () async throws(StreamError) in
                try await StreamConnection.connect(configuration, to: .leader(of: "nowhere"), reach: reach)
            }
            #expect(error.responseCode == .streamDoesNotExist)
        }
    }
}
