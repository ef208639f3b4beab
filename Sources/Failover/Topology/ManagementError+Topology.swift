import ControlModel
import ErrorCodes
import Management
import Topology

extension OperationError {
    /// Why the definitions of a site could not be read.
    init(_ error: ManagementError, reading site: String, includesUsers: Bool) {
        let what = "the topology of site '\(site)' can't be read: \(error); nothing was changed"
        switch error.kind {
        case .forbidden where includesUsers:
            self.init(
                .preconditionFailed,
                code: .forbidden,
                message: what,
                hint: "give the site's admin user the tag administrator, which users need, or leave users out"
            )
        case .unauthorized, .forbidden:
            self.init(.preconditionFailed, code: .forbidden, message: what, hint: error.hint)
        case .notFound:
            self.init(
                .preconditionFailed,
                code: .virtualHostMissing,
                message: what,
                hint: "create the virtual host, and give the site's users permissions in it"
            )
        default:
            self.init(.unknown, code: .siteSilent, message: what, hint: error.hint)
        }
    }

    /// Why a file of definitions can't be used.
    init(_ error: DefinitionsFileError) {
        self.init(
            .usage,
            code: .definitionsUnreadable,
            message: "\(error.description); nothing was changed",
            hint: error.hint
        )
    }
}
