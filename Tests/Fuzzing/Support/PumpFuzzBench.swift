import NIOCore

@testable import AMQP
@testable import Pump

/// A session whose source and destination are two channels of one connection, and who is told what of each message.
final class PumpFuzzBench {
    let peer: FuzzPeer
    let session: PumpSession
    let quarantine: FuzzQuarantine
    private let source: ChannelLane
    private let destination: ChannelLane
    private(set) var hasEnded = false

    /// What the destination was sent, by the number of the publish.
    private var tagOfSequence: [UInt64: UInt64] = [:]
    private var nextSequence: UInt64 = 1
    private var spoken: Set<UInt64> = []
    private var returned: Set<UInt64> = []
    /// Messages that the destination has taken.
    private var confirmed: Set<UInt64> = []
    private var acknowledged: Set<UInt64> = []
    /// The destination spoke of publishes before they left this side: it lies, and is believed.
    private var foretold: (upTo: UInt64, single: Set<UInt64>) = (0, [])
    private var nextTag: UInt64 = 1
    private var sizeOfTag: [UInt64: Int] = [:]
    private var isAwaitingBody = false

    init?(_ options: UInt8) throws(FuzzFinding) {
        peer = try FuzzPeer()
        peer.shakeHands()
        guard let source = peer.openLane(isConfirming: false), let destination = peer.openLane(isConfirming: true),
            let route = try? PublishRoute(exchange: "to", routingKey: nil)
        else { return nil }
        self.source = source
        self.destination = destination
        quarantine = FuzzQuarantine(eventLoop: source.eventLoop)
        let returns: [ReturnPolicy] = [.quarantine, .skip, .fault]
        var limits = PumpLimits(prefetch: 64, inFlight: 1 + Int(options >> 4), heldBytes: 1 << 16)
        limits.maximumRetryDelay = .milliseconds(400)
        let settings = PumpSettings(
            returns: returns[Int(options & 3) % 3],
            limits: limits,
            finishAfter: options & 4 != 0 ? 9 : nil,
            maximumBody: options & 8 != 0 ? 4096 : nil
        )
        session = PumpSession(
            source: AMQPQueueSource(source, consumerTag: "ropeway"),
            destination: AMQPDestination(destination, route: route, isMandatory: true),
            settings: settings,
            transform: VerbatimTransform(),
            quarantine: quarantine,
            eventLoop: source.eventLoop
        )
        session.end.assumeIsolated().whenSuccess { _ in self.hasEnded = true }
        _ = try peer.takeFrames()
    }

    func step(_ input: inout FuzzInput) {
        let operation = input.byte()
        switch operation & 15 {
        case 0, 1: deliver(1 + Int(operation >> 4), size: input.length())
        case 2: deliver(1, size: input.length() * 4)
        case 3, 4: confirm(UInt64(input.byte()), isMultiple: operation & 16 != 0, isPositive: true)
        case 5: confirm(UInt64(input.byte()), isMultiple: operation & 16 != 0, isPositive: false)
        case 6, 7: confirmNext(isMultiple: operation & 16 != 0, isPositive: operation & 0x60 != 0)
        case 8: returnOne(UInt64(input.byte()))
        case 9: peer.advance(.milliseconds(Int64(input.byte()) * 4))
        case 10: peer.send(.connectionBlocked(ConnectionBlocked(reason: "memory")))
        case 11: peer.send(.connectionUnblocked(ConnectionUnblocked()))
        case 12:
            quarantine.takesAtOnce = operation & 16 != 0
            if operation & 32 != 0 { quarantine.settle(succeeds: operation & 64 == 0) }
        case 13: operation & 16 != 0 ? session.stop(isEmptying: operation & 32 != 0) : session.drive()
        case 14: end(operation)
        default:
            peer.advance(.seconds(Int64(operation >> 4) * 8))
            session.watch()
        }
    }

    private func end(_ operation: UInt8) {
        let close = Method.channelClose(ChannelClose(replyCode: 404, replyText: "NOT_FOUND"))
        switch operation >> 4 {
        case 0: peer.send(close, destination.number)
        case 1: peer.send(close, source.number)
        case 2: peer.send(.basicCancel(BasicCancel(consumerTag: "ropeway", noWait: true)), source.number)
        case 3: peer.handler.fail(AMQPError(.connectionLost, reason: "cut"))
        default: peer.send(.basicCancelOK(BasicCancelOK(consumerTag: "ropeway")), source.number)
        }
    }

    /// Each message has its tag in front of its body.
    private func deliver(_ count: Int, size: Int) {
        var bytes = ByteBuffer()
        for _ in 0..<count where source.failure == nil {
            let deliver = BasicDeliver(consumerTag: "ropeway", deliveryTag: nextTag, exchange: "x", routingKey: "k")
            PeerFrames.method(.basicDeliver(deliver), source.number, &bytes)
            writeContent(nextTag, size: size, channel: source.number, to: &bytes)
            sizeOfTag[nextTag] = size
            nextTag += 1
        }
        peer.send(bytes)
    }

    private func writeContent(_ tag: UInt64, size: Int, channel: UInt16, to bytes: inout ByteBuffer) {
        var body = ByteBuffer(integer: tag)
        body.writeBytes(PeerFrames.pattern(size))
        var header = ByteBuffer()
        header.writeMultipleIntegers(UInt16(60), UInt16(0), UInt64(body.readableBytes), UInt16(0))
        PeerFrames.frame(2, channel, Array(header.readableBytesView), to: &bytes)
        bytes.writeBody(body, channel: channel, frameMaximum: PeerFrames.maximumPayload + Frame.overhead)
    }

    private func confirmNext(isMultiple: Bool, isPositive: Bool) {
        guard let sequence = tagOfSequence.keys.filter({ !spoken.contains($0) }).min() else { return }
        confirm(sequence, isMultiple: isMultiple, isPositive: isPositive)
    }

    /// Speaks of a publish, of one that was spoken of before, or of one that never was.
    private func confirm(_ sequence: UInt64, isMultiple: Bool, isPositive: Bool) {
        let known = tagOfSequence.filter { $0.key == sequence || isMultiple && $0.key < sequence }
        for (number, tag) in known where spoken.insert(number).inserted {
            if isPositive, !returned.contains(number) { confirmed.insert(tag) }
        }
        if isPositive, sequence >= nextSequence {
            if isMultiple { foretold.upTo = max(foretold.upTo, sequence) } else { foretold.single.insert(sequence) }
        }
        peer.send(
            isPositive
                ? .basicAck(BasicAck(deliveryTag: sequence, multiple: isMultiple))
                : .basicNack(BasicNack(deliveryTag: sequence, multiple: isMultiple, requeue: false)),
            destination.number
        )
    }

    private func returnOne(_ sequence: UInt64) {
        guard let tag = tagOfSequence[sequence], !spoken.contains(sequence), destination.failure == nil else { return }
        returned.insert(sequence)
        // What is left out because no queue takes it counts as done.
        if session.machine.settings.returns == .skip { confirmed.insert(tag) }
        var bytes = ByteBuffer()
        let back = BasicReturn(replyCode: 312, replyText: "NO_ROUTE", exchange: "to", routingKey: "k")
        PeerFrames.method(.basicReturn(back), destination.number, &bytes)
        writeContent(tag, size: sizeOfTag[tag] ?? 0, channel: destination.number, to: &bytes)
        peer.send(bytes)
    }

    private func notePublished(_ tag: UInt64) {
        tagOfSequence[nextSequence] = tag
        if nextSequence <= foretold.upTo || foretold.single.contains(nextSequence) { confirmed.insert(tag) }
        nextSequence += 1
    }

    /// Looks at what was sent: each acknowledgement is of what was confirmed or is in quarantine, and comes once.
    func check() throws(FuzzFinding) {
        for frame in try peer.takeFrames() {
            var payload = frame.payload
            let method = frame.type == Frame.method ? try? Method(decoding: &payload) : nil
            if frame.channel == destination.number {
                if case .basicPublish = method { isAwaitingBody = true }
                if frame.type == Frame.body, isAwaitingBody {
                    isAwaitingBody = false
                    notePublished(frame.payload.getInteger(at: frame.payload.readerIndex) ?? 0)
                }
            } else if frame.channel == source.number, case .basicAck(let ack) = method {
                try require(ack.deliveryTag > 0, "everything is acknowledged at once")
                try require(acknowledged.insert(ack.deliveryTag).inserted, "\(ack.deliveryTag) is acknowledged twice")
                let covered = ack.multiple ? 1...ack.deliveryTag : ack.deliveryTag...ack.deliveryTag
                for tag in covered {
                    try require(
                        confirmed.contains(tag) || quarantine.stored.contains(tag),
                        "\(tag) is acknowledged and was not confirmed"
                    )
                    acknowledged.insert(tag)
                }
            }
        }
        let held = session.held
        try require(
            held.bytes == held.countedBytes,
            "\(held.bytes) bytes are said to be held, \(held.countedBytes) are"
        )
    }
}
