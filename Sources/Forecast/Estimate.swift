/// A number of messages that lies between two ends, each with the reason that it has. An end that is not known is `nil`,
/// and its reason says why.
package struct Estimate: Sendable, Hashable {
    /// At least so many.
    package var low: Int?
    /// At most so many.
    package var high: Int?
    package var lowReason: String
    package var highReason: String

    package init(low: Int?, high: Int?, lowReason: String, highReason: String) {
        self.low = low
        self.high = high
        self.lowReason = lowReason
        self.highReason = highReason
    }

    /// Neither end is known, for the same reason.
    package static func unknown(_ reason: String) -> Estimate {
        Estimate(low: nil, high: nil, lowReason: reason, highReason: reason)
    }

    /// How many reasons a sum names.
    private static let mostReasons = 3

    /// The sum of parts by their names. An end of which a part is not known is not known.
    ///
    /// - Parameter none: the reason of both ends where there are no parts.
    package static func sum(_ parts: [(name: String, estimate: Estimate)], none: String) -> Estimate {
        guard !parts.isEmpty else { return Estimate(low: 0, high: 0, lowReason: none, highReason: none) }
        let low = end(parts.map { ($0.name, $0.estimate.low, $0.estimate.lowReason) })
        let high = end(parts.map { ($0.name, $0.estimate.high, $0.estimate.highReason) })
        return Estimate(low: low.number, high: high.number, lowReason: low.reason, highReason: high.reason)
    }

    private static func end(_ parts: [(name: String, number: Int?, reason: String)]) -> (number: Int?, reason: String) {
        let unknown = parts.filter { $0.number == nil }
        let counted = parts.filter { ($0.number ?? 0) > 0 }.sorted { ($0.number ?? 0) > ($1.number ?? 0) }
        // What makes the number, or keeps it from being known; of nothing at all, one reason is enough.
        let named = unknown.isEmpty ? (counted.isEmpty ? Array(parts.prefix(1)) : counted) : unknown
        var reason = named.prefix(mostReasons).map { $0.name.isEmpty ? $0.reason : "\($0.name): \($0.reason)" }
            .joined(separator: "; ")
        if named.count > mostReasons { reason += "; and \(named.count - mostReasons) more" }
        guard unknown.isEmpty else { return (nil, reason) }
        return (parts.reduce(0) { $0.saturated(adding: $1.number ?? 0) }, reason)
    }
}

extension Int {
    /// The sum, or the largest number where it is larger: what a broker says may be any number.
    func saturated(adding other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
