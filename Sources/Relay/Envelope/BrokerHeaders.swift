import AMQP

/// The headers that brokers add to a message while they deliver it. They are no part of what was published.
enum BrokerHeaders {
    /// All of them.
    static let names = ["x-delivery-count", "x-acquired-count", "x-stream-offset"]

    /// Whether a name in a raw property list is one of ``names``.
    @inline(__always)
    static func contain(_ raw: UnsafeRawBufferPointer, _ name: Range<Int>) -> Bool {
        raw.equals(name, "x-delivery-count") || raw.equals(name, "x-acquired-count")
            || raw.equals(name, "x-stream-offset")
    }
}
