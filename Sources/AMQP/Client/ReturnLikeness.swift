import NIOCore

/// What a mandatory message looks like when it comes back.
struct ReturnLikeness {
    var exchange: String
    var routingKey: String
    var properties: BasicProperties
    var body: ByteBuffer

    /// Whether a return is of this message as far as the parts that brokers never touch tell.
    func resembles(_ other: ReturnLikeness) -> Bool {
        exchange == other.exchange && routingKey == other.routingKey && body == other.body
            && properties.messageID == other.properties.messageID
            && properties.correlationID == other.properties.correlationID
    }

    /// Whether the headers and all else are the same too; brokers may sort them.
    func equals(_ other: ReturnLikeness) -> Bool {
        resembles(other) && Self.sorted(properties) == Self.sorted(other.properties)
    }

    private static func sorted(_ properties: BasicProperties) -> BasicProperties {
        var copy = properties
        copy.headers?.fields.sort { $0.name < $1.name }
        return copy
    }
}

extension ReturnLikeness {
    /// A message as it came back.
    init(_ value: BasicReturn, _ content: DeliveryBatch) {
        exchange = value.exchange
        routingKey = value.routingKey
        properties = (try? content.properties(at: 0)) ?? BasicProperties()
        body = content.body(at: 0)
    }
}
