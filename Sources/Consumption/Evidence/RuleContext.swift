/// What each rule is asked with.
struct RuleContext {
    var queue: String
    var observation: QueueObservation
    var log: PositionLog
    var settings: JudgementSettings
    /// No figure is of an instant before this.
    ///
    /// A queue whose process is held up, or whose leader is, emits none: they grow older than `lateness`. So it is
    /// counted from where the process itself last answered a passive declaration before they were asked for.
    var figures: SteadyTime
    /// Everything from before it was in the queue at the instant of each figure of the observation: it was confirmed by
    /// the store, so it was in the capture, by ``figures``. `lateness` holds both the age of a figure and how much later
    /// than the capture a queue gets a message. `nil`: nothing was, or the queue didn't answer.
    var confirmed: Position?
    /// Nothing changed a moment ago.
    var isCalm: Bool
    /// What is proved already.
    var proven: Position?
    /// Only what entered the capture later counts: a restart may have lost what came before. As the log keeps it.
    var countedSince: SteadyTime
    var requeues: RequeueProof
    var settled: SettledDeliveries
    var arrivals: ArrivalLog
    /// How long a consumer may keep a message, the longest that was said.
    var processingLimit: Int64?
}

/// What a rule says of an observation.
struct RuleAnswer: Sendable, Hashable {
    /// The best that it proves now.
    var proven: Claim?
    /// Why it proves nothing now.
    var obstacle: Obstacle?

    static func not(_ obstacle: Obstacle) -> RuleAnswer { RuleAnswer(proven: nil, obstacle: obstacle) }
}
