import ControlModel
import Hummingbird

extension OperationError {
    /// The code of an error that says that no route or shovel has the name that was given.
    static let unknownName = "unknown-name"

    /// The code of an error that says that no entry of the schedule has the id that was given.
    static let unknownEntry = "unknown-entry"

    /// The HTTP status that fits, so that a client that only looks at it acts right.
    var status: HTTPResponse.Status {
        if self.code == Self.unknownName || self.code == Self.unknownEntry { return .notFound }
        return switch self.exit {
        case .usage: .badRequest
        case .preconditionFailed: .preconditionFailed
        case .mismatch, .locked, .held, .aborted: .conflict
        case .unknown: .serviceUnavailable
        case .failed, .incomplete, .done: .internalServerError
        }
    }
}
