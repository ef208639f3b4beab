import AMQP
import NIOCore

/// A message as both clients describe it: where it was published to, its properties in the order of AMQP with those left
/// out that are absent, and its body in hexadecimal digits.
struct MessageView: Codable, Hashable, Sendable {
    struct Property: Codable, Hashable, Sendable {
        var name: String
        var value: ValueView
    }

    var exchange: String
    var routingKey: String
    var properties: [Property]
    var body: String

    init(exchange: String, routingKey: String, properties: BasicProperties, body: ByteBuffer) {
        self.exchange = hexadecimal(exchange.utf8)
        self.routingKey = hexadecimal(routingKey.utf8)
        self.properties = Self.views(of: properties)
        self.body = hexadecimal(body.readableBytesView)
    }

    init(_ delivery: Delivery) {
        self.init(
            exchange: delivery.exchange,
            routingKey: delivery.routingKey,
            properties: delivery.properties,
            body: delivery.body
        )
    }

    private static func views(of properties: BasicProperties) -> [Property] {
        func text(_ value: String?) -> ValueView? { value.map { ValueView("string", hexadecimal($0.utf8)) } }
        func number(_ value: UInt8?) -> ValueView? { value.map { ValueView("uint8", "\($0)") } }
        let values: [(String, ValueView?)] = [
            ("content_type", text(properties.contentType)),
            ("content_encoding", text(properties.contentEncoding)),
            ("headers", properties.headers.map { ValueView(table: $0) }),
            ("delivery_mode", number(properties.deliveryMode)),
            ("priority", number(properties.priority)),
            ("correlation_id", text(properties.correlationID)),
            ("reply_to", text(properties.replyTo)),
            ("expiration", text(properties.expiration)),
            ("message_id", text(properties.messageID)),
            ("timestamp", properties.timestamp.map { ValueView("timestamp", "\($0)") }),
            ("type", text(properties.type)),
            ("user_id", text(properties.userID)),
            ("app_id", text(properties.appID)),
            ("cluster_id", text(properties.clusterID)),
        ]
        return values.compactMap { name, value in value.map { Property(name: name, value: $0) } }
    }

    enum CodingKeys: String, CodingKey {
        case properties, body, exchange
        case routingKey = "routing_key"
    }
}
