import Foundation
import Leadership
import Relay

extension PairEngine {
    /// When the link to the active site was lost: now if it still lives, the last evidence of life if it does not,
    /// unknown if this process has none.
    func linkLoss() async -> PairRecord.Cut {
        guard let relays else { return .unknown }
        var latest: Date?
        for route in relays.routes {
            guard let evidence = await route.snapshot().lastEvidence else { continue }
            latest = max(latest ?? evidence, evidence)
        }
        guard let latest else { return .unknown }
        // Evidence comes each second; what is younger than two intervals does not speak of a lost link.
        return Date().timeIntervalSince(latest) < 2.5 ? .atCommit : .linkLoss(latest)
    }
}
