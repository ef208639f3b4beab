import ErrorCodes

/// What a replay could not replay, or not to every queue, although it went on to its end.
package struct ReplayLoss: Error, Sendable, Hashable, Codable {
    private var word: String
    package var message: String
    package var hint: String

    package var code: ErrorCode { ErrorCode(rawValue: word) ?? .replayIncomplete }

    package init(code: ErrorCode, message: String, hint: String) {
        word = code.rawValue
        self.message = message
        self.hint = hint
    }

    /// What is missing in all; `nil` where nothing is.
    init?(_ losses: [ReplayLoss]) {
        guard let first = losses.first else { return nil }
        self = first
        message = losses.map(\.message).joined(separator: "; ")
    }
}
