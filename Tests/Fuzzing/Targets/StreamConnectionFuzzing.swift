import NIOCore
import NIOEmbedded
import Transport

@testable import RabbitStream

/// A stream connection that is used in every way while its broker sends what an input says, in a world without threads.
enum StreamConnectionFuzzing {
    static func run(_ input: inout FuzzInput) throws(FuzzFinding) {
        let peer = try Peer()
        if input.isSet() { peer.shakeHands(version: input.isSet() ? "3.10.8" : "4.3.6") }
        var bytes = ByteBuffer()
        var steps = 0
        while !input.isEmpty, peer.handler.failure == nil, steps < 2000 {
            steps += 1
            let operation = input.byte()
            if operation & 3 == 0 {
                peer.act(&input)
            } else {
                StreamPeerFrames.write(&input, to: &bytes)
                let isCut = operation & 4 != 0
                if let part = bytes.readSlice(length: max(0, bytes.readableBytes - (isCut ? input.choice(32) : 0))) {
                    peer.send(part)
                    bytes = ByteBuffer(buffer: bytes)
                }
            }
            if operation & 0x80 != 0 { try peer.checkFrames() }
        }
        if peer.handler.failure == nil { peer.send(bytes) }
        try peer.end()
    }

    private final class Receiver: StreamReceiver {
        var closings = 0
        var damage = 0

        func received(_ chunk: Chunk, subscription: UInt8) {
            if chunk.data.crc32 != chunk.checksum { damage += 1 }
            var entries = chunk.entries
            while (try? entries.next()) != nil {}
        }

        func closed(_ error: StreamError) { closings += 1 }
    }

    private final class Peer {
        let channel = EmbeddedChannel()
        let handler: StreamConnectionHandler
        let receiver = Receiver()
        private var unanswered = 0
        private var sent = FrameReader(maximum: 1 << 20)

        init() throws(FuzzFinding) {
            let configuration = StreamConnectionConfiguration(
                endpoints: [],
                credentials: .plain(username: "user", password: "secret"),
                name: "fuzz",
                largestInboundFrame: 100_000,
                maximumUnsentBytes: 50_000
            )
            let endpoint = Endpoint(host: "peer", port: 5552, isTLS: false)
            handler = StreamConnectionHandler(
                eventLoop: channel.eventLoop,
                endpoint: endpoint,
                configuration: configuration
            )
            handler.receiver = receiver
            expect(handler.opened)
            expect(handler.closed)
            do {
                try channel.pipeline.syncOperations.addHandler(handler)
                channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 5552), promise: nil)
            } catch {
                throw FuzzFinding("\(error)")
            }
        }

        /// Counts a future that has to complete.
        private func expect<Value>(_ future: EventLoopFuture<Value>) {
            unanswered += 1
            future.assumeIsolated().whenComplete { _ in self.unanswered -= 1 }
        }

        func send(_ bytes: ByteBuffer) {
            guard channel.isActive, bytes.readableBytes > 0 else { return }
            _ = try? channel.writeInbound(bytes)
        }

        private func send(_ frame: ClientFrame) {
            var bytes = ByteBuffer()
            try? frame.write(to: &bytes)
            send(bytes)
        }

        private func answer(_ key: CommandKey, _ content: Response.Content = .none) {
            let response = Response(code: .ok, content: content)
            send(.response(key, response, correlation: handler.machine.handshakeCorrelation))
        }

        func shakeHands(version: String) {
            answer(.peerProperties, .properties(["version": version]))
            answer(.saslHandshake, .mechanisms(["PLAIN"]))
            answer(.saslAuthenticate)
            send(.tune(frameMaximum: 8192, heartbeat: 60))
            answer(.open)
            if handler.machine.state == .awaitingVersions {
                let versions = CommandKey.allCases.map { CommandVersions(key: $0.rawValue, minimum: 1, maximum: 2) }
                answer(.exchangeCommandVersions, .commandVersions(versions))
            }
        }

        func act(_ input: inout FuzzInput) {
            switch input.choice(10) {
            case 0: channel.embeddedEventLoop.advanceTime(by: .seconds(Int64(input.choice(8))))
            case 1: handler.setReading(input.isSet())
            case 2: handler.close(timeout: .seconds(2))
            case 3:
                let entry = PublishEntry(UInt64(input.byte()), message: ByteBuffer(repeating: 7, count: input.length()))
                try? handler.publish([entry, entry], publisher: UInt8(input.choice(4)))
                handler.flush()
            case 4: handler.write(.credit(subscription: UInt8(input.choice(4)), 1))
            case 5:
                ask { machine, promise, now throws(StreamError) in
                    try machine.declarePublisher(reference: "r", stream: "s", promise, at: now).1
                }
            case 6:
                let wanted = Request.Subscription(id: 0, stream: "s", offset: .first, credit: 1, properties: [:])
                ask { machine, promise, now throws(StreamError) in try machine.subscribe(wanted, promise, at: now).1 }
            case 7:
                let id = UInt8(input.choice(4))
                ask { machine, promise, now throws(StreamError) in try machine.unsubscribe(id, promise, at: now) }
            case 8:
                let request = Request.metadata(streams: [String(repeating: "n", count: input.isSet() ? 1 : 40_000)])
                ask { machine, promise, now throws(StreamError) in try machine.request(request, promise, at: now) }
            default:
                ask { machine, promise, now throws(StreamError) in
                    try machine.request(.streamStats(stream: "s"), promise, at: now)
                }
            }
        }

        private func ask(
            _ note: (
                inout StreamConnectionHandler.Machine, EventLoopPromise<Response>, NIODeadline
            ) throws(StreamError) -> ClientFrame
        ) {
            expect(handler.ask(note))
        }

        /// What this side sent are frames, and none is larger than was negotiated.
        func checkFrames() throws(FuzzFinding) {
            while let part = try? channel.readOutbound(as: ByteBuffer.self) { sent.feed(part) }
            do throws(StreamWireError) {
                while try sent.next() != nil {}
            } catch {
                throw FuzzFinding("what was sent are no frames: \(error)")
            }
            try require(sent.pendingBytes == 0, "\(sent.pendingBytes) bytes of a frame without its end were sent")
        }

        func end() throws(FuzzFinding) {
            if handler.failure == nil {
                try require(channel.isActive, "the socket is closed and the connection does not know")
                handler.fail(StreamError(.closed, reason: "the input is at its end"))
            }
            try checkFrames()
            channel.embeddedEventLoop.run()
            try require(!channel.isActive, "the connection failed and its socket is open")
            try require(unanswered == 0, "\(unanswered) futures have no answer")
            try require(receiver.closings == 1, "the end was told \(receiver.closings) times")
            try require(receiver.damage == 0, "a damaged chunk was handed on")
            channel.embeddedEventLoop.advanceTime(by: .hours(1))
            _ = try? channel.finish(acceptAlreadyClosed: true)
        }
    }
}
