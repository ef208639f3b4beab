import Recovery

/// A pair's past operations: the answer to `GET /v1/history`, and what `history --format json` prints.
public struct HistoryReport: Sendable, Hashable, Codable {
    /// The pair's name.
    public var pair: String
    /// The operations, the newest first.
    public var history: [HistoryEntry]

    /// Creates a report.
    public init(pair: String, history: [HistoryEntry]) {
        self.pair = pair
        self.history = history
    }
}
