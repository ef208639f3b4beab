import NIOCore
import NIOEmbedded
import Testing
import Transport

@testable import AMQP

/// A broker whose every byte the test writes, in a world without threads and with a clock of its own.
package final class ScriptedPeer {
    package let channel = EmbeddedChannel()
    package let counter = WriteCounter()
    package let handler: ConnectionHandler

    package init(
        virtualHost: String = "/",
        frameMaximum: UInt32 = 131_072,
        channelMaximum: UInt16 = 2047,
        heartbeat: UInt16 = 10,
        log: ConnectionLog = ConnectionLog()
    ) throws {
        let parameters = ConnectionMachine.Parameters(
            credentials: .plain(username: "user", password: "secret"),
            virtualHost: virtualHost,
            frameMaximum: frameMaximum,
            channelMaximum: channelMaximum,
            heartbeat: heartbeat,
            clientProperties: [:]
        )
        handler = ConnectionHandler(
            eventLoop: channel.eventLoop,
            endpoint: Endpoint(host: "peer", port: 5672, isTLS: false),
            parameters: parameters,
            handshakeTimeout: .seconds(10),
            log: log
        )
        try channel.pipeline.syncOperations.addHandlers([counter, handler])
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 5672), promise: nil)
    }

    // A connection that is left open keeps itself, its channels and all that these hold alive.
    deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

    package static let start = Method.connectionStart(
        ConnectionStart(
            versionMajor: 0,
            versionMinor: 9,
            serverProperties: ["version": "3.10.8"],
            mechanisms: "PLAIN AMQPLAIN",
            locales: "en_US"
        )
    )

    package static func tune(channelMax: UInt16 = 2047, frameMax: UInt32 = 131_072, heartbeat: UInt16 = 60) -> Method {
        .connectionTune(ConnectionTune(channelMax: channelMax, frameMax: frameMax, heartbeat: heartbeat))
    }

    /// Sends bytes as one read.
    package func send(_ bytes: ByteBuffer) throws {
        try channel.writeInbound(bytes)
    }

    /// Sends what `write` writes as one read.
    package func send(_ write: (inout PeerBytes) throws -> Void) throws {
        var bytes = PeerBytes()
        try write(&bytes)
        try send(bytes.buffer)
    }

    package func send(_ method: Method, _ channel: UInt16 = 0) throws {
        try send { try $0.method(method, channel) }
    }

    /// What this side sent since the last call.
    package func takeBytes() throws -> ByteBuffer {
        var all = ByteBuffer()
        while var part = try channel.readOutbound(as: ByteBuffer.self) { all.writeBuffer(&part) }
        return all
    }

    package func takeFrames() throws -> [SentFrame] {
        try SentFrame.all(in: try takeBytes())
    }

    package func takeMethods() throws -> [MethodID] {
        try takeFrames().compactMap { $0.method?.id }
    }

    /// Goes through the handshake and forgets what was sent.
    package func shakeHands(_ tune: Method = ScriptedPeer.tune()) throws {
        _ = try takeBytes()
        try send(Self.start)
        try send(tune)
        try send(.connectionOpenOK(ConnectionOpenOK()))
        try #require(handler.isOpen)
        _ = try takeBytes()
        counter.reset()
    }

    /// Opens a channel and forgets what was sent.
    ///
    /// - Parameter tag: the consumer that deliveries may come for from the start.
    package func openLane(consuming tag: String? = "c") throws -> ChannelLane {
        let lane = try handler.openLane()
        if let tag { handler.channels.addConsumer(tag, channel: lane.number) }
        let opened = lane.call(.channelOpen(ChannelOpen()), answer: .channelOpenOK)
        try send(.channelOpenOK(ChannelOpenOK()), lane.number)
        _ = try opened.wait()
        _ = try takeBytes()
        counter.reset()
        return lane
    }

    /// Opens a channel in confirm mode.
    package func openConfirmingLane() throws -> ChannelLane {
        let lane = try openLane()
        let selected = lane.call(.confirmSelect(ConfirmSelect()), answer: .confirmSelectOK)
        try send(.confirmSelectOK(ConfirmSelectOK()), lane.number)
        _ = try selected.wait()
        _ = try takeBytes()
        counter.reset()
        return lane
    }

    /// The reason why the connection ended, or `nil`.
    package var failure: AMQPError? { handler.failure }
}
