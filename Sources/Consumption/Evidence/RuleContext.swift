/// What each rule is asked with.
struct RuleContext {
    var queue: String
    var observation: QueueObservation
    var log: PositionLog
    var settings: JudgementSettings
    /// Everything from before it was in the queue at the instant of each figure of the observation.
    ///
    /// It was confirmed by the store, so it was in the capture, `lateness` before the request was sent; a figure is at
    /// most `lateness` old, less what a queue may get a message later than the capture.
    var confirmed: Position?
    /// Nothing changed a moment ago.
    var isCalm: Bool
    /// What is proved already.
    var proven: Position?
    /// Only what entered the capture later counts: a restart may have lost what came before. As the log keeps it.
    var countedSince: SteadyTime
    var requeues: RequeueProof
    var settled: SettledDeliveries
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
