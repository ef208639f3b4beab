import TLSDiagnosis

extension SiteConfiguration {
    private static let keys = [
        "amqp", "stream", "management", "metrics", "vhost", "auth", "username", "password", "tls", "admin",
    ]

    /// Reads one site.
    static func read(_ cursor: Cursor, name: String) -> SiteConfiguration? {
        guard let fields = cursor.fields(Self.keys, expected: "a mapping that describes a site") else { return nil }
        let amqp = fields.required("amqp", hint: "such as amqp: [amqp://127.0.0.1:5672]")?.brokerEndpoints(.amqp)
        let stream = fields["stream"].map { $0.brokerEndpoints(.stream) } ?? []
        let management = fields.required("management", hint: "such as management: [http://127.0.0.1:15672]")?
            .managementEndpoints()
        let metrics = fields["metrics"].map { $0.metricsEndpoints() } ?? []
        let virtualHost = fields["vhost"].map { $0.string(expected: "the name of a virtual host", longest: 255) } ?? "/"
        let authentication = fields["auth"].map { $0.choice(Authentication.self) } ?? .plain
        let tls = TLSOptions.read(fields["tls"])
        let admin = fields["admin"].map { Credentials.readAdmin($0) } ?? .some(nil)
        let credentials = Self.readCredentials(fields, authentication: authentication)

        guard let authentication else { return nil }
        if authentication == .external {
            Self.checkExternal(fields, amqp: amqp, stream: stream, tls: tls)
        }
        if let tlsCursor = fields["tls"], let amqp, let stream, let management, let metrics {
            let usesTLS = (amqp + stream + (management + metrics).map(\.endpoint)).contains(where: \.usesTLS)
            if !usesTLS {
                tlsCursor.warning(
                    "no address of this site uses TLS",
                    hint: "write amqps://, rabbitmq-stream+tls:// or https://"
                )
            }
        }
        guard let amqp, let stream, let management, let metrics, let virtualHost, let tls, let admin, let credentials,
            let managementCredentials = credentials ?? admin
        else { return nil }
        return SiteConfiguration(
            name: name,
            amqp: amqp,
            stream: stream,
            management: management,
            metrics: metrics,
            virtualHost: virtualHost,
            authentication: authentication,
            credentials: credentials,
            admin: admin,
            tls: tls,
            managementCredentials: managementCredentials
        )
    }

    /// The relaying user: `.some(nil)` if there is none and need not be, `nil` after something wrong was reported.
    private static func readCredentials(_ fields: Fields, authentication: Authentication?) -> Credentials?? {
        let isExternal = authentication == .external
        if isExternal && fields["username"] == nil && fields["password"] == nil {
            if fields["admin"] == nil {
                fields.missing(
                    "username",
                    hint: "the management API knows no client certificates: give username and password, or admin"
                )
                return nil
            }
            return .some(nil)
        }
        guard let credentials = Credentials.read(fields) else { return nil }
        return credentials
    }

    private static func checkExternal(
        _ fields: Fields,
        amqp: [BrokerEndpoint]?,
        stream: [BrokerEndpoint]?,
        tls: TLSOptions?
    ) {
        guard let cursor = fields["auth"] else { return }
        if let tls, tls.certificatePath == nil {
            cursor.error("external needs a client certificate", hint: "give tls: {certificate: PATH, key: PATH}")
        }
        let brokers = (amqp ?? []) + (stream ?? [])
        if !brokers.allSatisfy(\.usesTLS) {
            cursor.error("external needs TLS on every address", hint: "write amqps:// and rabbitmq-stream+tls://")
        }
    }
}

extension SiteConfiguration.Credentials {
    /// Reads `username` and `password` among other keys.
    fileprivate static func read(_ fields: Fields) -> Self? {
        let username = fields.required("username", hint: "name the user that Ropeway connects as")?
            .string(expected: "a user name", longest: 255)
        let password = fields.required("password", hint: "such as password: {env: DC1_PASSWORD}")?
            .secretSource("password")
        guard let username, let password else { return nil }
        return Self(username: username, password: password)
    }

    /// Reads `admin`: `nil` after something wrong was reported.
    fileprivate static func readAdmin(_ cursor: Cursor) -> Self?? {
        guard let fields = cursor.fields(["username", "password"], expected: "username and password"),
            let credentials = Self.read(fields)
        else { return nil }
        return credentials
    }
}
