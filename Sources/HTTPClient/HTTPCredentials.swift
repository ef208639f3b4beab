/// A user name and a password for HTTP basic authentication.
///
/// No description of it, and of nothing that contains it, shows the password.
package struct HTTPCredentials: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The user name.
    package var username: String
    /// The password. Never printed.
    package var password: String

    /// Creates credentials.
    package init(username: String, password: String) {
        self.username = username
        self.password = password
    }

    /// The user name, with the password hidden.
    package var description: String { "\(username):***" }

    /// The user name, with the password hidden.
    package var debugDescription: String { description }

    /// Hides the password from `dump`.
    package var customMirror: Mirror { Mirror(self, children: ["username": username]) }
}
