import Waiting

/// Whether a site's listeners of the stream protocol are worth trying where AMQP serves as well.
///
/// One that takes connections and says nothing costs some seconds each time: it is left alone for a while.
final class StreamReach: Sendable {
    private static let rest = Duration.seconds(60)
    private let failed = Locked<ContinuousClock.Instant?>(nil)

    func note(answers: Bool) { failed.withLock { $0 = answers ? nil : .now } }

    var isWorthTrying: Bool {
        failed.withLock { failed in failed.map { ContinuousClock.now - $0 >= Self.rest } ?? true }
    }
}
