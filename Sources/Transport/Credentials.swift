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

    /// The name of the SASL mechanism.
    package var mechanism: String {
        switch self {
        case .plain: "PLAIN"
        case .external: "EXTERNAL"
        }
    }

    /// What to do where the broker refuses the login.
    package var refusedHint: String {
        switch self {
        case .plain(let username, _):
            "check that the user '\(username)' exists, its password, and that it may log in from this host"
        case .external:
            "create the user that the broker takes from the client certificate: its distinguished name, or its common "
                + "name where the broker has ssl_cert_login_from = common_name"
        }
    }

    /// What to do where the broker does not offer the mechanism.
    package var missingMechanismHint: String {
        switch self {
        case .plain: "add PLAIN to the broker's auth_mechanisms"
        case .external:
            "on the broker, enable the plugin rabbitmq_auth_mechanism_ssl, add EXTERNAL to auth_mechanisms, and set "
                + "ssl_options.verify = verify_peer; here, show a client certificate (tls.certificate)"
        }
    }

    /// The response of RFC 4616 (PLAIN) or RFC 4422, appendix A (EXTERNAL).
    package var response: [UInt8] {
        switch self {
        case .plain(let username, let password): [0] + Array(username.utf8) + [0] + Array(password.utf8)
        case .external: []
        }
    }
}
