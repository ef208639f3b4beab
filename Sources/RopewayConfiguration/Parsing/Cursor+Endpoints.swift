import Notation

extension Cursor {
    /// What the addresses of one protocol look like.
    struct AddressScheme {
        /// The word before `://` without TLS.
        let plain: String
        /// The word before `://` with TLS.
        let secure: String
        /// The port without TLS.
        let plainPort: Int
        /// The port with TLS.
        let securePort: Int
        /// What comes behind the prefix of a path, and is not written; `nil` for addresses without a path.
        var suffix: String?

        /// Ports as registered for AMQP.
        static let amqp = AddressScheme(plain: "amqp", secure: "amqps", plainPort: 5_672, securePort: 5_671)
        /// Ports of RabbitMQ's stream plugin.
        static let stream = AddressScheme(
            plain: "rabbitmq-stream",
            secure: "rabbitmq-stream+tls",
            plainPort: 5_552,
            securePort: 5_551
        )
        /// Ports of RabbitMQ's management plugin.
        static let management = AddressScheme(
            plain: "http",
            secure: "https",
            plainPort: 15_672,
            securePort: 15_671,
            suffix: "/api"
        )
        /// Ports of RabbitMQ's Prometheus plugin.
        static let metrics = AddressScheme(
            plain: "http",
            secure: "https",
            plainPort: 15_692,
            securePort: 15_691,
            suffix: "/metrics"
        )

        /// A right address, for hints.
        var example: String { "\(self.plain)://broker-1.example:\(self.plainPort)" }
    }

    /// A list of at least one address, each of them once.
    func brokerEndpoints(_ scheme: AddressScheme) -> [BrokerEndpoint]? {
        self.addresses(scheme) { cursor in cursor.address(scheme)?.endpoint }
    }

    /// A list of at least one URL, each of them once.
    func managementEndpoints() -> [ManagementEndpoint]? {
        self.addresses(.management) { cursor in cursor.address(.management) }
    }

    /// A list of at least one URL, each of them once.
    func metricsEndpoints() -> [ManagementEndpoint]? {
        self.addresses(.metrics) { cursor in cursor.address(.metrics) }
    }

    private func addresses<Endpoint: Hashable>(
        _ scheme: AddressScheme,
        read: (Cursor) -> Endpoint?
    ) -> [Endpoint]? {
        guard let elements = self.list(expected: "a list such as [\(scheme.example)]") else { return nil }
        if elements.isEmpty {
            self.error("is an empty list", hint: "name at least one address, such as \(scheme.example)")
            return nil
        }
        var seen: Set<Endpoint> = []
        var endpoints: [Endpoint] = []
        for element in elements {
            guard let endpoint = read(element) else { continue }
            if seen.insert(endpoint).inserted {
                endpoints.append(endpoint)
            } else {
                element.error("is the same address as one before", hint: "name each address once")
            }
        }
        return endpoints.count == elements.count ? endpoints : nil
    }

    /// Reads one address. No message repeats any part of it, since a password may stand anywhere in it.
    private func address(_ scheme: AddressScheme) -> ManagementEndpoint? {
        let hint = "such as \(scheme.example)"
        guard let text = self.string(expected: "an address \(hint)") else { return nil }
        guard text.unicodeScalars.allSatisfy({ $0.isASCII && $0.value > 0x20 && $0.value != 0x7F }) else {
            self.error("has a space, or a character outside ASCII", hint: hint)
            return nil
        }
        let usesTLS: Bool
        var rest: Substring
        if let tail = Self.tail(of: text, afterScheme: scheme.plain) {
            (usesTLS, rest) = (false, tail)
        } else if let tail = Self.tail(of: text, afterScheme: scheme.secure) {
            (usesTLS, rest) = (true, tail)
        } else {
            self.error("starts with neither \(scheme.plain):// nor \(scheme.secure)://", hint: hint)
            return nil
        }
        // Before anything else is taken apart: an unescaped password may hold slashes, marks and colons.
        if rest.contains("@") {
            self.error(
                "holds credentials",
                hint: "write the address without them, and use username and password: {env: NAME} or {file: PATH}"
            )
            return nil
        }
        if rest.contains("?") || rest.contains("#") {
            self.error("has parameters", hint: "\(hint), without ? and #; TLS settings go into tls")
            return nil
        }
        var path = ""
        if let slash = rest.firstIndex(of: "/") {
            path = String(rest[slash...])
            rest = rest[..<slash]
        }
        if scheme.suffix == nil && !path.isEmpty {
            self.error("has a path", hint: "\(hint), without a slash at its end; the virtual host goes into vhost")
            return nil
        }
        while path.hasSuffix("/") { path.removeLast() }
        if let suffix = scheme.suffix, path.hasSuffix(suffix) {
            self.error("ends in \(suffix)", hint: "write what comes before \(suffix)")
            return nil
        }
        let defaultPort = usesTLS ? scheme.securePort : scheme.plainPort
        guard let endpoint = self.hostAndPort(rest, defaultPort: defaultPort, usesTLS: usesTLS, hint: hint) else {
            return nil
        }
        return ManagementEndpoint(endpoint: endpoint, pathPrefix: path)
    }

    /// Reads `host`, `host:port`, `[address]` or `[address]:port`.
    ///
    /// - Parameter defaultPort: the port if there is none; `nil` if there must be one.
    func hostAndPort(_ text: Substring, defaultPort: Int?, usesTLS: Bool, hint: String) -> BrokerEndpoint? {
        let authority: Authority
        do {
            authority = try Authority(text)
        } catch .openBracket {
            self.error("has a bracket that is not closed", hint: "such as [::1]:\(defaultPort ?? 8_470)")
            return nil
        } catch .manyColons {
            self.error("has more than one colon", hint: "put an IPv6 address in brackets, such as [::1]")
            return nil
        } catch {
            self.error("has no port from 1 to 65535", hint: hint)
            return nil
        }
        if authority.isBracketed, !Self.isIPv6(Substring(authority.host)) {
            self.error("has no IPv6 address in its brackets", hint: "such as [::1]:\(defaultPort ?? 8_470)")
            return nil
        }
        guard authority.isBracketed || Self.isHost(authority.host) else {
            self.error("has no host name or address", hint: hint)
            return nil
        }
        guard let port = authority.port ?? defaultPort else {
            self.error("has no port from 1 to 65535", hint: hint)
            return nil
        }
        return BrokerEndpoint(host: authority.host, port: port, usesTLS: usesTLS)
    }

    /// Whether a text is made like a host name or an IPv4 address.
    static func isHost(_ text: some StringProtocol) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                        || scalar == "." || scalar == "-" || scalar == "_")
            }
            && text.first != "." && text.first != "-"
    }

    private static func isIPv6(_ text: Substring) -> Bool {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first, address.contains(":"), parts.count == 1 || Self.isHost(parts[1]) else {
            return false
        }
        return address.unicodeScalars.allSatisfy { $0.properties.isASCIIHexDigit || $0 == ":" || $0 == "." }
    }

    private static func tail(of text: String, afterScheme scheme: String) -> Substring? {
        text.hasPrefix(scheme + "://") ? text.dropFirst(scheme.utf8.count + 3) : nil
    }
}
