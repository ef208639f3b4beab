extension APIConfiguration {
    private static let defaultHost = "127.0.0.1"
    private static let defaultPort = 8_470

    /// Reads `api`; without it the API listens on loopback only.
    static func read(_ cursor: Cursor?) -> APIConfiguration? {
        guard let cursor else {
            return APIConfiguration(host: Self.defaultHost, port: Self.defaultPort, token: nil)
        }
        guard let fields = cursor.fields(["listen", "token"], expected: "a mapping with listen and token") else {
            return nil
        }
        let token = fields["token"].flatMap { $0.secretSource("token") }
        var host = Self.defaultHost
        var port = Self.defaultPort
        if let listen = fields["listen"] {
            let hint = "HOST:PORT, such as \(Self.defaultHost):\(Self.defaultPort)"
            guard let text = listen.string(expected: hint),
                let endpoint = listen.hostAndPort(text[...], defaultPort: nil, usesTLS: false, hint: hint)
            else { return nil }
            (host, port) = (endpoint.host, endpoint.port)
            if fields["token"] == nil && !Self.isLoopback(host: host) {
                listen.error(
                    "\(Shown.value(text)) can be reached from other machines, and there is no token",
                    hint: "give api.token, such as token: {file: PATH}, or listen on 127.0.0.1"
                )
            }
        }
        return APIConfiguration(host: host, port: port, token: token)
    }
}
