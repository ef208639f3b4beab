import ErrorCodes
import Management

extension HealthVerdict {
    /// The word of a finding or an error that says so of a site.
    var errorCode: ErrorCode {
        switch self {
        case .healthy: .healthy
        case .degraded: .degraded
        case .unreachable: .unreachable
        case .unauthorized: .unauthorized
        }
    }
}
