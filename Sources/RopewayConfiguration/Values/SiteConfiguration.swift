import TLSDiagnosis

/// One site: how its brokers are reached, and as whom.
package struct SiteConfiguration: Sendable, Equatable {
    /// The site's name, `[a-z0-9-]{1,64}`.
    package let name: String
    /// AMQP 0-9-1 listeners, at least one; tried in random order.
    package let amqp: [BrokerEndpoint]
    /// Stream listeners; empty if the file names none.
    package let stream: [BrokerEndpoint]
    /// Management API listeners, at least one.
    package let management: [ManagementEndpoint]
    /// Prometheus listeners, one of each node; empty if the file names none. They ask for no password.
    package let metrics: [ManagementEndpoint]
    /// The virtual host, never empty.
    package let virtualHost: String
    /// How Ropeway authenticates on AMQP and stream connections.
    package let authentication: Authentication
    /// The relaying user. Always present for ``Authentication/plain``; for ``Authentication/external`` it serves the
    /// management API, which knows no certificates, and may be absent if ``admin`` is there.
    package let credentials: Credentials?
    /// The user for what needs more rights than relaying, if the file names one.
    package let admin: Credentials?
    /// What TLS connections to this site use. Paths are as written, those that are relative taken from the folder of
    /// the configuration file.
    package let tls: TLSOptions

    /// The user for reading from the management API: the relaying user, else the administrator.
    package let managementCredentials: Credentials
}

extension SiteConfiguration {
    /// The listeners of other machines that passwords go to unencrypted.
    package var unencryptedPasswordEndpoints: [BrokerEndpoint] {
        // The management API knows no certificates: it always gets a password.
        let asked = (authentication == .plain ? amqp : []) + management.map(\.endpoint)
        return asked.filter { !$0.usesTLS && !APIConfiguration.isLoopback(host: $0.host) }
    }
}

extension SiteConfiguration {
    /// How Ropeway authenticates on AMQP and stream connections.
    package enum Authentication: String, Sendable, Equatable, CaseIterable {
        /// SASL PLAIN with user name and password.
        case plain
        /// SASL EXTERNAL: the broker takes the user from the client certificate.
        case external
    }

    /// A user and where its password is.
    package struct Credentials: Sendable, Equatable {
        /// The user name.
        package let username: String
        /// Where the password is; resolve it again for every connection.
        package let password: SecretSource
    }
}
