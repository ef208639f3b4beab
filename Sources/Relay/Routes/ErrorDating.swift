import ErrorCodes
import Foundation

/// Since when something has been wrong, for errors that don't know it themselves.
struct ErrorDating: Sendable {
    private var code: ErrorCode?
    private var since: Date?

    /// The error with the time at which one of its code was first seen, as long as nothing else was in between.
    mutating func dated(_ error: RouteError?, now: Date) -> RouteError? {
        guard var error else {
            code = nil
            since = nil
            return nil
        }
        if error.code != code {
            code = error.code
            since = error.since ?? now
        }
        error.since = error.since ?? since
        return error
    }
}
