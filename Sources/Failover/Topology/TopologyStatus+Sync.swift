import ControlModel
import ErrorCodes
import Topology

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension TopologyStatus {
    /// The most conflicts that are named.
    static let mostConflicts = 20

    /// Takes in what a comparison found and what came of it.
    mutating func note(_ comparison: TopologyComparison, _ outcome: TopologyOutcome, at date: Date) {
        lastSync = date
        let done = outcome.done.count
        if done > 0 { lastChange = date }
        applied += done
        onlyThere = comparison.differences(.onlyThere).count
        let lasting = comparison.differences.filter { $0.kind == .conflict || $0.kind == .notPossible }
        differences = lasting.count + outcome.undone.count
        let reasons = lasting.map { difference in
            let parts = difference.properties.map(\.description) + [difference.reason].compactMap { $0 }
            return "\(difference.object): \(parts.joined(separator: "; "))"
        }
        let refused = outcome.undone.compactMap { result -> String? in
            switch result.end {
            case .refused(let reason, _), .unknown(let reason): "\(result.step.object.identity): \(reason)"
            case .done, .notTried: nil
            }
        }
        conflicts = Array((reasons + refused).prefix(Self.mostConflicts))
        error = outcome.stop.map {
            ErrorReport(code: .topologyStopped, message: $0.reason, hint: $0.hint, since: date)
        }
    }

    /// Takes in why nothing could be compared. What was known before is known no more.
    mutating func note(_ failure: OperationError, at date: Date) {
        let since = error?.knownCode == failure.code ? error?.since : nil
        error = ErrorReport(code: failure.code, message: failure.message, hint: failure.hint, since: since ?? date)
        differences = nil
        onlyThere = nil
        conflicts = []
    }
}
