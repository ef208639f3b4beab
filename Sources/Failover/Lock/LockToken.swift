import AMQP

/// The one message of a lock's queue.
///
/// Its generation is what it was published with, plus how often it was handed out. It is published with the generation
/// of the site's record, so that generations grow even if the queue is deleted and declared again.
enum LockToken {
    private static let baseHeader = "x-ropeway-generation"

    static func properties(base: UInt64) -> BasicProperties {
        BasicProperties(
            contentType: "text/plain",
            headers: [Self.baseHeader: .int64(Int64(clamping: base))],
            deliveryMode: 2
        )
    }

    /// The generation that a delivery of a token gives its holder: at least 1.
    static func generation(of properties: BasicProperties?) -> UInt64 {
        func number(_ name: String) -> UInt64 { UInt64(clamping: properties?.headers?[name]?.integerValue ?? 0) }
        // Newer versions do not count every return as a failed delivery, but as an acquisition.
        let handedOut = max(number("x-delivery-count"), number("x-acquired-count"))
        let (sum, overflow) = number(Self.baseHeader).addingReportingOverflow(handedOut)
        return overflow || sum == .max ? .max : sum + 1
    }
}
