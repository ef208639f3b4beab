import ControlModel
import ErrorCodes
import Foundation
import Leadership

extension OperationState {
    /// What an operation that did not end as asked is left in.
    init(_ kind: ErrorKind) {
        self =
            switch kind {
            case .aborted: .aborted
            case .held: .held
            case .incomplete: .incomplete
            default: .failed
            }
    }
}

extension OperationReport {
    /// An operation that has ended.
    init(_ end: OperationEnd) {
        let error = end.fault.map { OperationError($0) }
        self.init(
            id: end.id,
            kind: end.kind.rawValue,
            site: end.site,
            epoch: end.epoch,
            state: error.map { OperationState($0.kind) } ?? .done,
            replayed: end.replayed?.replayed,
            expired: end.replayed?.expired,
            quarantined: end.replayed?.quarantined,
            failure: error?.kind,
            error: error.map { ErrorReport(code: $0.code, message: $0.message, hint: $0.hint, since: Date()) }
        )
    }
}

extension OperationError {
    /// What the machine says.
    init(_ fault: OperationFault) {
        self.init(fault.kind, code: fault.code, message: fault.message, hint: fault.hint)
    }
}
