import AMQP

/// What the broker means when it closes the destination's channel over a publish. It never says over which.
enum Refusal: Equatable {
    /// A message is larger than the destination takes.
    case bodyTooLarge(maximum: Int)
    /// Over something that belongs to one message: the next session moves one at a time, so that the guilty one is found.
    case ofOneMessage
    /// Over one message, or over something that passes.
    case perhapsOfOneMessage(words: String)

    /// - Returns: `nil` where the connection was lost, or all messages of the route are refused: then none goes into
    ///   quarantine, and somebody has to set the destination right.
    init?(_ error: AMQPError, route: PublishRoute) {
        guard error.code == .channelClosedByBroker else { return nil }
        switch error.replyCode {
        case 406:
            if let maximum = Self.sizeLimit(in: error.reason) {
                self = .bodyTooLarge(maximum: maximum)
            } else {
                self = .perhapsOfOneMessage(words: error.reason)
            }
        case 403:
            guard Self.isOfOneMessage(error, route) else { return nil }
            self = .ofOneMessage
        case 404 where !route.replacesExchange && error.reason.contains("no exchange '"):
            self = .ofOneMessage
        default:
            return nil
        }
    }

    /// Whether what the user may not do depends on the message: its routing key (topic permissions), or its exchange.
    private static func isOfOneMessage(_ error: AMQPError, _ route: PublishRoute) -> Bool {
        if let resource = error.refusedResource {
            if resource.hasPrefix("topic '") { return !route.replacesRoutingKey }
            return resource.hasPrefix("exchange '") && !route.replacesExchange
        }
        return error.reason.contains("publish to internal exchange '") && !route.replacesExchange
    }

    /// The limit in the broker's words "message size 20971520 is larger than configured max size 16777216".
    static func sizeLimit(in reason: String) -> Int? {
        guard reason.contains("message size"), reason.contains("larger than") else { return nil }
        return reason.split(whereSeparator: { !$0.isNumber }).last.flatMap { Int($0) }
    }
}
