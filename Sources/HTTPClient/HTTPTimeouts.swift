/// How long a request may take.
package struct HTTPTimeouts: Sendable, Hashable {
    /// The time for name resolution, TCP and TLS handshakes.
    package var connect: Duration
    /// The time for everything, retries included.
    package var total: Duration

    /// Creates time-outs; both are rounded up to a whole millisecond, and at least one.
    package init(connect: Duration = .seconds(3), total: Duration = .seconds(10)) {
        self.connect = connect
        self.total = total
    }
}

extension Duration {
    /// The duration in milliseconds, rounded up, at least 1: libcurl takes 0 for "no limit".
    var millisecondsAtLeastOne: Int {
        let (seconds, attoseconds) = components
        guard seconds < 1_000_000_000 else { return 1_000_000_000_000 }
        let milliseconds = seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return max(1, Int(milliseconds))
    }
}
