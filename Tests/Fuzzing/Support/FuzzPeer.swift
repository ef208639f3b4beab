import NIOCore
import NIOEmbedded
import Transport

@testable import AMQP

/// A connection whose broker is an input, in a world without threads and with a clock of its own.
final class FuzzPeer {
    let channel = EmbeddedChannel()
    let handler: ConnectionHandler
    /// What was asked of the connection and has no answer yet.
    private(set) var unanswered = 0
    /// What this side sent, all of it whole frames after the protocol header.
    private var sent = ByteBuffer()

    init() throws(FuzzFinding) {
        let parameters = ConnectionMachine.Parameters(
            credentials: .plain(username: "user", password: "secret"),
            virtualHost: "/",
            frameMaximum: UInt32(PeerFrames.maximumPayload + Frame.overhead),
            channelMaximum: 8,
            heartbeat: 10,
            clientProperties: [:]
        )
        handler = ConnectionHandler(
            eventLoop: channel.eventLoop,
            endpoint: Endpoint(host: "peer", port: 5672, isTLS: false),
            parameters: parameters,
            handshakeTimeout: .seconds(10)
        )
        do {
            try channel.pipeline.syncOperations.addHandler(handler)
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 5672), promise: nil)
            expect(handler.opened)
            expect(handler.closed)
            guard try channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(bytes: Frame.protocolHeader) else {
                throw FuzzFinding("the connection begins without a protocol header")
            }
        } catch {
            throw FuzzFinding("\(error)")
        }
    }

    var isOpen: Bool { handler.failure == nil }

    /// Counts a future that has to complete.
    func expect<Value>(_ future: EventLoopFuture<Value>) {
        unanswered += 1
        future.assumeIsolated().whenComplete { _ in self.unanswered -= 1 }
    }

    /// Sends bytes as one read.
    func send(_ bytes: ByteBuffer) {
        guard channel.isActive, bytes.readableBytes > 0 else { return }
        // What is thrown is what the handler did not expect of the channel; the handler's failure tells the rest.
        _ = try? channel.writeInbound(bytes)
    }

    func send(_ method: Method, _ number: UInt16 = 0) {
        var bytes = ByteBuffer()
        PeerFrames.method(method, number, &bytes)
        send(bytes)
    }

    func shakeHands() {
        send(
            .connectionStart(
                ConnectionStart(versionMajor: 0, versionMinor: 9, serverProperties: [:], mechanisms: "PLAIN")
            )
        )
        let frameMaximum = UInt32(PeerFrames.maximumPayload + Frame.overhead)
        send(.connectionTune(ConnectionTune(channelMax: 8, frameMax: frameMaximum, heartbeat: 60)))
        send(.connectionOpenOK(ConnectionOpenOK()))
    }

    /// Opens a channel, if there is one left.
    func openLane(isConfirming: Bool) -> ChannelLane? {
        guard let lane = try? handler.openLane() else { return nil }
        for tag in ["c", "other", "ropeway"] { handler.channels.addConsumer(tag, channel: lane.number) }
        expect(lane.call(.channelOpen(ChannelOpen()), answer: .channelOpenOK))
        send(.channelOpenOK(ChannelOpenOK()), lane.number)
        if isConfirming {
            expect(lane.call(.confirmSelect(ConfirmSelect()), answer: .confirmSelectOK))
            send(.confirmSelectOK(ConfirmSelectOK()), lane.number)
        }
        return lane
    }

    func advance(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

    /// The frames that this side sent since the last call.
    ///
    /// - Throws: ``FuzzFinding`` where the bytes are no frames, or larger ones than were negotiated.
    func takeFrames() throws(FuzzFinding) -> [(type: UInt8, channel: UInt16, payload: ByteBuffer)] {
        while let part = try? channel.readOutbound(as: ByteBuffer.self) { sent.writeImmutableBuffer(part) }
        var frames: [(type: UInt8, channel: UInt16, payload: ByteBuffer)] = []
        while sent.readableBytes > 0 {
            guard let type = sent.readInteger(as: UInt8.self), let channel = sent.readInteger(as: UInt16.self),
                let length = sent.readInteger(as: UInt32.self), length <= PeerFrames.maximumPayload,
                let payload = sent.readSlice(length: Int(length)), sent.readInteger(as: UInt8.self) == Frame.end
            else { throw FuzzFinding("what was sent are no frames") }
            frames.append((type, channel, payload))
        }
        sent.clear()
        return frames
    }

    /// Ends the connection, if it has not ended, and checks that nobody is left waiting.
    func end() throws(FuzzFinding) {
        if isOpen {
            try require(channel.isActive, "the socket is closed and the connection does not know")
            handler.fail(AMQPError(.closed, reason: "the input is at its end"))
        }
        _ = try takeFrames()
        channel.embeddedEventLoop.run()
        try require(!channel.isActive, "the connection failed and its socket is open")
        try require(unanswered == 0, "\(unanswered) futures have no answer")
        // Timers that are left do nothing any more.
        advance(.hours(1))
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }
}
