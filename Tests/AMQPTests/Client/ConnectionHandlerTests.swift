import NIOCore
import NIOEmbedded
import PeerHarness
import Testing

@testable import AMQP

@Suite("A connection against a peer that follows a script")
struct ConnectionHandlerTests {
    @Test("says hello, logs in, tunes and opens")
    func handshake() throws {
        let peer = try ScriptedPeer(virtualHost: "v")
        #expect(try peer.takeBytes() == ByteBuffer(bytes: [0x41, 0x4D, 0x51, 0x50, 0, 0, 9, 1]))
        try peer.send(ScriptedPeer.start)
        #expect(try peer.takeMethods() == [.connectionStartOK])
        try peer.send(ScriptedPeer.tune(frameMax: 16_384))
        #expect(try peer.takeMethods() == [.connectionTuneOK, .connectionOpen])
        #expect(!peer.handler.isOpen)
        try peer.send(.connectionOpenOK(ConnectionOpenOK()))
        #expect(try peer.handler.opened.wait().frameMaximum == 16_384)
        #expect(peer.handler.isOpen)
        #expect(peer.handler.serverProperties["version"]?.stringValue == "3.10.8")
    }

    @Test("works with a peer that sends byte by byte")
    func byteByByte() throws {
        let peer = try ScriptedPeer()
        var bytes = PeerBytes()
        for method in [ScriptedPeer.start, ScriptedPeer.tune(), .connectionOpenOK(ConnectionOpenOK())] {
            try bytes.method(method, 0)
        }
        for byte in bytes.buffer.readableBytesView { try peer.send(ByteBuffer(bytes: [byte])) }
        #expect(peer.handler.isOpen)
    }

    @Test("ends when the handshake comes out of order", arguments: 0..<5)
    func outOfOrder(_ number: Int) throws {
        let tune = ScriptedPeer.tune()
        let openOK = Method.connectionOpenOK(ConnectionOpenOK())
        let orders: [[Method]] = [
            [tune], [openOK], [ScriptedPeer.start, ScriptedPeer.start], [ScriptedPeer.start, openOK],
            [ScriptedPeer.start, tune, tune],
        ]
        let peer = try ScriptedPeer()
        for method in orders[number] { try? peer.send(method) }
        #expect(peer.failure?.code == .protocolViolation)
        #expect(!peer.channel.isActive)
        #expect(throws: AMQPError.self) { try peer.handler.opened.wait() }
    }

    @Test("does not use a frame-max that has no room for a frame")
    func tinyFrameMaximum() throws {
        let peer = try ScriptedPeer()
        try peer.send(ScriptedPeer.start)
        try peer.send(ScriptedPeer.tune(frameMax: 8))
        #expect(peer.failure?.code == .protocolViolation)
    }

    @Test("gives a silent peer up when the time for the handshake is over")
    func silence() throws {
        let peer = try ScriptedPeer()
        peer.channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(peer.failure == nil)
        peer.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(peer.failure?.code == .handshakeTimedOut)
        #expect(!peer.channel.isActive)
    }

    @Test("understands a protocol header as a refusal")
    func protocolHeader() throws {
        let peer = try ScriptedPeer()
        try peer.send(ByteBuffer(bytes: [0x41, 0x4D, 0x51, 0x50, 1, 1, 0, 10]))
        #expect(peer.failure?.code == .protocolViolation)
        #expect(peer.failure?.reason.contains("protocol header") == true)
    }

    @Test("passes on why the broker refuses the login, and answers its close")
    func refused() throws {
        let peer = try ScriptedPeer()
        try peer.send(ScriptedPeer.start)
        _ = try peer.takeBytes()
        try peer.send(.connectionClose(ConnectionClose(replyCode: 403, replyText: "ACCESS_REFUSED")))
        #expect(peer.failure?.code == .authenticationFailed)
        #expect(try peer.takeMethods() == [.connectionCloseOK])
        #expect(!"\(peer.failure.map { "\($0)" } ?? "")".contains("secret"))
    }

    @Test("ends every call under way when the socket closes, and every later one")
    func callsUnderWay() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openLane()
        let receiver = RecordingReceiver(lane)
        let first = lane.call(.queueDeclare(QueueDeclare(queue: "q")), answer: .queueDeclareOK)
        let secret = peer.handler.updateSecret("new", reason: "rotation")
        peer.channel.close(promise: nil)
        for _ in 0..<2 {
            #expect(throws: AMQPError.self) { try first.wait() }
            #expect(throws: AMQPError.self) { try secret.wait() }
        }
        #expect(peer.failure?.code == .connectionLost)
        #expect(receiver.closed?.code == .connectionLost)
        #expect(throws: AMQPError.self) { try lane.call(.txSelect(TxSelect()), answer: .txSelectOK).wait() }
        #expect(throws: AMQPError.self) { try peer.handler.openLane() }
        #expect(try peer.handler.closed.wait().code == .connectionLost)
    }

    @Test("closes while calls are under way, waits for the answer, and not for ever")
    func close() throws {
        for answers in [true, false] {
            let peer = try ScriptedPeer()
            try peer.shakeHands()
            let lane = try peer.openLane()
            let call = lane.call(.queueDeclare(QueueDeclare(queue: "q")), answer: .queueDeclareOK)
            _ = try peer.takeBytes()
            peer.handler.close(timeout: .seconds(2))
            #expect(try peer.takeMethods() == [.connectionClose])
            #expect(peer.failure == nil)
            if answers {
                try peer.send(.connectionCloseOK(ConnectionCloseOK()))
            } else {
                peer.channel.embeddedEventLoop.advanceTime(by: .seconds(2))
            }
            #expect(peer.failure?.code == .closed)
            #expect(!peer.channel.isActive)
            #expect(throws: AMQPError.self) { try call.wait() }
        }
    }

    @Test("hands on what came in the read in which the broker closes the connection")
    func lastWords() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let receiver = RecordingReceiver(try peer.openConfirmingLane())
        try peer.send { bytes in
            try bytes.method(.basicAck(BasicAck(deliveryTag: 3, multiple: true)), 1)
            try bytes.delivery(1, tag: 8, body: PeerBytes.patterned(1))
            try bytes.method(.connectionClose(ConnectionClose(replyCode: 320, replyText: "shutdown")), 0)
        }
        #expect(receiver.answers == ["ack 3 and before"])
        #expect(receiver.deliveries.count == 1)
        #expect(receiver.closed?.replyCode == 320)
    }

    @Test("lets a receiver come back to it while it is called")
    func reentrance() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openConfirmingLane()
        let receiver = RecordingReceiver(lane)
        // Given a receiver that recycles batches (as all here do), opens a channel, publishes and flushes
        var opened: [ChannelLane] = []
        receiver.onBatch = { [unowned peer, unowned lane] batch in
            _ = lane.publish(batch, at: 0, to: .asDelivered, mandatory: false)
            lane.acknowledge(batch.entries[0].deliveryTag, multiple: false)
            lane.flush()
            if let new = try? peer.handler.openLane() { opened.append(new) }
        }
        receiver.onConfirms = { [unowned peer, unowned lane] _ in
            lane.flush()
            if let last = opened.popLast() { peer.handler.channels.close(last.number) }
        }
        // When deliveries and confirms come, cut across frames
        var bytes = PeerBytes()
        for tag in 1...20 as ClosedRange<UInt64> {
            try bytes.delivery(1, tag: tag, body: PeerBytes.patterned(30_000))
            try bytes.method(.basicAck(BasicAck(deliveryTag: tag)), 1)
        }
        var rest = bytes.buffer
        while let part = rest.readBytes(length: min(7000, rest.readableBytes)), !part.isEmpty {
            try peer.send(ByteBuffer(bytes: part))
        }
        // Then nothing is lost
        #expect(receiver.deliveries.count == 20)
        #expect(receiver.answers.count == 20)
        #expect(peer.failure == nil)
    }

    @Test("beats while idle, and gives a peer up that does not")
    func heartbeats() throws {
        let peer = try ScriptedPeer(heartbeat: 10)
        try peer.shakeHands()
        let loop = peer.channel.embeddedEventLoop
        loop.advanceTime(by: .seconds(5))
        #expect(try peer.takeFrames() == [SentFrame(type: 8, channel: 0, payload: ByteBuffer())])
        loop.advanceTime(by: .seconds(10))
        #expect(try peer.takeFrames().count == 2)
        try peer.send { $0.frame(8, 0) }
        loop.advanceTime(by: .seconds(20))
        #expect(peer.failure == nil)
        loop.advanceTime(by: .seconds(5))
        #expect(peer.failure?.code == .heartbeatTimedOut)
    }

    @Test("tells channels of an alarm")
    func blocked() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openLane()
        let receiver = RecordingReceiver(lane)
        #expect(lane.canPublish)
        try peer.send(.connectionBlocked(ConnectionBlocked(reason: "low on disk")))
        #expect(!lane.canPublish && lane.blockedReason == "low on disk")
        try peer.send(.connectionUnblocked(ConnectionUnblocked()))
        #expect(lane.canPublish)
        #expect(receiver.publishabilityChanges == 2)
        // And of a socket that takes no more
        peer.channel.isWritable = false
        peer.channel.pipeline.fireChannelWritabilityChanged()
        #expect(!lane.canPublish)
        #expect(receiver.publishabilityChanges == 3)
    }
}
