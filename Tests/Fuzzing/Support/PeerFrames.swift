import NIOCore

@testable import AMQP

/// Writes what a broker may send, right or wrong, as an input says.
enum PeerFrames {
    /// The largest payload that the fuzzed connections take.
    static let maximumPayload = 8184

    /// Writes one frame, or now and then bytes that are none.
    static func write(_ input: inout FuzzInput, to out: inout ByteBuffer) {
        let kind = input.byte()
        let channel = UInt16(kind >> 5 & 3)
        switch kind & 0x1F {
        case 0: frame(1, channel, input.take(input.length()), to: &out)
        case 1: frame(2, channel, input.take(input.length()), to: &out)
        case 2: frame(3, channel, input.take(input.length()), to: &out)
        case 3: frame(8, 0, [], to: &out)
        case 4, 5, 6: deliver(&input, channel, to: &out)
        case 7, 8, 9: header(&input, channel, to: &out)
        case 10, 11, 12: frame(3, channel, pattern(input.length()), to: &out)
        case 13: method(.basicAck(BasicAck(deliveryTag: UInt64(input.byte()), multiple: input.isSet())), channel, &out)
        case 14: method(.basicNack(BasicNack(deliveryTag: UInt64(input.byte()), multiple: false)), channel, &out)
        case 15:
            let back = BasicReturn(replyCode: 312, replyText: "NO_ROUTE", exchange: "x", routingKey: "k")
            method(.basicReturn(back), channel, &out)
        case 16:
            let ok = BasicGetOK(deliveryTag: 9, exchange: "x", routingKey: "k", messageCount: 1)
            method(.basicGetOK(ok), channel, &out)
        case 17: method(.basicGetEmpty(BasicGetEmpty()), channel, &out)
        case 18: method(.channelFlow(ChannelFlow(active: input.isSet())), channel, &out)
        case 19: method(.channelClose(ChannelClose(replyCode: 404, replyText: "NOT_FOUND")), channel, &out)
        case 20: method(.channelCloseOK(ChannelCloseOK()), channel, &out)
        case 21: method(.basicCancel(BasicCancel(consumerTag: "c", noWait: true)), channel, &out)
        case 22:
            let ok = QueueDeclareOK(queue: "q", messageCount: 1, consumerCount: 0)
            method(.queueDeclareOK(ok), channel, &out)
        case 23: method(.channelOpenOK(ChannelOpenOK()), channel, &out)
        case 24:
            if input.isSet() {
                method(.basicQosOK(BasicQosOK()), channel, &out)
                method(.basicConsumeOK(BasicConsumeOK(consumerTag: input.isSet() ? "c" : "other")), channel, &out)
            } else {
                method(.confirmSelectOK(ConfirmSelectOK()), channel, &out)
            }
        case 25: method(.basicCancelOK(BasicCancelOK(consumerTag: "c")), channel, &out)
        case 26: method(.connectionBlocked(ConnectionBlocked(reason: "memory")), 0, &out)
        case 27: method(.connectionUnblocked(ConnectionUnblocked()), 0, &out)
        case 28:
            if input.isSet() {
                method(.connectionClose(ConnectionClose(replyCode: 320, replyText: "shutdown")), 0, &out)
            } else {
                method(.connectionCloseOK(ConnectionCloseOK()), 0, &out)
            }
        case 29: method(.connectionUpdateSecretOK(ConnectionUpdateSecretOK()), 0, &out)
        case 30: out.writeBytes(input.take(input.choice(16)))
        default:
            // A frame whose length or end is wrong.
            out.writeMultipleIntegers(UInt8(1 + input.choice(3)), channel, UInt32(input.length()))
            out.writeBytes(input.take(input.choice(32)))
            out.writeInteger(input.byte())
        }
    }

    static func frame(_ type: UInt8, _ channel: UInt16, _ payload: [UInt8], to out: inout ByteBuffer) {
        out.writeMultipleIntegers(type, channel, UInt32(payload.count))
        out.writeBytes(payload)
        out.writeInteger(Frame.end)
    }

    static func method(_ method: Method, _ channel: UInt16, _ out: inout ByteBuffer) {
        // The names written here are short: this can't fail.
        try? out.writeFrame(method, channel: channel)
    }

    private static func deliver(_ input: inout FuzzInput, _ channel: UInt16, to out: inout ByteBuffer) {
        let deliver = BasicDeliver(
            consumerTag: input.isSet() ? "c" : "other",
            deliveryTag: UInt64(input.byte()),
            redelivered: input.isSet(),
            exchange: "x",
            routingKey: "k"
        )
        method(.basicDeliver(deliver), channel, &out)
    }

    /// A content header with properties that are right: none, or an expiration and headers.
    private static func header(_ input: inout FuzzInput, _ channel: UInt16, to out: inout ByteBuffer) {
        var payload = ByteBuffer()
        let hasProperties = input.isSet()
        payload.writeMultipleIntegers(UInt16(60), UInt16(0), UInt64(input.length() * (input.isSet() ? 3 : 1)))
        let properties = hasProperties ? BasicProperties(headers: ["a": 1], expiration: "500") : BasicProperties()
        try? properties.encode(into: &payload)
        frame(2, channel, Array(payload.readableBytesView), to: &out)
    }

    /// Bytes that differ from place to place.
    static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }
}
