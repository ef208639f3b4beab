import FoundationEssentials

/// A run of a hook.
public struct HookRunReport: Sendable, Hashable, Codable {
    /// The hook's name.
    public var hook: String
    /// When it was run: `before-promotion`, `after-promotion` or `look-ahead-failed`.
    public var event: String
    /// When it began.
    @OrNull public var started: Date?
    /// How long it took, in seconds.
    @OrNull public var seconds: Double?
    /// How it ended, in a word: `succeeded`, `exited`, `signalled`, `timed-out`, `not-started`, `refused`,
    /// `not-delivered` or `cancelled`.
    public var end: String
    /// The same for a person, with the end of what it said.
    public var summary: String

    init(_ run: HookRun) {
        hook = run.hook
        event = run.occasion
        started = run.started
        seconds = Double(run.milliseconds) / 1000
        end = run.code
        summary = run.summary
    }
}

/// A hook that a promotion runs.
public struct PlannedHookReport: Sendable, Hashable, Codable {
    /// The hook's name.
    public var hook: String
    /// When it is run: `before-promotion` or `after-promotion`.
    public var event: String
    /// How long it may take at most, in seconds.
    public var limit: Double
    /// Whether the promotion is not begun if it fails.
    public var vetoes: Bool

    /// Creates a report of a hook.
    public init(hook: String, event: String, limit: Double, vetoes: Bool) {
        self.hook = hook
        self.event = event
        self.limit = limit
        self.vetoes = vetoes
    }
}
