import NIOCore
import NIOEmbedded
import PeerHarness
import Testing

@testable import AMQP

@Suite("Whatever one side writes, the other reads as it was, however the bytes are cut")
struct RoundTripTests {
    /// What a decoder made of some bytes.
    private struct Read: Equatable {
        var methods: [Method] = []
        var deliveries: [Message] = []
        var contents: [Message] = []
        var confirms: [Confirm] = []
    }

    /// A message with all that belongs to it.
    private struct Message: Equatable {
        var deliveryTag: UInt64
        var isRedelivered: Bool
        var exchange: String
        var routingKey: String
        var properties: BasicProperties
        var body: ByteBuffer

        init(_ random: inout RandomValues, bodySize: Int) {
            deliveryTag = random.integer()
            isRedelivered = random.boolean()
            exchange = random.text()
            routingKey = random.text()
            properties = random.properties()
            body = PeerBytes.patterned(bodySize, seed: random.integer())
        }

        init(_ delivery: Delivery) {
            deliveryTag = delivery.deliveryTag
            isRedelivered = delivery.isRedelivered
            exchange = delivery.exchange
            routingKey = delivery.routingKey
            properties = delivery.properties
            body = delivery.body
        }
    }

    private static let channel: UInt16 = 3
    private static let tags = ["c", String(repeating: "ü", count: 127)]

    /// Reads bytes that come in parts, as a connection does.
    private static func read(_ parts: [ByteBuffer]) throws -> Read {
        var decoder = InboundDecoder()
        decoder.maximumPayload = 1 << 20
        decoder.open(channel)
        for tag in tags { decoder.addConsumer(Array(tag.utf8), channel: channel) }
        var read = Read()
        var buffer = ByteBuffer()
        for part in parts {
            buffer.writeImmutableBuffer(part)
            var needsMore = false
            while !needsMore {
                switch try decoder.next(&buffer) {
                case .needsMore:
                    needsMore = true
                case .method(let method, let number):
                    #expect(number == channel)
                    read.methods.append(method)
                case .content(let method, let batch, _):
                    read.methods.append(method)
                    read.contents.append(Message(try Delivery(batch, at: 0)))
                }
            }
            while let ready = decoder.takeReady() {
                read.confirms += ready.confirms
                guard let batch = ready.batch else { continue }
                for index in batch.entries.indices { read.deliveries.append(Message(try Delivery(batch, at: index))) }
            }
        }
        #expect(buffer.readableBytes == 0)
        return read
    }

    /// Reads the bytes cut in two at every place, and byte by byte, and expects the same each time.
    private static func expect(_ expected: Read, from bytes: ByteBuffer, _ comment: String) throws {
        for place in 0...bytes.readableBytes {
            var rest = bytes
            let first = rest.readSlice(length: place) ?? ByteBuffer()
            let read = try read([first, rest])
            try #require(read == expected, "\(comment), cut at \(place)")
        }
        let single = bytes.readableBytesView.map { ByteBuffer(bytes: [$0]) }
        let read = try read(single)
        try #require(read == expected, "\(comment), byte by byte")
    }

    /// A message's content as a broker sends it after its method.
    private static func writeContent(_ message: Message, frameMaximum: Int, to bytes: inout PeerBytes) throws {
        bytes.maximumPayload = frameMaximum - Frame.overhead
        try bytes.header(channel, properties: message.properties, size: message.body.readableBytes)
        bytes.bodies(channel, message.body)
    }

    @Test("methods without content", arguments: 0..<6 as Range<UInt64>)
    func methods(seed: UInt64) throws {
        var random = RandomValues(seed: 1000 + seed)
        // Those that have a content, and those that are taken in place, have tests of their own.
        let others: Set<MethodID> = [
            .basicDeliver, .basicAck, .basicNack, .basicReturn, .basicGetOK, .basicPublish,
        ]
        for method in random.everyMethod() where !others.contains(method.id) {
            var bytes = ByteBuffer()
            try bytes.writeFrame(method, channel: Self.channel)
            try Self.expect(Read(methods: [method]), from: bytes, "\(method.id)")
        }
    }

    @Test("deliveries, with properties and bodies of one or several frames", arguments: 0..<12 as Range<UInt64>)
    func deliveries(seed: UInt64) throws {
        var random = RandomValues(seed: 2000 + seed)
        var expected = Read()
        var bytes = PeerBytes()
        for _ in 0..<3 {
            let message = Message(&random, bodySize: random.count(upTo: 60))
            expected.deliveries.append(message)
            let deliver = BasicDeliver(
                consumerTag: Self.tags[random.count(upTo: 1)],
                deliveryTag: message.deliveryTag,
                redelivered: message.isRedelivered,
                exchange: message.exchange,
                routingKey: message.routingKey
            )
            try bytes.method(.basicDeliver(deliver), Self.channel)
            try Self.writeContent(message, frameMaximum: 8 + 1 + random.count(upTo: 40), to: &bytes)
        }
        try Self.expect(expected, from: bytes.buffer, "seed \(seed)")
    }

    @Test("returns, answers to get, and confirms", arguments: 0..<12 as Range<UInt64>)
    func contents(seed: UInt64) throws {
        var random = RandomValues(seed: 3000 + seed)
        var expected = Read()
        var bytes = PeerBytes()
        for _ in 0..<4 {
            var message = Message(&random, bodySize: random.count(upTo: 60))
            switch random.count(upTo: 2) {
            case 0:
                // A return has no delivery tag.
                message.deliveryTag = 0
                message.isRedelivered = false
                let method = Method.basicReturn(
                    BasicReturn(
                        replyCode: random.integer(),
                        replyText: random.text(),
                        exchange: message.exchange,
                        routingKey: message.routingKey
                    )
                )
                expected.methods.append(method)
                expected.contents.append(message)
                try bytes.method(method, Self.channel)
                try Self.writeContent(message, frameMaximum: 8 + 1 + random.count(upTo: 40), to: &bytes)
            case 1:
                let method = Method.basicGetOK(
                    BasicGetOK(
                        deliveryTag: message.deliveryTag,
                        redelivered: message.isRedelivered,
                        exchange: message.exchange,
                        routingKey: message.routingKey,
                        messageCount: random.integer()
                    )
                )
                expected.methods.append(method)
                expected.contents.append(message)
                try bytes.method(method, Self.channel)
                try Self.writeContent(message, frameMaximum: 8 + 1 + random.count(upTo: 40), to: &bytes)
            default:
                let confirm = Confirm(
                    sequence: random.integer(),
                    isMultiple: random.boolean(),
                    isPositive: random.boolean()
                )
                expected.confirms.append(confirm)
                let method: Method =
                    confirm.isPositive
                    ? .basicAck(BasicAck(deliveryTag: confirm.sequence, multiple: confirm.isMultiple))
                    : .basicNack(BasicNack(deliveryTag: confirm.sequence, multiple: confirm.isMultiple))
                try bytes.method(method, Self.channel)
            }
        }
        try Self.expect(expected, from: bytes.buffer, "seed \(seed)")
    }

    @Test("a delivery whose body goes by reference", arguments: 0..<3 as Range<UInt64>)
    func largeBodies(seed: UInt64) throws {
        var random = RandomValues(seed: 4000 + seed)
        let limit = DeliveryBatch.inlineBodyLimit
        for size in [limit - 1, limit, limit + 1, 3 * limit + random.count(upTo: 100)] {
            let message = Message(&random, bodySize: size)
            var bytes = PeerBytes()
            bytes.deliver(
                Self.channel,
                tag: message.deliveryTag,
                isRedelivered: message.isRedelivered,
                exchange: Array(message.exchange.utf8),
                key: Array(message.routingKey.utf8)
            )
            try Self.writeContent(message, frameMaximum: 8192, to: &bytes)
            for _ in 0..<60 {
                var rest = bytes.buffer
                var parts: [ByteBuffer] = []
                while rest.readableBytes > 0 {
                    let length = min(rest.readableBytes, 1 + random.count(upTo: 20_000))
                    parts.append(rest.readSlice(length: length) ?? ByteBuffer())
                }
                let read = try Self.read(parts)
                #expect(read == Read(deliveries: [message]), "\(size) bytes in parts of \(parts.map(\.readableBytes))")
            }
        }
    }

    @Test("a publish of this side, by each of the ways to write one", arguments: 0..<40 as Range<UInt64>)
    func publishes(seed: UInt64) throws {
        var random = RandomValues(seed: 5000 + seed)
        let frameMaximum = 4096 + random.count(upTo: 4096)
        let payload = frameMaximum - Frame.overhead
        let sizes = [0, 1, payload - 1, payload, payload + 1, 2 * payload, random.count(upTo: 20_000)]
        let message = Message(&random, bodySize: sizes[random.count(upTo: sizes.count - 1)])
        let publish = BasicPublish(
            exchange: message.exchange,
            routingKey: message.routingKey,
            mandatory: random.boolean()
        )
        // Written as a message of one's own
        var own = ByteBuffer()
        try own.writeMessage(
            message.body,
            properties: message.properties,
            publish: publish,
            channel: 1,
            frameMaximum: frameMaximum
        )
        let frames = try SentFrame.all(in: own)
        #expect(frames.first?.method == .basicPublish(publish))
        var header = try #require(frames.dropFirst().first).payload
        #expect(header.readInteger(as: UInt32.self) == 60 << 16)
        #expect(header.readInteger(as: UInt64.self) == UInt64(message.body.readableBytes))
        #expect(try BasicProperties(decoding: &header) == message.properties)
        var body = ByteBuffer()
        for frame in frames.dropFirst(2) {
            #expect(frame.type == 3 && (1...payload).contains(frame.payload.readableBytes))
            body.writeImmutableBuffer(frame.payload)
        }
        #expect(body == message.body)

        // With a head that was encoded before
        let head = try MessageHead(publish, message.properties, channel: 1, frameMaximum: frameMaximum)
        var prepared = ByteBuffer()
        head.write(bodySize: message.body.readableBytes, to: &prepared)
        prepared.writeBody(message.body, channel: 1, frameMaximum: frameMaximum)
        #expect(prepared == own)

        // From a batch, as it was delivered; a large body keeps the frames that it came in
        guard message.body.readableBytes <= DeliveryBatch.inlineBodyLimit else { return }
        let peer = try ScriptedPeer(frameMaximum: UInt32(max(frameMaximum, 8192)))
        try peer.shakeHands(ScriptedPeer.tune(frameMax: UInt32(frameMaximum)))
        let lane = try peer.openConfirmingLane()
        let receiver = RecordingReceiver(lane)
        var outcome: PublishOutcome?
        receiver.onBatch = { batch in
            outcome = lane.publish(batch, at: 0, to: .asDelivered, mandatory: publish.mandatory)
        }
        var bytes = PeerBytes()
        bytes.deliver(
            1,
            tag: 1,
            exchange: Array(message.exchange.utf8),
            key: Array(message.routingKey.utf8)
        )
        bytes.maximumPayload = payload
        try bytes.header(1, properties: message.properties, size: message.body.readableBytes)
        bytes.bodies(1, message.body)
        try peer.send(bytes.buffer)
        #expect(outcome == .published(sequence: 1))
        #expect(try peer.takeBytes() == own)
    }

    @Test("an acknowledgement, which is written without a method")
    func acknowledgements() throws {
        var random = RandomValues(seed: 6000)
        for _ in 0..<100 {
            let ack = BasicAck(deliveryTag: random.integer(), multiple: random.boolean())
            let channel: UInt16 = random.integer()
            var short = ByteBuffer()
            short.writeAcknowledge(channel: channel, deliveryTag: ack.deliveryTag, multiple: ack.multiple)
            var whole = ByteBuffer()
            try whole.writeFrame(.basicAck(ack), channel: channel)
            #expect(short == whole)
        }
    }
}
