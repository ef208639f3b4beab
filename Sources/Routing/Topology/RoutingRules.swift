/// What differs between brokers, and between those who look at a message.
package struct RoutingRules: Sendable, Hashable {
    /// How a headers exchange compares values.
    package enum Comparison: Sendable, Hashable {
        /// By number, so that 1 equals 1.0 (below 3.13).
        case byNumber
        /// Exactly, and a timestamp counts in milliseconds (from 4.0 on).
        case exact
        /// Either, so that only what both say alike is certain.
        case unknown
    }

    package var comparison: Comparison
    /// Whether messages are seen as they were published. In a capture they are not: the broker takes `BCC` headers off,
    /// so that a message may have been routed by keys that nobody sees. More keys lead to more queues and never to less,
    /// with one exception: what is routed somewhere no longer goes to an alternate exchange.
    package var seesAllKeys: Bool

    package init(comparison: Comparison, seesAllKeys: Bool = false) {
        self.comparison = comparison
        self.seesAllKeys = seesAllKeys
    }

    /// The rules of a broker's version.
    package init(major: Int, minor: Int, seesAllKeys: Bool = false) {
        let comparison: Comparison =
            if major >= 4 { .exact } else if (major, minor) < (3, 13) { .byNumber } else { .unknown }
        self.init(comparison: comparison, seesAllKeys: seesAllKeys)
    }
}
