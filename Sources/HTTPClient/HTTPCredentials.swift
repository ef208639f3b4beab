/// A user name and a password for HTTP basic authentication.
///
/// No description of it, and of nothing that contains it, shows the password.
public struct HTTPCredentials: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The user name.
    public var username: String
    /// The password. Never printed.
    public var password: String

    /// Creates credentials.
    public init(username: String, password: String) {
        self.username = username
        self.password = password
    }

    /// The user name, with the password hidden.
    public var description: String { "\(username):***" }

    /// The user name, with the password hidden.
    public var debugDescription: String { description }

    /// Hides the password from `dump`.
    public var customMirror: Mirror { Mirror(self, children: ["username": username]) }
}
