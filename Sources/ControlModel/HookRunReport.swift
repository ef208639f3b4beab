import FoundationEssentials

/// A run of a hook.
package struct HookRunReport: Sendable, Hashable, Codable {
    /// The hook's name.
    package var hook: String
    /// When it was run: `before-promotion`, `after-promotion` or `look-ahead-failed`.
    package var event: String
    /// When it began.
    @OrNull package var started: Date?
    /// How long it took, in seconds.
    @OrNull package var seconds: Double?
    /// How it ended, in a word: `succeeded`, `exited`, `signalled`, `timed-out`, `not-started`, `refused`,
    /// `not-delivered` or `cancelled`.
    package var end: String
    /// The same for a person, with the end of what it said.
    package var summary: String

    package init(hook: String, event: String, started: Date?, seconds: Double?, end: String, summary: String) {
        self.hook = hook
        self.event = event
        self.started = started
        self.seconds = seconds
        self.end = end
        self.summary = summary
    }
}

/// A hook that a promotion runs.
package struct PlannedHookReport: Sendable, Hashable, Codable {
    /// The hook's name.
    package var hook: String
    /// When it is run: `before-promotion` or `after-promotion`.
    package var event: String
    /// How long it may take at most, in seconds.
    package var limit: Double
    /// Whether the promotion is not begun if it fails.
    package var vetoes: Bool

    /// Creates a report of a hook.
    package init(hook: String, event: String, limit: Double, vetoes: Bool) {
        self.hook = hook
        self.event = event
        self.limit = limit
        self.vetoes = vetoes
    }
}
