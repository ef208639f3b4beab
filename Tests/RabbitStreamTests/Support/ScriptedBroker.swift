import NIOCore
import NIOEmbedded
import Transport

@testable import RabbitStream

/// A connection whose broker is the test, in a world without threads and with a clock of its own.
final class ScriptedBroker {
    let channel = EmbeddedChannel()
    let handler: StreamConnectionHandler
    let receiver = NotingReceiver()
    private(set) var failure: StreamError?
    private var sent = FrameReader(maximum: 1 << 24)

    init(version: String = "4.3.6", change: (inout StreamConnectionConfiguration) -> Void = { _ in }) throws {
        var configuration = StreamConnectionConfiguration(
            endpoints: [],
            credentials: .plain(username: "user", password: "secret"),
            name: "test"
        )
        change(&configuration)
        let endpoint = Endpoint(host: "broker", port: 5552, isTLS: false)
        handler = StreamConnectionHandler(
            eventLoop: channel.eventLoop,
            endpoint: endpoint,
            configuration: configuration
        )
        handler.receiver = receiver
        handler.closed.assumeIsolated().whenSuccess { self.failure = $0 }
        try channel.pipeline.syncOperations.addHandler(handler)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 5552), promise: nil)
        answer(.peerProperties, .properties(["version": version]))
        answer(.saslHandshake, .mechanisms(["PLAIN"]))
        answer(.saslAuthenticate)
        send(.tune(frameMaximum: 1 << 20, heartbeat: 60))
        answer(.open)
        if handler.machine.state == .awaitingVersions {
            let versions = CommandKey.allCases.map { CommandVersions(key: $0.rawValue, minimum: 1, maximum: 2) }
            answer(.exchangeCommandVersions, .commandVersions(versions))
        }
        _ = takeFrames()
    }

    func send(_ bytes: ByteBuffer) { _ = try? channel.writeInbound(bytes) }

    func send(_ frame: ClientFrame) {
        var bytes = ByteBuffer()
        try? frame.write(to: &bytes)
        send(bytes)
    }

    private func answer(_ key: CommandKey, _ content: Response.Content = .none) {
        let response = Response(code: .ok, content: content)
        send(.response(key, response, correlation: handler.machine.handshakeCorrelation))
    }

    /// Has the connection subscribe, and says yes.
    func subscribe(_ stream: String = "s") -> UInt8 {
        let wanted = Request.Subscription(id: 0, stream: stream, offset: .first, credit: 1, properties: [:])
        var id: UInt8 = 0
        var asked = ClientFrame.heartbeat
        _ = handler.ask { machine, promise, now throws(StreamError) in
            (id, asked) = try machine.subscribe(wanted, promise, at: now)
            return asked
        }
        if case .request(_, let correlation) = asked {
            send(.response(.subscribe, Response(code: .ok), correlation: correlation))
        }
        _ = takeFrames()
        return id
    }

    func deliver(_ chunk: ByteBuffer, subscription: UInt8) {
        var bytes = ByteBuffer()
        bytes.writeMultipleIntegers(UInt32(chunk.readableBytes + 5), CommandKey.deliver.rawValue, 1 as UInt16)
        bytes.writeInteger(subscription)
        bytes.writeImmutableBuffer(chunk)
        send(bytes)
    }

    func advance(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

    /// The keys of the frames that the connection sent since the last call.
    func takeFrames() -> [UInt16] {
        while let part = try? channel.readOutbound(as: ByteBuffer.self) { sent.feed(part) }
        var keys: [UInt16] = []
        while let frame = try? sent.next() {
            if let key = frame.getInteger(at: frame.readerIndex, as: UInt16.self) { keys.append(key) }
        }
        return keys
    }
}

/// Notes what comes.
final class NotingReceiver: StreamReceiver {
    var chunks: [Chunk] = []
    var confirmed: [UInt64] = []
    var closed: [StreamError] = []
    var reads = 0
    /// Done with each chunk, in the middle of a read.
    var onChunk: (Chunk) -> Void = { _ in }

    func received(_ chunk: Chunk, subscription: UInt8) {
        chunks.append(chunk)
        onChunk(chunk)
    }

    func confirmed(_ ids: PublishingIDs, publisher: UInt8) { confirmed += ids }

    func readCompleted() { reads += 1 }

    func closed(_ error: StreamError) { closed.append(error) }
}
