import BrokerHarness
import NIOCore
import RabbitStream
import Testing

@Suite("What happens under a stream connection", .timeLimit(.minutes(3)))
struct ChangeTests {
    @Test("a deleted stream ends its publishers and subscriptions, and the connection goes on")
    func deletedStream() async throws {
        try await StreamBench.with { bench in
            let publisher = try await bench.connection.declarePublisher(stream: "s")
            let subscription = try await bench.connection.subscribe("s", from: .first, credit: 10)
            let other = try await bench.another()
            try await other.connection.deleteStream("s")
            await other.connection.close()
            try await eventually(within: .seconds(20), "the change is told") { !bench.seen.value.changes.isEmpty }
            let change = try #require(bench.seen.value.changes.first)
            #expect(change.stream == "s")
            #expect(change.code == .streamNotAvailable)
            #expect(change.publishers == [publisher])
            #expect(change.subscriptions == [subscription])
            // What is published all the same is refused, not lost in silence
            try await bench.send([PublishEntry(1, message: .message("x"))], publisher: publisher)
            try await eventually(within: .seconds(10), "the refusal has come") { !bench.seen.value.refused.isEmpty }
            try await bench.connection.createStream("s")
            try await bench.fill(["again"])
            #expect(try await bench.readAll(1) == ["again"])
        }
    }

    @Test("a broker that is killed ends it, with all that waits")
    func killedBroker() async throws {
        let node = try await BrokerNode.start("stream-kill")
        let bench = try await StreamBench.connect(node, try await freshVirtualHost(on: node))
        try await bench.connection.createStream("s")
        try await bench.fill((0..<100).map { "m\($0)" })
        try await node.writeDefinitions()
        try await node.kill()
        #expect(await bench.connection.waitUntilClosed().code == .connectionLost)
        let answer = try await failure { () async throws(StreamError) in try await bench.connection.metadata(["s"]) }
        #expect(answer.code == .connectionLost)
        #expect(bench.seen.value.closed?.code == .connectionLost)
        // When it is back, then so is the stream; 3.10.8 may leave it without a leader for minutes
        try await node.start()
        let again = try await StreamBench.connect(node, bench.virtualHost)
        #expect(try await again.connection.metadata(["s"]).first?.code != .streamDoesNotExist)
        await again.connection.close()
        try await node.wipe()
    }

    @Test("a broker that is frozen is given up after two heartbeat intervals")
    func frozenBroker() async throws {
        let node = try await BrokerNode.start("stream-freeze")
        let bench = try await StreamBench.connect(node, "/") { $0.heartbeat = .seconds(1) }
        #expect(bench.connection.negotiated.heartbeat == 1)
        try await node.freeze()
        #expect(await bench.connection.waitUntilClosed().code == .heartbeatTimedOut)
        try await node.thaw()
        try await node.wipe()
    }

    @Test("a broker that closes it says why")
    func closedByBroker() async throws {
        try await StreamBench.with { bench in
            // What a broker knows no frame for
            try await bench.node.control(["close_all_connections", "--vhost", bench.virtualHost, "maintenance"])
            let reason = await bench.connection.waitUntilClosed()
            #expect([.closedByBroker, .connectionLost].contains(reason.code))
        }
    }

    @Test("bytes that are harmed on the way give the right messages or an error, never wrong ones", arguments: 0..<4)
    func harmedBytes(seed: Int) async throws {
        try await StreamBench.with { bench in
            let texts = (0..<300).map { "m\($0) " + String(repeating: "z", count: $0) }
            try await bench.fill(texts)
            let proxy = try await LinkProxy.start(to: bench.node.streamPort, damage: LinkDamage(seed: UInt64(seed)))
            for _ in 0..<12 {
                guard
                    let harmed = try? await StreamBench.connect(
                        bench.node,
                        bench.virtualHost,
                        port: proxy.port,
                        change: {
                            $0.handshakeTimeout = .seconds(2)
                            $0.requestTimeout = .seconds(2)
                            $0.heartbeat = .seconds(1)
                        }
                    )
                else { continue }
                harmed.seen.change { $0.creditBack = true }
                _ = try? await harmed.connection.subscribe("s", from: .first, credit: 5)
                // What asks for more may have been harmed as well: then nothing comes any more.
                try? await eventually(within: .seconds(4), "all has come, or the connection has ended") {
                    harmed.seen.value.texts.count >= texts.count || harmed.seen.value.closed != nil
                        || harmed.seen.value.chunks.isEmpty
                }
                let seen = harmed.seen.value
                #expect(seen.damage.isEmpty)
                #expect(Set(seen.texts).isSubset(of: Set(texts)))
                harmed.connection.drop()
            }
            try await proxy.shutdown()
        }
    }
}
