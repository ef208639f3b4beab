import Waiting

/// Whether a site's listeners of the stream protocol are worth trying where AMQP serves as well.
///
/// One that takes connections and says nothing costs some seconds each time: it is left alone for a while. One that answered
/// is not tried for each route and step.
final class StreamReach: Sendable {
    private static let rest = Duration.seconds(60)
    /// What was found last, and when; `nil` before, and where that is long ago.
    private let found = Locked<(answers: Bool, at: ContinuousClock.Instant)?>(nil)

    func note(answers: Bool) { found.withLock { $0 = (answers, .now) } }

    /// Whether they answered when they were last tried; `nil` where nobody has tried lately.
    var answered: Bool? {
        found.withLock { found in found.flatMap { ContinuousClock.now - $0.at < Self.rest ? $0.answers : nil } }
    }
}
