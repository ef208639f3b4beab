/// Where a delivery is published to: each part either fixed or as the delivery had it.
public struct PublishRoute: Sendable, Hashable {
    /// The exchange as a short string with its length octet; `nil` for the delivery's own.
    let exchange: [UInt8]?
    /// The routing key as a short string with its length octet; `nil` for the delivery's own.
    let routingKey: [UInt8]?

    /// Whether deliveries go to another exchange than they came from.
    public var replacesExchange: Bool { exchange != nil }
    /// Whether deliveries get another routing key than they came with.
    public var replacesRoutingKey: Bool { routingKey != nil }

    /// To the exchange and with the key that the delivery came with.
    public static let asDelivered = PublishRoute(exchangeBytes: nil, routingKeyBytes: nil)

    /// - Throws: ``WireError/tooLarge(what:)`` for a name above 255 bytes.
    public init(exchange: String?, routingKey: String?) throws(WireError) {
        self.init(
            exchangeBytes: try Self.shortString(exchange),
            routingKeyBytes: try Self.shortString(routingKey)
        )
    }

    /// The exchange, without a length; `nil` for the delivery's own.
    package var exchangeName: ArraySlice<UInt8>? { exchange?.dropFirst() }
    /// The routing key, without a length; `nil` for the delivery's own.
    package var routingKeyName: ArraySlice<UInt8>? { routingKey?.dropFirst() }

    private init(exchangeBytes: [UInt8]?, routingKeyBytes: [UInt8]?) {
        exchange = exchangeBytes
        routingKey = routingKeyBytes
    }

    private static func shortString(_ text: String?) throws(WireError) -> [UInt8]? {
        guard let text else { return nil }
        let bytes = Array(text.utf8)
        guard bytes.count <= 255 else { throw .tooLarge(what: "the name '\(text.prefix(40))…'") }
        return [UInt8(bytes.count)] + bytes
    }
}

/// What became of an attempt to publish a delivery.
public enum PublishOutcome: Sendable, Equatable {
    /// It was written; a channel in confirm mode will tell of this number.
    case published(sequence: UInt64)
    /// Its properties can't be read, so that they can't be rewritten.
    case malformed(WireError)
    /// Its content header would exceed the frame-max; a header can't be split over frames.
    case headerTooLarge(size: Int, maximum: Int)
}
