import Management

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Lets a verdict change only once several polls in a row agree that it is worse, or better.
package struct HealthHysteresis: Sendable {
    /// How many polls in a row it takes for a worse verdict, at least 1.
    package let worse: Int
    /// How many polls in a row it takes for a better verdict, at least 1.
    package let better: Int
    /// The verdict; `nil` before the first poll.
    package private(set) var verdict: HealthVerdict?
    /// Since when the verdict holds: the first of the polls that brought it about.
    package private(set) var since: Date?

    private var streak: [(verdict: HealthVerdict, date: Date)] = []

    /// Starts without a verdict.
    package init(worse: Int = 2, better: Int = 2) {
        self.worse = max(1, worse)
        self.better = max(1, better)
    }

    /// Takes a poll's verdict. The first counts at once.
    ///
    /// Polls agree in direction, not in the word: after degraded and unreachable, the site is degraded at least, so
    /// that one that wavers between two bad states does not stay healthy. The mildest of the polls becomes the verdict.
    ///
    /// - Returns: whether the verdict changed.
    @discardableResult
    package mutating func take(_ poll: HealthVerdict, at date: Date) -> Bool {
        guard let verdict else {
            self.verdict = poll
            since = date
            return true
        }
        guard poll != verdict else {
            streak.removeAll()
            return false
        }
        let isWorse = poll.severity > verdict.severity
        if isWorse, poll == .unauthorized {
            // A refusal is the broker's own word, as of a virtual host that is gone: no second poll says it better.
            self.verdict = poll
            since = date
            streak.removeAll()
            return true
        }
        if let last = streak.last, (last.verdict.severity > verdict.severity) != isWorse { streak.removeAll() }
        streak.append((poll, date))
        guard streak.count >= (isWorse ? worse : better) else { return false }
        // The mildest of worse ones, the gravest of better ones: the one that is nearest to what was.
        let next =
            isWorse
            ? streak.min { $0.verdict.severity < $1.verdict.severity }
            : streak.max { $0.verdict.severity < $1.verdict.severity }
        since = streak.first?.date
        self.verdict = next?.verdict ?? poll
        streak.removeAll()
        return true
    }
}

extension HealthVerdict {
    /// How grave a verdict is, from 0 for healthy.
    var severity: Int {
        switch self {
        case .healthy: 0
        case .degraded: 1
        case .unauthorized: 2
        case .unreachable: 3
        }
    }
}
