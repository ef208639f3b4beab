import BrokerHarness
import NIOCore
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LinkProxyTests {
    /// Bytes in which a change of order shows.
    private static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }

    private func withProxy(_ body: (LinkProxy) async throws -> Void) async throws {
        let server = try await EchoServer.start()
        let proxy = try await LinkProxy.start(to: server.port)
        do {
            try await body(proxy)
        } catch {
            try await proxy.shutdown()
            throw error
        }
        try await proxy.shutdown()
        try await server.stop()
    }

    @Test("Given a forwarding link, when 5 MB pass both ways, then every byte arrives in order and is counted")
    func forwards() async throws {
        try await self.withProxy { proxy in
            let client = try await TestClient.connect(to: proxy.port)
            let bytes = Self.pattern(5_000_000)
            try await client.send(bytes)
            try await eventually(within: .seconds(20), "all came back") { client.received.count == bytes.count }
            #expect(client.received == bytes)
            let counts = try await proxy.counts()
            #expect(counts.accepted == 1)
            #expect(counts.open == 1)
            #expect(counts.bytesToTarget == bytes.count)
            #expect(counts.bytesToClient == bytes.count)
            try await client.close()
            try await eventually(within: .seconds(5), "the link noticed the end") {
                try await proxy.counts().open == 0
            }
        }
    }

    @Test("Given a delay of 60 ms one way, when bytes pass, then they take 120 ms to return, however many they are")
    func delays() async throws {
        try await self.withProxy { proxy in
            try await proxy.setMode(.delay(milliseconds: 60))
            let client = try await TestClient.connect(to: proxy.port)
            let clock = ContinuousClock()
            let small = clock.now
            try await client.send([1])
            try await eventually(within: .seconds(5), "the byte came back") { client.received == [1] }
            #expect(clock.now - small >= .milliseconds(120))

            let bytes = Self.pattern(8_000_000)
            let large = clock.now
            try await client.send(bytes)
            try await eventually(within: .seconds(20), "all came back") { client.received.count == bytes.count + 1 }
            // A window of 64 KiB, which the kernel starts with, would take 14 s.
            #expect(clock.now - large < .seconds(5))
            #expect(Array(client.received.dropFirst()) == bytes)
        }
    }

    @Test("Given bytes under way with a delay, when the delay is lifted, then later bytes do not overtake them")
    func keepsOrderWhenDelayIsLifted() async throws {
        try await self.withProxy { proxy in
            let client = try await TestClient.connect(to: proxy.port)
            try await proxy.setMode(.delay(milliseconds: 200))
            try await client.send([1])
            try await proxy.setMode(.forward)
            try await client.send([2])
            try await eventually(within: .seconds(5), "both came back") { client.received.count == 2 }
            #expect(client.received == [1, 2])
        }
    }

    @Test("Given a connection, when the link is cut, then it closes and new ones are refused until the cut ends")
    func cuts() async throws {
        try await self.withProxy { proxy in
            let client = try await TestClient.connect(to: proxy.port)
            try await client.send([1])
            try await eventually(within: .seconds(5), "the byte came back") { client.received == [1] }
            try await proxy.setMode(.cut)
            try await eventually(within: .seconds(5), "the connection closed") { !client.isOpen }
            await #expect(throws: (any Error).self) { try await TestClient.connect(to: proxy.port) }

            try await proxy.setMode(.forward)
            let second = try await TestClient.connect(to: proxy.port)
            try await second.send([2])
            try await eventually(within: .seconds(5), "the byte came back") { second.received == [2] }
        }
    }

    @Test(
        "Given the way back is stalled, when bytes are sent, then the target has them and the answer comes afterwards"
    )
    func stallsOneWay() async throws {
        try await self.withProxy { proxy in
            let client = try await TestClient.connect(to: proxy.port)
            try await proxy.setMode(.stall(.toClient))
            try await client.send([1, 2, 3])
            try await eventually(within: .seconds(5), "the target has them") {
                try await proxy.counts().bytesToTarget == 3
            }
            #expect(client.isOpen)
            #expect(client.received.isEmpty)
            try await proxy.setMode(.forward)
            try await eventually(within: .seconds(5), "the answer came") { client.received == [1, 2, 3] }
        }
    }

    @Test("Given a stalled link, when much is sent, then the sender is held up and nothing is lost")
    func stallHoldsUpTheSender() async throws {
        try await self.withProxy { proxy in
            let client = try await TestClient.connect(to: proxy.port)
            try await proxy.setMode(.stall(.both))
            let bytes = [UInt8](repeating: 9, count: 40_000_000)
            let sent: EventLoopFuture<Void> = client.channel.writeAndFlush(ByteBuffer(bytes: bytes))
            try await eventually(within: .seconds(5), "the sender is held up") { !client.channel.isWritable }
            #expect(try await proxy.counts().bytesToTarget == 0)
            try await proxy.setMode(.forward)
            try await sent.get()
            try await eventually(within: .seconds(30), "all came back") { client.received.count == bytes.count }
        }
    }

    @Test("Given a black hole, when a client connects, then it gets no answer, and gets it when the hole is gone")
    func swallows() async throws {
        try await self.withProxy { proxy in
            try await proxy.setMode(.blackHole)
            let client = try await TestClient.connect(to: proxy.port)
            try await client.send([7])
            try await eventually(within: .seconds(5), "the connection was accepted") {
                try await proxy.counts().accepted == 1
            }
            #expect(try await proxy.counts().bytesToTarget == 0)
            #expect(client.isOpen)
            try await proxy.setMode(.forward)
            try await eventually(within: .seconds(5), "the answer came") { client.received == [7] }
        }
    }

    @Test("Given a stalled connection, when the proxy is shut down or forgotten, then the connection closes")
    func ends() async throws {
        let server = try await EchoServer.start()
        let proxy = try await LinkProxy.start(to: server.port)
        let client = try await TestClient.connect(to: proxy.port)
        try await proxy.setMode(.stall(.both))
        try await proxy.shutdown()
        try await eventually(within: .seconds(5), "the connection closed") { !client.isOpen }

        var forgotten: LinkProxy? = try await LinkProxy.start(to: server.port)
        let other = try await TestClient.connect(to: try #require(forgotten).port)
        try await other.send([1])
        try await eventually(within: .seconds(5), "the byte came back") { other.received == [1] }
        forgotten = nil
        try await eventually(within: .seconds(5), "the connection closed") { !other.isOpen }
        try await server.stop()
    }

    @Test("Given nothing listens at the target, when a client connects, then its connection closes")
    func targetRefuses() async throws {
        let server = try await EchoServer.start()
        let port = server.port
        try await server.stop()
        let proxy = try await LinkProxy.start(to: port)
        let client = try await TestClient.connect(to: proxy.port)
        try await eventually(within: .seconds(5), "the connection closed") { !client.isOpen }
        try await proxy.shutdown()
    }
}
