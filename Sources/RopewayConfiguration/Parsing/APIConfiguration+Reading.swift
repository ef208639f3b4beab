extension APIConfiguration {
    private static let usual = Listener(host: "127.0.0.1", port: 8_470)

    /// Reads `api`; without it the API listens on loopback only.
    static func read(_ cursor: Cursor?) -> APIConfiguration? {
        guard let cursor else { return APIConfiguration(listen: Self.usual, socket: nil, token: nil) }
        guard
            let fields = cursor.fields(
                ["listen", "socket", "token", "insecure"],
                expected: "a mapping with listen, socket, token and insecure"
            )
        else { return nil }
        let token = fields["token"].flatMap { $0.secretSource("token") }
        let socket = fields["socket"].flatMap(Self.socket)
        let isInsecure = fields["insecure"].flatMap { $0.boolean() } ?? false
        var listener: Listener? = Self.usual
        if let listen = fields["listen"] {
            let hint = "HOST:PORT, such as \(Self.usual.host):\(Self.usual.port), or none"
            guard let text = listen.string(expected: hint) else { return nil }
            if text == "none" {
                listener = nil
            } else {
                guard let endpoint = listen.hostAndPort(text[...], defaultPort: nil, usesTLS: false, hint: hint) else {
                    return nil
                }
                listener = Listener(host: endpoint.host, port: endpoint.port)
                if !Self.isLoopback(host: endpoint.host) {
                    Self.judge(listen, text, hasToken: fields["token"] != nil, isInsecure: isInsecure)
                }
            }
        }
        return APIConfiguration(listen: listener, socket: socket, token: token)
    }

    /// What must be said of a listener that other machines can reach.
    private static func judge(_ listen: Cursor, _ text: String, hasToken: Bool, isInsecure: Bool) {
        if !hasToken {
            listen.error(
                "\(Shown.value(text)) can be reached from other machines, and there is no token",
                hint: "give api.token, such as token: {file: PATH}, or listen on 127.0.0.1"
            )
        }
        if !isInsecure {
            listen.error(
                "\(Shown.value(text)) can be reached from other machines, and the API has no TLS of its own",
                hint: "listen on 127.0.0.1 behind a proxy that speaks TLS, or write insecure: true beside it"
            )
        }
    }

    private static func socket(_ cursor: Cursor) -> String? {
        let expected = "an absolute path in a directory of the daemon's user, such as /run/ropeway/orders.sock"
        guard let path = cursor.string(expected: expected, longest: Self.longestSocketPath) else { return nil }
        guard path.hasPrefix("/"), !path.hasSuffix("/") else {
            cursor.error("\(Shown.value(path)) is not an absolute path", hint: "write \(expected)")
            return nil
        }
        return path
    }
}
