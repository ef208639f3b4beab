extension LeaderStateMachine {
    /// What it is about, and how patient it is.
    package struct Settings: Sendable, Hashable {
        package var pair: String
        /// The pair's sites, sorted by name.
        package var first: String
        package var second: String
        /// The active site at first start; afterwards the records decide.
        package var configuredActive: String
        /// Whether it leads by itself, as a daemon; else it does only what is ordered.
        package var leads: Bool
        /// How often the records are read while nothing happens.
        package var readingInterval = Duration.seconds(5)
        /// The same while routes do not run.
        package var searchInterval = Duration.seconds(1)
        /// How long a site may take to tell its record until it counts as silent.
        package var readingPatience = Duration.milliseconds(2500)
        /// The same for the other site in a forced promotion, which needs nothing of it.
        package var forcedPatience = Duration.milliseconds(500)
        /// How old a reading may be that is relied on.
        package var readingAge = Duration.seconds(12)
        /// How long a daemon waits for a lock in one attempt.
        package var lockPatience = Duration.seconds(5)
        /// How long a planned promotion waits for a lock.
        package var plannedLockPatience = Duration.seconds(10)
        /// How long a forced promotion waits for a holder that may be gone: until the broker has missed its heartbeats.
        package var forcedLockPatience = Duration.seconds(18)

        package init(pair: String, first: String, second: String, configuredActive: String, leads: Bool) {
            self.pair = pair
            self.first = first
            self.second = second
            self.configuredActive = configuredActive
            self.leads = leads
        }
    }
}
