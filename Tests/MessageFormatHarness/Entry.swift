import AMQP
import MessageFormat
import NIOCore

/// A message of AMQP 0-9-1 on its way into an entry of a stream, and back.
package struct Entry: Equatable {
    package var exchange: String?
    package var routingKey: String?
    package var list: ByteBuffer
    package var body: ByteBuffer

    package init(
        exchange: String? = "",
        routingKey: String? = "key",
        _ properties: BasicProperties,
        body: String = "body"
    ) throws {
        self.exchange = exchange
        self.routingKey = routingKey
        list = ByteBuffer()
        try properties.encode(into: &list)
        self.body = ByteBuffer(string: body)
    }

    /// Reads an entry.
    package init(_ entry: ByteBuffer, _ layout: StreamLayout) throws {
        var list = ByteBuffer()
        var body = ByteBuffer()
        var names: (String?, String?) = (nil, nil)
        try entry.withUnsafeReadableBytes { bytes in
            let reader = try EntryReader(bytes, layout)
            names = (
                reader.exchange.map { String(decoding: $0, as: UTF8.self) },
                reader.routingKey.map { String(decoding: $0, as: UTF8.self) }
            )
            try reader.writeProperties(to: &list)
            let count = reader.appendBody(to: &body)
            precondition(count == body.readableBytes)
        }
        (exchange, routingKey) = names
        self.list = list
        self.body = body
    }

    package func encoded(_ layout: StreamLayout) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        try list.withUnsafeReadableBytes { list in
            try Array((exchange ?? "").utf8).withUnsafeBytes { exchange in
                try Array((routingKey ?? "").utf8).withUnsafeBytes { key in
                    try EntryWriter(layout).write(
                        list,
                        exchange: exchange,
                        routingKey: key,
                        bodyLength: body.readableBytes,
                        to: &buffer
                    )
                }
            }
        }
        buffer.writeImmutableBuffer(body)
        return buffer
    }

    package var properties: BasicProperties {
        get throws {
            var list = list
            return try BasicProperties(decoding: &list)
        }
    }

    /// The properties as far as brokers tell them apart: without the order of headers, and of a message without a delivery
    /// mode that it is transient, as brokers from 3.13 on say.
    package func normalized(_ layout: StreamLayout) throws -> BasicProperties {
        var properties = try properties
        if layout != .records { properties.deliveryMode = properties.deliveryMode ?? 1 }
        properties.headers?.fields.sort { ($0.name, "\($0.value)") < ($1.name, "\($1.value)") }
        if properties.headers?.isEmpty == true { properties.headers = nil }
        return properties
    }
}
