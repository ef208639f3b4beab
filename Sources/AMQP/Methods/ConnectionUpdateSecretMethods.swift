/// `connection.update-secret`. The client hands over a new secret before the old one expires. A description leaves the
/// secret out.
struct ConnectionUpdateSecret: MethodArguments {
    /// The new secret, such as an OAuth 2 token.
    var newSecret: [UInt8] = []
    /// Why, in words for the server's log.
    var reason = ""

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.longString(&newSecret)
        try coder.shortString(&reason)
    }
}

extension ConnectionUpdateSecret: CustomStringConvertible, CustomReflectable {
    /// The arguments without the secret.
    var description: String {
        "ConnectionUpdateSecret(newSecret: hidden, reason: \(reason))"
    }

    /// The arguments without the secret, for `dump` and the like.
    var customMirror: Mirror {
        Mirror(self, children: ["reason": reason])
    }
}

/// `connection.update-secret-ok`. The server has taken the new secret.
struct ConnectionUpdateSecretOK: MethodArguments {}
