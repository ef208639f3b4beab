/// How late and how disordered things may be. All in milliseconds.
package struct JudgementSettings: Sendable, Hashable {
    /// How old a figure of an answer may be when its request is sent, how much later than the capture a queue may get
    /// a message, and how far apart two messages must have entered the capture to lie in the same order in a queue.
    ///
    /// It has to be more than twice the site's `collect_statistics_interval` (5 s unless set): a queue or channel tells its
    /// figures once in that time, and they are collected once in it. Seen on 3.10.8: up to 7.2 s.
    package var lateness: Int64
    /// Between two looks that find a queue empty.
    package var emptyInterval: Int64
    /// How long after a change of leader, a restart and the like nothing is concluded.
    package var calm: Int64
    /// How much later than its time-out a broker may enforce it.
    package var enforcement: Int64
    /// What is taken for consumed where nothing is proved: from so long before now on, messages are kept. `nil`: all.
    package var since: Int64?

    package init(
        lateness: Int64 = 15_000,
        emptyInterval: Int64 = 6_000,
        calm: Int64 = 30_000,
        enforcement: Int64 = 120_000,
        since: Int64? = nil
    ) {
        self.lateness = lateness
        self.emptyInterval = emptyInterval
        self.calm = calm
        self.enforcement = enforcement
        self.since = since
    }
}
