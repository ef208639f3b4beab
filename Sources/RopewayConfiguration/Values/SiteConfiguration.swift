/// One site: how its brokers are reached, and as whom.
public struct SiteConfiguration: Sendable, Equatable {
    /// The site's name, `[a-z0-9-]{1,64}`.
    public let name: String
    /// AMQP 0-9-1 listeners, at least one; tried in random order.
    public let amqp: [BrokerEndpoint]
    /// Stream listeners; empty if the file names none.
    public let stream: [BrokerEndpoint]
    /// Management API listeners, at least one.
    public let management: [ManagementEndpoint]
    /// The virtual host, never empty.
    public let virtualHost: String
    /// How Ropeway authenticates on AMQP and stream connections.
    public let authentication: Authentication
    /// The relaying user. Always present for ``Authentication/plain``; for ``Authentication/external`` it serves the
    /// management API, which knows no certificates, and may be absent if ``admin`` is there.
    public let credentials: Credentials?
    /// The user for what needs more rights than relaying, if the file names one.
    public let admin: Credentials?
    /// What TLS connections to this site use. Without settings the system's certificate authorities are trusted.
    public let tls: TLS

    /// The user for reading from the management API: the relaying user, else the administrator.
    public let managementCredentials: Credentials

    /// The user for what needs more rights than relaying: the administrator, else the relaying user.
    public var adminCredentials: Credentials { self.admin ?? self.managementCredentials }
}

extension SiteConfiguration {
    /// The listeners of other machines that passwords go to unencrypted.
    public var unencryptedPasswordEndpoints: [BrokerEndpoint] {
        // The management API knows no certificates: it always gets a password.
        let asked = (authentication == .plain ? amqp : []) + management.map(\.endpoint)
        return asked.filter { !$0.usesTLS && !APIConfiguration.isLoopback(host: $0.host) }
    }
}

extension SiteConfiguration {
    /// How Ropeway authenticates on AMQP and stream connections.
    public enum Authentication: String, Sendable, Equatable, CaseIterable {
        /// SASL PLAIN with user name and password.
        case plain
        /// SASL EXTERNAL: the broker takes the user from the client certificate.
        case external
    }

    /// A user and where its password is.
    public struct Credentials: Sendable, Equatable {
        /// The user name.
        public let username: String
        /// Where the password is; resolve it again for every connection.
        public let password: SecretSource
    }

    /// What TLS connections to a site use. Paths are as written, those that are relative taken from the folder of
    /// the configuration file.
    public struct TLS: Sendable, Equatable {
        /// PEM file of the certificate authorities to trust instead of the system's.
        public let certificateAuthority: String?
        /// PEM file of the client certificate and its chain; present exactly if ``privateKey`` is.
        public let certificate: String?
        /// PEM file of the client certificate's key.
        public let privateKey: String?
        /// The name to ask for and to verify instead of the endpoint's host.
        public let serverName: String?
        /// The oldest version that is spoken.
        public let minimumVersion: Version

        /// A version of TLS.
        public enum Version: String, Sendable, Equatable, CaseIterable {
            /// TLS 1.2, the oldest that the IETF has not deprecated (RFC 8996).
            case tls12 = "1.2"
            /// TLS 1.3.
            case tls13 = "1.3"
        }

        /// Creates settings; without arguments, the system's authorities are trusted and no certificate is shown.
        public init(
            certificateAuthority: String? = nil,
            certificate: String? = nil,
            privateKey: String? = nil,
            serverName: String? = nil,
            minimumVersion: Version = .tls12
        ) {
            self.certificateAuthority = certificateAuthority
            self.certificate = certificate
            self.privateKey = privateKey
            self.serverName = serverName
            self.minimumVersion = minimumVersion
        }
    }
}
