import ControlModel
import Leadership

extension PairRecord {
    /// The promotion that made the active site so, if it could not replay everything.
    var incomplete: Entry? {
        guard operation == nil else { return nil }
        let last = history.last { $0.site == active && $0.epoch == epoch }
        return last.flatMap { $0.result == OperationState.incomplete.rawValue ? $0 : nil }
    }
}
