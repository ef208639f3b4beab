/// A pair's past operations: the answer to `GET /v1/history`, and what `history --format json` prints.
package struct HistoryReport: Sendable, Hashable, Codable {
    /// The pair's name.
    package var pair: String
    /// The operations, the newest first.
    package var history: [HistoryEntry]

    /// Creates a report.
    package init(pair: String, history: [HistoryEntry]) {
        self.pair = pair
        self.history = history
    }
}
