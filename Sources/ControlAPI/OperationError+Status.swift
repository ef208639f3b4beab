import ControlModel
import ErrorCodes
import Hummingbird

extension OperationError {
    /// The HTTP status that fits, so that a client that only looks at it acts right.
    var status: HTTPResponse.Status {
        switch self.code {
        case .unknownName, .unknownEntry: return .notFound
        case .bodyTooLarge: return .contentTooLarge
        default: break
        }
        return switch self.kind {
        case .usage: .badRequest
        case .preconditionFailed: .preconditionFailed
        case .mismatch, .locked, .held, .aborted: .conflict
        case .unknown: .serviceUnavailable
        case .failed, .incomplete: .internalServerError
        }
    }
}
