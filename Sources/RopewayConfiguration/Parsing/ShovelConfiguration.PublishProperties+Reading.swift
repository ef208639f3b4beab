import Notation

extension ShovelConfiguration.PublishProperties {
    private static let keys = [
        "content-type", "content-encoding", "delivery-mode", "priority", "correlation-id", "reply-to", "expiration",
        "message-id", "timestamp", "type", "user-id", "app-id", "cluster-id",
    ]

    static func read(_ cursor: Cursor) -> Self? {
        guard let fields = cursor.fields(Self.keys, expected: "a mapping of message properties") else { return nil }
        var isRight = true
        func text(_ key: String) -> String? {
            guard let cursor = fields[key] else { return nil }
            let text = cursor.string(expected: "a string", longest: 255, allowsEmpty: true)
            isRight = isRight && text != nil
            return text
        }
        func number(_ key: String, _ range: ClosedRange<Int>, _ unit: String) -> Int? {
            guard let cursor = fields[key] else { return nil }
            let number = cursor.integer(in: range, unit: unit)
            isRight = isRight && number != nil
            return number
        }
        var properties = Self()
        properties.contentType = text("content-type")
        properties.contentEncoding = text("content-encoding")
        properties.deliveryMode = number("delivery-mode", 1...2, "(1 is transient, 2 is persistent)")
        properties.priority = number("priority", 0...255, "priority")
        properties.correlationID = text("correlation-id")
        properties.replyTo = text("reply-to")
        properties.expiration = fields["expiration"].flatMap { cursor in
            let expiration = cursor.duration(in: .zero...(.milliseconds(4_294_967_295)))
            isRight = isRight && expiration != nil
            return expiration.map { String($0.wholeMilliseconds) }
        }
        properties.messageID = text("message-id")
        properties.timestamp = number("timestamp", 0...253_402_300_799, "seconds since 1970")
        properties.type = text("type")
        properties.userID = text("user-id")
        properties.appID = text("app-id")
        properties.clusterID = text("cluster-id")
        return isRight ? properties : nil
    }
}
