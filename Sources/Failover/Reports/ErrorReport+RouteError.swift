import ControlModel
import Relay

extension ErrorReport {
    /// What is wrong with a route or a shovel.
    init(_ error: RouteError) {
        self.init(code: error.code, message: error.message, hint: error.hint, since: error.since)
    }
}
