import HTTPClient
import Synchronization

/// The credentials of a management API, which are had again once the broker no longer accepts them.
final class CredentialStore: Sendable {
    private let current: Mutex<HTTPCredentials?>
    private let renew: ManagementAPI.CredentialSource?

    init(_ credentials: HTTPCredentials?, renew: ManagementAPI.CredentialSource?) {
        current = Mutex(credentials)
        self.renew = renew
    }

    /// What to send.
    var credentials: HTTPCredentials? { current.withLock { $0 } }

    /// Others than those that were refused, or `nil` where there are none.
    ///
    /// - Throws: what the source threw.
    func replacement(for refused: HTTPCredentials?) throws -> HTTPCredentials? {
        // Another request may have been refused before, and have had them again already.
        if let known = credentials, known != refused { return known }
        guard let renewed = try renew?(), renewed != refused else { return nil }
        current.withLock { $0 = renewed }
        return renewed
    }
}
