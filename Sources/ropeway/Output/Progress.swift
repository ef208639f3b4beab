import ControlModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Shows on standard error how far an operation is: one line that is rewritten where a person watches, else a line
/// whenever the step changes and each few seconds.
struct Progress {
    private let isInteractive: Bool
    private let clock = ContinuousClock()
    private var lastStep: String?
    private var lastShown: ContinuousClock.Instant?
    private var isLineOpen = false

    /// The time between two lines of the same step.
    private static let interval = Duration.seconds(5)

    init(isInteractive: Bool) {
        self.isInteractive = isInteractive
    }

    /// Shows a report.
    mutating func show(_ report: OperationReport) {
        let line = Self.line(report)
        if self.isInteractive {
            Terminal.write("\r\u{1B}[K\(line)", to: STDERR_FILENO)
            self.isLineOpen = true
            return
        }
        let step = report.step ?? report.state.rawValue
        let now = self.clock.now
        if step == self.lastStep, let last = self.lastShown, now - last < Self.interval { return }
        self.lastStep = step
        self.lastShown = now
        Terminal.printError(line)
    }

    /// Leaves the line that is rewritten, if there is one.
    mutating func end() {
        if self.isLineOpen { Terminal.write("\r\u{1B}[K", to: STDERR_FILENO) }
        self.isLineOpen = false
    }

    /// One line: step, count, share, rate, time left; what isn't known is left out.
    static func line(_ report: OperationReport) -> String {
        var parts = ["\(report.site): \(report.step ?? report.state.rawValue)"]
        if let replayed = report.replayed {
            if let remaining = report.remaining, replayed + remaining > 0 {
                let all = replayed + remaining
                parts.append("\(Shown.count(replayed)) of \(Shown.count(all)) (\(replayed * 100 / all)%)")
            } else {
                parts.append("\(Shown.count(replayed)) replayed")
            }
        }
        if let rate = report.rate {
            parts.append("\(Shown.rate(rate))/s")
            if let remaining = report.remaining, remaining > 0, rate > 0 {
                parts.append("\(Shown.seconds(Double(remaining) / rate)) left")
            }
        }
        if !report.state.hasEnded, let error = report.error {
            parts.append("held up: \(Shown.safe(String(error.message.prefix(100))))")
        }
        if let seconds = report.seconds { parts.append("after \(Shown.seconds(seconds))") }
        return parts.joined(separator: "  ")
    }
}
