import NIOCore
import NIOEmbedded
import PeerHarness
import Testing

@testable import AMQP
@testable import Pump

@Suite("A session of a pump against a peer that follows a script")
struct PumpSessionTests {
    @Test("acknowledges the confirmed prefix only, whatever order the confirms come in")
    func outOfOrder() throws {
        let bench = try SessionBench()
        try bench.deliver(1...8)
        #expect(try bench.takePublished() == Array(1...8))
        // When the third and the second are confirmed, the first is not
        try bench.confirm(3)
        try bench.confirm(2)
        #expect(try bench.takeAcknowledged() == [])
        // and then the first
        try bench.confirm(1)
        try bench.confirm(7, isMultiple: true)
        try bench.confirm(8)
        // Then all are acknowledged, each once
        #expect(try bench.takeAcknowledged().last == "8 and before")
        #expect(bench.session.snapshot.unsettled == 0 && bench.session.machine.counters.confirmed == 8)
    }

    @Test("ends when the peer delivers more than twice the prefetch count, not when it settles as it goes")
    func overdelivered() throws {
        let bench = try SessionBench(deliveryLimit: 8)
        // Given deliveries beyond the limit in total, most of them acknowledged, some singly behind a hole
        try bench.deliver(1...8)
        try bench.confirm(2)
        try bench.confirm(3, isPositive: false)
        try bench.confirm(8, isMultiple: true)
        #expect(try bench.takeAcknowledged().isEmpty == false)
        try bench.deliver(9...14)
        #expect(bench.end == nil)
        // When the ninth unacknowledged one comes
        try bench.deliver(15...17)
        // Then the session is over, as after any other lie
        #expect(bench.failure == "source-lost")
        guard case .failed(.source(let error)) = bench.end else { return }
        #expect(error.code == .protocolViolation && error.reason.contains("twice the prefetch count"))
    }

    @Test("counts small deliveries with what they cost in memory, and stops reading")
    func tiny() throws {
        let bench = try SessionBench(limits: PumpLimits(inFlight: 1, heldBytes: 1 << 20))
        // Given 8,000 messages of a few bytes each: far less than a megabyte of content
        try bench.deliver(1...8000)
        #expect(bench.session.held.bytes > 8000 * 100 && bench.peer.handler.isReading)
        // When 4,000 more come
        try bench.deliver(8001...12_000)
        // Then that is a megabyte, and the broker is held back
        #expect(!bench.peer.handler.isReading)
    }

    @Test("takes a confirm that comes twice, and one of nothing, for what they are")
    func twice() throws {
        let bench = try SessionBench()
        try bench.deliver(1...4)
        try bench.confirm(3)
        try bench.confirm(3)
        try bench.confirm(0, isMultiple: true)
        #expect(bench.session.machine.counters.confirmed == 1)
        #expect(try bench.takeAcknowledged() == [])
        #expect(bench.end == nil)
        try bench.confirm(4, isMultiple: true)
        #expect(bench.session.machine.counters.confirmed == 4)
        #expect(try bench.takeAcknowledged() == ["4 and before"])
    }

    @Test("ends over a confirm of a publish that never was, and acknowledges nothing", arguments: [false, true])
    func unknownTag(isMultiple: Bool) throws {
        let bench = try SessionBench()
        try bench.deliver(1...4)
        // Given that some are confirmed behind a hole
        try bench.confirm(2)
        // When the peer confirms the ninth of four
        try bench.confirm(9, isMultiple: isMultiple)
        // Then no word of it is believed
        #expect(bench.failure == "protocol-fault")
        #expect(try bench.takeAcknowledged() == [])
        // and what comes later has no effect
        try bench.confirm(4, isMultiple: true)
        try bench.deliver(5...6)
        #expect(try bench.takeAcknowledged() == [] && bench.takePublished() == Array(1...4))
    }

    @Test("waits after a refusal, and publishes the refused again in their order before anything new")
    func refused() throws {
        let bench = try SessionBench()
        try bench.deliver(1...6)
        #expect(try bench.takePublished() == Array(1...6))
        // When two of six are refused
        try bench.confirm(1)
        try bench.confirm(2, isPositive: false)
        try bench.confirm(4, isPositive: false)
        try bench.deliver(7...8)
        // Then nothing is published while others are in flight
        bench.advance(.seconds(1))
        #expect(try bench.takePublished() == [])
        #expect(bench.session.snapshot.obstacle == .refused)
        // When the last of these is confirmed
        try bench.confirm(3)
        try bench.confirm(6, isMultiple: true)
        // Then those behind the hole are acknowledged singly, the others not at all
        #expect(try bench.takeAcknowledged() == ["3", "5", "6", "1 and before"])
        bench.advance(.milliseconds(99))
        #expect(try bench.takePublished() == [])
        // and after the delay the refused come again, one at first
        bench.advance(.milliseconds(1))
        #expect(try bench.takePublished() == [2])
        try bench.confirm(7)
        #expect(try bench.takePublished() == [4])
        try bench.confirm(8)
        // Then what is new
        #expect(try bench.takePublished() == [7, 8])
        try bench.confirm(10, isMultiple: true)
        #expect(try bench.takeAcknowledged().last == "8 and before")
        #expect(bench.session.snapshot.unsettled == 0 && bench.session.snapshot.obstacle == nil)
    }

    @Test("tries less and less often while the same is refused again and again, one message at a time")
    func refusedForLong() throws {
        let bench = try SessionBench(limits: PumpLimits(maximumRetryDelay: .milliseconds(400)))
        try bench.deliver(1...50)
        _ = try bench.takePublished()
        var sequence: UInt64 = 50
        // When the peer refuses all that it gets
        try bench.confirm(sequence, isMultiple: true, isPositive: false)
        for delay in [100, 200, 400, 400, 400] as [Int64] {
            bench.advance(.milliseconds(delay - 1))
            #expect(try bench.takePublished() == [], "before \(delay) ms")
            bench.advance(.milliseconds(1))
            #expect(try bench.takePublished() == [1])
            sequence += 1
            try bench.confirm(sequence, isPositive: false)
        }
        #expect(bench.end == nil && bench.session.machine.counters.refused == 55)
        #expect(try bench.takeAcknowledged() == [])
        // When it takes messages again
        bench.advance(.milliseconds(400))
        var moved: [UInt64] = []
        while bench.session.snapshot.unsettled > 0 {
            let published = try bench.takePublished()
            try #require(!published.isEmpty)
            moved += published
            // Then they come faster with each that passes
            #expect(published.count <= 2 * moved.count)
            sequence += UInt64(published.count)
            try bench.confirm(sequence, isMultiple: true)
        }
        #expect(moved == Array(1...50))
    }

    @Test("acknowledges what was confirmed before the destination's channel was closed, and no more")
    func destinationClosed() throws {
        let bench = try SessionBench()
        try bench.deliver(1...10)
        // When confirms and the end of the channel come in one read
        try bench.peer.send { bytes in
            try bytes.method(.basicAck(BasicAck(deliveryTag: 2, multiple: true)), bench.destination.number)
            try bytes.method(.basicAck(BasicAck(deliveryTag: 5, multiple: false)), bench.destination.number)
            try bytes.method(
                .channelClose(ChannelClose(replyCode: 404, replyText: "NOT_FOUND", classID: 60, methodID: 40)),
                bench.destination.number
            )
        }
        // Then the prefix is acknowledged, and what was confirmed behind the hole
        #expect(bench.failure == "destination-lost")
        let acknowledged = try bench.takeAcknowledged()
        #expect(acknowledged == ["5", "2 and before"])
        // and what comes later has no effect
        try bench.deliver(11...12)
        bench.advance(.seconds(60))
        #expect(try bench.takeAcknowledged() == [] && bench.takePublished() == Array(1...10))
    }

    @Test("acknowledges nothing on a source's channel that was closed, and publishes nothing more")
    func sourceClosed() throws {
        let bench = try SessionBench(limits: PumpLimits(inFlight: 3))
        try bench.deliver(1...5)
        try bench.confirm(1)
        _ = try bench.takeAcknowledged()
        try bench.peer.send(
            .channelClose(ChannelClose(replyCode: 406, replyText: "timeout", classID: 0, methodID: 0)),
            bench.source.number
        )
        #expect(bench.failure == "source-lost")
        let before = try bench.takePublished()
        try bench.confirm(4, isMultiple: true)
        #expect(try bench.takeAcknowledged() == [] && bench.takePublished() == [])
        #expect(before == [1, 2, 3, 4])
    }

    @Test("ends where the broker ends the consumer, and acknowledges what was confirmed")
    func consumerCancelled() throws {
        let bench = try SessionBench()
        try bench.deliver(1...4)
        try bench.confirm(2)
        try bench.peer.send(.basicCancel(BasicCancel(consumerTag: "c", noWait: true)), bench.source.number)
        #expect(bench.failure == "source-lost")
        #expect(try bench.takeAcknowledged() == ["2"])
    }

    @Test("gives nothing back twice where the channel closes while the refused wait")
    func closedWhileWaiting() throws {
        let bench = try SessionBench()
        try bench.deliver(1...3)
        try bench.confirm(1, isPositive: false)
        try bench.confirm(3, isMultiple: true)
        #expect(try bench.takeAcknowledged() == ["2", "3"])
        try bench.peer.send(
            .channelClose(ChannelClose(replyCode: 541, replyText: "INTERNAL_ERROR", classID: 0, methodID: 0)),
            bench.destination.number
        )
        _ = try bench.takePublished()
        bench.advance(.seconds(60))
        #expect(bench.failure == "destination-lost")
        #expect(try bench.takeAcknowledged() == [] && bench.takePublished() == [])
    }

    @Test("acknowledges what it has written, where no confirms are asked for")
    func onPublish() throws {
        let bench = try SessionBench(acknowledgement: .onPublish)
        try bench.deliver(1...5)
        #expect(try bench.takePublished() == Array(1...5))
        #expect(try bench.takeAcknowledged() == ["5 and before"])
        #expect(bench.session.machine.counters.unconfirmed == 5 && bench.session.machine.counters.confirmed == 0)
    }

    @Test(
        "says that the destination's connection takes nothing, with and without confirms and with a limit",
        arguments: [AcknowledgementMode.onConfirm, .onPublish, .noAcknowledgement],
        [nil, 1000]
    )
    func unread(_ mode: AcknowledgementMode, rate: Int?) throws {
        // Given a session that has published, and a socket that takes no more
        let bench = try SessionBench(limits: PumpLimits(rate: rate), acknowledgement: mode)
        bench.peer.channel.isWritable = false
        bench.peer.channel.pipeline.fireChannelWritabilityChanged()
        try bench.deliver(1...5)
        // When nothing leaves for a while
        bench.advance(.seconds(3))
        bench.session.watch()
        #expect(bench.session.snapshot.obstacle == nil)
        bench.advance(.seconds(4))
        bench.session.watch()
        // Then it says so, and since when
        #expect(bench.session.snapshot.obstacle == .unread && bench.session.machine.obstructedSince != nil)
        // When it takes bytes again, then all is well
        bench.peer.channel.isWritable = true
        bench.peer.channel.pipeline.fireChannelWritabilityChanged()
        bench.advance(.milliseconds(20))
        #expect(bench.session.snapshot.obstacle == nil && bench.session.machine.obstructedSince == nil)
        #expect(try bench.takePublished() == Array(1...5))
    }

    @Test("ends over the first return where the destination is a queue, with its name, and acknowledges nothing")
    func queueMissing() throws {
        let bench = try SessionBench(returns: .missing("queue 'to' of site 'b'"))
        try bench.deliver(1...3)
        try bench.return(1)
        try bench.confirm(1)
        guard case .failed(.destinationMissing(let place, "NO_ROUTE")) = bench.end else {
            Issue.record("ended with \(String(describing: bench.end))")
            return
        }
        #expect(place == "queue 'to' of site 'b'")
        #expect(try bench.takeAcknowledged() == [])
    }

    @Test("counts the returns that come one after the other, until one is taken")
    func returns() throws {
        let bench = try SessionBench(returns: .skip)
        try bench.deliver(1...4)
        for tag in [1, 2, 3] as [UInt64] {
            try bench.return(tag)
            try bench.confirm(tag)
        }
        #expect(bench.session.snapshot.returns?.count == 3 && bench.session.snapshot.returns?.replyText == "NO_ROUTE")
        try bench.confirm(4)
        #expect(bench.session.snapshot.returns == nil)
    }

    @Test("acknowledges nothing to a source that forgets, and publishes all of it before it stops")
    func noAcknowledgement() throws {
        // Given a source that has forgotten what it delivered
        let bench = try SessionBench(acknowledgement: .noAcknowledgement)
        try bench.deliver(1...10)
        // When it is stopped, then the consumer is ended first, and what is on its way until then counts too
        bench.session.stop()
        try bench.deliver(11...12)
        #expect(bench.end == nil)
        try bench.endConsumer()
        // Then it ends with nothing left, and nothing was acknowledged
        guard case .stopped(drained: true) = bench.end else {
            Issue.record("ended with \(String(describing: bench.end))")
            return
        }
        #expect(bench.session.machine.counters.unconfirmed == 12)
        #expect(try bench.takeAcknowledged() == [])
    }

    @Test("that is to take all that was delivered ends once the last of it is confirmed")
    func emptied() throws {
        // Given a message that has arrived in part, as a large one does for long
        let bench = try SessionBench()
        try bench.deliver(1...2)
        try bench.confirm(2, isMultiple: true)
        var bytes = PeerBytes()
        try bytes.delivery(bench.source.number, tag: 3, body: ByteBuffer(integer: UInt64(3)))
        var last = bytes.buffer
        let half = last.readSlice(length: last.readableBytes / 2) ?? ByteBuffer()
        try bench.peer.send(half)
        #expect(bench.session.snapshot.unsettled == 0)
        // When it is emptied, then it does not take itself for empty
        bench.session.stop(isEmptying: true)
        #expect(bench.end == nil)
        try bench.peer.send(last)
        try bench.endConsumer()
        #expect(bench.end == nil)
        // Then it ends with the confirm of the last
        try bench.confirm(3)
        guard case .stopped(drained: true) = bench.end else {
            Issue.record("ended with \(String(describing: bench.end))")
            return
        }
        #expect(try bench.takePublished() == [1, 2, 3])
        #expect(try bench.takeAcknowledged().last == "3 and before")
    }

    @Test("is finished after so many messages, and leaves the rest to the source")
    func finishAfter() throws {
        let bench = try SessionBench(finishAfter: 3)
        try bench.deliver(1...5)
        #expect(try bench.takePublished() == [1, 2, 3])
        try bench.confirm(2, isMultiple: true)
        #expect(bench.end == nil)
        try bench.confirm(3)
        guard case .finished = bench.end else {
            Issue.record("ended with \(String(describing: bench.end))")
            return
        }
        #expect(try bench.takeAcknowledged().last == "3 and before")
        #expect(try bench.takePublished() == [])
    }

    @Test("stops while the refused wait, and leaves them to the source")
    func stoppedWhileWaiting() throws {
        let bench = try SessionBench()
        try bench.deliver(1...3)
        try bench.confirm(2, isPositive: false)
        try bench.confirm(3, isMultiple: true)
        _ = try bench.takePublished()
        bench.session.stop()
        guard case .stopped(drained: false) = bench.end else {
            Issue.record("ended with \(String(describing: bench.end))")
            return
        }
        bench.advance(.seconds(60))
        #expect(try bench.takePublished() == [])
        #expect(try bench.takeAcknowledged() == ["3", "1 and before"])
    }
}

/// A session whose source and destination are two channels of one connection, at the other end of which the test is.
private final class SessionBench {
    let peer: ScriptedPeer
    let source: ChannelLane
    let destination: ChannelLane
    let session: PumpSession
    private(set) var end: PumpSession.End?
    private var published: [UInt64] = []
    private var acknowledged: [String] = []

    init(
        limits: PumpLimits = PumpLimits(),
        acknowledgement: AcknowledgementMode = .onConfirm,
        deliveryLimit: Int? = nil,
        finishAfter: UInt64? = nil,
        returns: ReturnPolicy = .fault
    ) throws {
        peer = try ScriptedPeer()
        try peer.shakeHands()
        source = try peer.openLane()
        destination = try peer.openConfirmingLane()
        session = PumpSession(
            source: AMQPQueueSource(source, consumerTag: "ropeway"),
            destination: AMQPDestination(
                destination,
                route: try PublishRoute(exchange: "to", routingKey: nil),
                isMandatory: true
            ),
            settings: PumpSettings(
                returns: returns,
                limits: limits,
                acknowledgement: acknowledgement,
                deliveryLimit: deliveryLimit,
                finishAfter: finishAfter
            ),
            transform: VerbatimTransform(),
            quarantine: nil,
            eventLoop: peer.channel.eventLoop
        )
        session.end.assumeIsolated().whenSuccess { [weak self] in self?.end = $0 }
    }

    /// The code of the failure that the session ended with.
    var failure: String? {
        guard case .failed(let error) = end else { return nil }
        return error.code
    }

    /// Delivers messages as one read, each with its tag as the only thing in it.
    func deliver(_ tags: ClosedRange<UInt64>) throws {
        try peer.send { bytes in
            for tag in tags { try bytes.delivery(source.number, tag: tag, body: ByteBuffer(integer: tag)) }
        }
    }

    func confirm(_ sequence: UInt64, isMultiple: Bool = false, isPositive: Bool = true) throws {
        try peer.send(
            isPositive
                ? .basicAck(BasicAck(deliveryTag: sequence, multiple: isMultiple))
                : .basicNack(BasicNack(deliveryTag: sequence, multiple: isMultiple, requeue: false)),
            destination.number
        )
    }

    /// Returns the message of a tag, as it was delivered.
    func `return`(_ tag: UInt64) throws {
        try peer.send { bytes in
            let method = BasicReturn(replyCode: 312, replyText: "NO_ROUTE", exchange: "to", routingKey: "k")
            try bytes.method(.basicReturn(method), destination.number)
            let body = ByteBuffer(integer: tag)
            try bytes.header(destination.number, size: body.readableBytes)
            bytes.bodies(destination.number, body)
        }
    }

    /// The source answers that its consumer is ended.
    func endConsumer() throws {
        try peer.send(.basicCancelOK(BasicCancelOK(consumerTag: "ropeway")), source.number)
    }

    func advance(_ time: TimeAmount) { peer.channel.embeddedEventLoop.advanceTime(by: time) }

    /// What was published since the last call, by the tags that the messages came with.
    func takePublished() throws -> [UInt64] {
        try look()
        defer { published = [] }
        return published
    }

    /// What the source was told since the last call.
    func takeAcknowledged() throws -> [String] {
        try look()
        defer { acknowledged = [] }
        return acknowledged
    }

    private func look() throws {
        for frame in try peer.takeFrames() {
            if frame.type == 3, frame.channel == destination.number {
                published.append(try #require(frame.payload.getInteger(at: frame.payload.readerIndex)))
            }
            guard frame.channel == source.number, case .basicAck(let ack) = frame.method else { continue }
            acknowledged.append("\(ack.deliveryTag)\(ack.multiple ? " and before" : "")")
        }
    }
}
