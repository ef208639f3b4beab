import Transport

extension ConnectionConfiguration {
    /// Reads where and how to connect from an AMQP URI, as RabbitMQ specifies it:
    /// `amqps://user:password@host:5671/virtual-host?heartbeat=10`.
    ///
    /// | part | default | |
    /// |---|---|---|
    /// | scheme | | `amqp`, or `amqps` for TLS |
    /// | user and password | `guest` | percent-encoded |
    /// | host | `localhost` | IPv6 addresses in brackets |
    /// | port | 5672, 5671 for `amqps` | |
    /// | virtual host | `/` | percent-encoded, so `/` itself is `%2F`; a URI that ends with `/` names the empty one |
    ///
    /// Keys of the query: `heartbeat` in seconds, `connection_timeout` in milliseconds, `channel_max`, `auth_mechanism`
    /// (`plain`, `external`), and with `amqps` `cacertfile`, `certfile`, `keyfile`, `server_name_indication`, and `verify`
    /// with `verify_peer`, which is always so here.
    ///
    /// - Parameter name: shown by the broker as the connection's name.
    /// - Throws: ``AMQPError``: invalidArgument, with what is wrong and without any part of the URI that could be secret;
    ///   notSupported for `verify_none`.
    public init(uri: String, name: String) throws(AMQPError) {
        let reader = try URIReader(uri)
        self.init(
            endpoints: [Endpoint(host: reader.host, port: reader.port, isTLS: reader.isTLS)],
            credentials: .plain(username: reader.username ?? "guest", password: reader.password ?? "guest"),
            virtualHost: reader.virtualHost,
            name: name
        )
        var tls = TLSOptions()
        for (key, value) in reader.query {
            switch key {
            case "heartbeat": heartbeat = .seconds(try URIReader.number(value, of: key, in: 0...65_535))
            case "connection_timeout":
                connectTimeout = .milliseconds(try URIReader.number(value, of: key, in: 1...3_600_000))
            case "channel_max": channelMaximum = UInt16(try URIReader.number(value, of: key, in: 1...65_535))
            case "auth_mechanism":
                switch value.lowercased() {
                case "plain": break
                case "external": credentials = .external
                default: throw URIReader.error("auth_mechanism is neither plain nor external")
                }
            case "cacertfile" where reader.isTLS: tls.certificateAuthorityPath = value
            case "certfile" where reader.isTLS: tls.certificatePath = value
            case "keyfile" where reader.isTLS: tls.keyPath = value
            case "server_name_indication" where reader.isTLS: tls.serverName = value
            case "verify" where reader.isTLS && value == "verify_peer": break
            case "verify" where reader.isTLS:
                throw AMQPError(
                    .notSupported,
                    reason: "the broker's certificate is always verified",
                    attempted: "read an AMQP URI",
                    hint: "name the authority that signed it with cacertfile"
                )
            default:
                throw URIReader.error("the key '\(key)' of the query is unknown\(reader.isTLS ? "" : ", or for amqps")")
            }
        }
        if reader.isTLS { self.tls = tls }
    }
}
