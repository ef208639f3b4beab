import Logging
import Notation

/// Says in the log why sessions end and what the next attempt waits for; what repeats, at growing intervals.
struct SessionEndLog {
    private var repetitions = RepetitionLog()

    mutating func note(_ error: some Error, of pump: String, retryingAfter delay: Duration, _ logger: Logger) {
        guard let repeated = repetitions.note("\(error)", at: .now) else { return }
        var metadata: Logger.Metadata = ["pump": "\(pump)", "error": "\(error)", "retry-in": "\(delay.shown)"]
        if repeated > 0 { metadata["repeated"] = "\(repeated)" }
        logger.warning("session ended", metadata: metadata)
    }
}
