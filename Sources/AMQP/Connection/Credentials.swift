/// How a client logs in. The description of it shows no secret.
public enum Credentials: Sendable, CustomStringConvertible {
    /// SASL PLAIN with a user name and a password.
    case plain(username: String, password: String)
    /// SASL EXTERNAL: the broker takes the user name from the client's certificate.
    case external

    public var description: String {
        switch self {
        case .plain(let username, _): "user '\(username)'"
        case .external: "the client certificate"
        }
    }

    var mechanism: String {
        switch self {
        case .plain: "PLAIN"
        case .external: "EXTERNAL"
        }
    }

    /// The response of RFC 4616 (PLAIN) or RFC 4422, appendix A (EXTERNAL).
    var response: [UInt8] {
        switch self {
        case .plain(let username, let password): [0] + Array(username.utf8) + [0] + Array(password.utf8)
        case .external: []
        }
    }
}
