import AMQP
import MessageFormat
import NIOCore

/// Reads any bytes as an entry of a stream, and any property list into one and back: what is read can be written, and what
/// was written is read as it was.
enum EntryFuzzing {
    static func run(_ input: inout FuzzInput) throws(FuzzFinding) {
        let layout = StreamLayout.allCases[input.choice(3)]
        if input.isSet() {
            try read(ByteBuffer(bytes: input.rest()), layout)
        } else {
            try write(ByteBuffer(bytes: input.rest()), layout)
        }
    }

    private static func read(_ entry: ByteBuffer, _ layout: StreamLayout) throws(FuzzFinding) {
        if let message = try? StreamMessage(decoding: entry) {
            var again = ByteBuffer()
            if (try? message.encode(into: &again)) != nil {
                try require(
                    (try? StreamMessage(decoding: again)) == message,
                    "a message is another one when it is read again"
                )
            }
        }
        guard let (list, _) = properties(of: entry, layout) else { return }
        var copy = list
        try require((try? BasicProperties(decoding: &copy)) != nil, "what was read is no property list")
    }

    private static func write(_ list: ByteBuffer, _ layout: StreamLayout) throws(FuzzFinding) {
        var entry = ByteBuffer()
        let isWritten = list.withUnsafeReadableBytes { list in
            let none = UnsafeRawBufferPointer(start: nil, count: 0)
            return (try? EntryWriter(layout).write(list, exchange: none, routingKey: none, bodyLength: 2, to: &entry))
                != nil
        }
        guard isWritten else { return }
        entry.writeString("ok")
        guard let (back, body) = properties(of: entry, layout) else {
            throw FuzzFinding("what was written is not read")
        }
        try require(body == ByteBuffer(string: "ok"), "the body is another one")
        var (was, isNow) = (list, back)
        guard let first = try? BasicProperties(decoding: &was) else { return }
        guard let second = try? BasicProperties(decoding: &isNow) else {
            throw FuzzFinding("no property list comes back")
        }
        try require(text(first, layout) == text(second, layout), "\(first) comes back as \(second)")
    }

    /// Without the order of headers, and with the delivery mode that brokers from 3.13 on give to a message without one.
    private static func text(_ properties: BasicProperties, _ layout: StreamLayout) -> String {
        var properties = properties
        if layout != .records { properties.deliveryMode = properties.deliveryMode ?? 1 }
        properties.headers?.fields.sort { ($0.name, "\($0.value)") < ($1.name, "\($1.value)") }
        if properties.headers?.isEmpty == true { properties.headers = nil }
        return "\(properties)"
    }

    private static func properties(of entry: ByteBuffer, _ layout: StreamLayout) -> (ByteBuffer, ByteBuffer)? {
        entry.withUnsafeReadableBytes { bytes in
            var (list, body) = (ByteBuffer(), ByteBuffer())
            do {
                let reader = try EntryReader(bytes, layout)
                try reader.writeProperties(to: &list)
                _ = reader.appendBody(to: &body)
                return (list, body)
            } catch {
                return nil
            }
        }
    }
}
