import NIOCore

@testable import AMQP

/// A connection that is used in every way while its broker sends what an input says.
enum ConnectionFuzzing {
    static func run(_ input: inout FuzzInput) throws(FuzzFinding) {
        let use = Use(try FuzzPeer())
        if input.isSet() { use.peer.shakeHands() }
        var bytes = ByteBuffer()
        var steps = 0
        while !input.isEmpty, use.peer.isOpen, steps < 2000 {
            steps += 1
            let operation = input.byte()
            switch operation & 3 {
            case 0:
                use.act(&input)
            case 1:
                PeerFrames.write(&input, to: &bytes)
            default:
                PeerFrames.write(&input, to: &bytes)
                // All of it, or all but its end, as one read.
                let isCut = operation & 4 != 0
                if let part = bytes.readSlice(length: max(0, bytes.readableBytes - (isCut ? input.choice(32) : 0))) {
                    use.peer.send(part)
                    bytes = ByteBuffer(buffer: bytes)
                }
            }
            if operation & 0x80 != 0 { _ = try use.peer.takeFrames() }
        }
        if use.peer.isOpen { use.peer.send(bytes) }
        try use.peer.end()
        try use.checkEnd()
    }

    /// What the tasks of an application do with a connection.
    private final class Use {
        let peer: FuzzPeer
        private var lanes: [ChannelLane] = []
        private var receivers: [FuzzReceiver] = []
        private var publishers: [PublisherState] = []
        private var buffers: [DeliveryBuffer<Delivery>] = []

        init(_ peer: FuzzPeer) { self.peer = peer }

        func act(_ input: inout FuzzInput) {
            let action = input.choice(16)
            if action < 3 { return openLane(action) }
            switch action {
            case 3: peer.advance(.seconds(Int64(input.choice(8))))
            case 4: peer.handler.setReading(input.isSet())
            case 5: peer.expect(peer.handler.updateSecret("new", reason: "rotation"))
            case 6: peer.handler.close(timeout: .seconds(2))
            default: act(action, on: input.choice(8), &input)
            }
        }

        private func openLane(_ kind: Int) {
            guard let lane = try? peer.handler.openLane() else { return }
            for tag in ["c", "other"] { peer.handler.channels.addConsumer(tag, channel: lane.number) }
            peer.expect(lane.call(.channelOpen(ChannelOpen()), answer: .channelOpenOK))
            lanes.append(lane)
            switch kind {
            case 0: receivers.append(FuzzReceiver(lane))
            case 1:
                let state = PublisherState(window: 4)
                peer.expect(lane.call(.confirmSelect(ConfirmSelect()), answer: .confirmSelectOK))
                lane.receiver = PublisherReceiver(lane: lane, state: state)
                publishers.append(state)
            default:
                for tag in ["c", "other"] { startConsumer(tag, on: lane) }
            }
        }

        /// As an ``AMQPConsumer`` does whose loop takes nothing.
        private func startConsumer(_ tag: String, on lane: ChannelLane) {
            let buffer = DeliveryBuffer<Delivery>(prefetch: 3)
            let sink = ConsumerSink {
                buffer.append($0)
            } end: { error, _ in
                buffer.finish(error)
            }
            let consume = BasicConsume(queue: "q", consumerTag: tag)
            let started = lane.startConsumer(consume, prefetch: 3, sink: sink)
            started.assumeIsolated().whenFailure { _ in buffer.finish(nil) }
            peer.expect(started)
            buffers.append(buffer)
        }

        private func act(_ action: Int, on number: Int, _ input: inout FuzzInput) {
            guard !lanes.isEmpty else { return }
            let lane = lanes[number % lanes.count]
            switch action {
            case 7: peer.expect(lane.call(.queueDeclare(QueueDeclare(queue: "q")), answer: .queueDeclareOK))
            case 8: peer.expect(lane.call(.confirmSelect(ConfirmSelect()), answer: .confirmSelectOK))
            case 9:
                peer.expect(
                    lane.call(.basicGet(BasicGet(queue: "q")), answer: .basicGetOK, alternative: .basicGetEmpty)
                )
            case 10:
                peer.expect(
                    lane.publishAwaitingConfirm(
                        ByteBuffer(bytes: PeerFrames.pattern(input.length())),
                        properties: BasicProperties(messageID: "m"),
                        exchange: "",
                        routingKey: "q",
                        mandatory: true
                    )
                )
            case 11: publish(input.length())
            case 12: lane.acknowledge(UInt64(input.byte()), multiple: input.isSet())
            case 13: peer.expect(lane.cancelConsumer("c"))
            case 14: peer.expect(lane.call(.channelClose(ChannelClose()), answer: .channelCloseOK))
            default: lane.flush()
            }
        }

        /// Through the publishers, as tasks do, with their channel's number.
        private func publish(_ size: Int) {
            for (state, lane) in zip(publishers, lanes.filter { $0.receiver is PublisherReceiver }) {
                let body = ByteBuffer(bytes: PeerFrames.pattern(size))
                let outcome = try? state.add { (buffer, _) throws(WireError) in
                    let publish = BasicPublish(exchange: "", routingKey: "q", mandatory: true)
                    let head = try MessageHead(publish, BasicProperties(), channel: lane.number, frameMaximum: 8192)
                    head.write(bodySize: size, to: &buffer)
                    buffer.writeBody(body, channel: lane.number, frameMaximum: 8192)
                }
                if case .addedFirst = outcome { (lane.receiver as? PublisherReceiver)?.send() }
            }
        }

        func checkEnd() throws(FuzzFinding) {
            for receiver in receivers {
                try require(receiver.closings == 1, "a channel told \(receiver.closings) times that it is closed")
            }
            for state in publishers {
                let counts = state.counts
                try require(
                    counts.unconfirmed >= 0 && counts.returned >= 0,
                    "\(counts): more was settled than published"
                )
                let isRefused = (try? state.add { _, _ in }) == nil
                try require(isRefused, "a publisher takes messages after its connection has ended")
            }
            for buffer in buffers {
                try require(buffer.count <= 6, "\(buffer.count) deliveries wait where 3 may be unacknowledged")
            }
            for lane in lanes {
                try require(lane.failure != nil && !lane.canPublish, "a channel is usable after the end")
                try require(lane.receiver == nil, "a channel keeps its receiver after the end")
            }
        }
    }
}
