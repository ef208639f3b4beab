/// How many deliveries a promotion now would repeat: replayed messages that consumers of the active site had had, each once
/// for each queue that gets it.
///
/// It lies between two ends. An end that is not known is `nil`, and its reason says why.
package struct RepeatsReport: Sendable, Hashable, Codable {
    @OrNull package var low: Int?
    @OrNull package var high: Int?
    /// Why the ends are what they are.
    @OrNull package var lowReason: String?
    @OrNull package var highReason: String?

    /// Creates a report of repeats.
    package init(low: Int?, high: Int?, lowReason: String? = nil, highReason: String? = nil) {
        self.low = low
        self.high = high
        self.lowReason = lowReason
        self.highReason = highReason
    }

    /// Nothing is known.
    package static let unknown = RepeatsReport(low: nil, high: nil)

    enum CodingKeys: String, CodingKey {
        case low, high
        case lowReason = "low_reason"
        case highReason = "high_reason"
    }
}

extension KeyedDecodingContainer {
    /// Reads the repeats of a report; a daemon that knows of none says nothing of them.
    ///
    /// The synthesised `init(from:)` of reports finds this overload by its type.
    package func decode(_ type: RepeatsReport.Type, forKey key: Key) throws -> RepeatsReport {
        try decodeIfPresent(type, forKey: key) ?? .unknown
    }
}
