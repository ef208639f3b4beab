import BrokerHarness

/// A broker node with TLS listeners for AMQP, streams and management beside those without.
///
/// What it presents and whom it trusts can be changed while it runs: its files are its own copies.
public struct TLSNode: Sendable {
    /// The node; its ports are those without TLS.
    public let node: BrokerNode
    /// The port of AMQP with TLS on 127.0.0.1.
    public let amqpPort: Int
    /// The port of the management API with TLS on 127.0.0.1.
    public let managementPort: Int
    /// The port of the stream protocol with TLS on 127.0.0.1.
    public let streamPort: Int
    /// Where its certificates come from.
    public let authority: CertificateAuthority
    private let name: String

    /// Starts a node that presents `server` and trusts client certificates of `authority`.
    ///
    /// - Parameters:
    ///   - demandsClientCertificate: whether a client without one is refused.
    ///   - versions: in RabbitMQ's words, such as `tlsv1.2`; empty for Erlang's own, 1.2 and 1.3.
    ///   - more: further lines of the configuration.
    public static func start(
        _ name: String,
        authority: CertificateAuthority,
        demandsClientCertificate: Bool,
        versions: [String] = [],
        more: [String] = []
    ) async throws -> TLSNode {
        var ports: [Int] = []
        for _ in 0..<3 { ports.append(try await freePort(in: PortRange.listeners)) }
        try authority.copy("server.pem", to: "\(name)-live.pem")
        try authority.copy("server.key", to: "\(name)-live.key")
        try authority.copy("authority.pem", to: "\(name)-live-ca.pem")
        var lines = [
            "listeners.ssl.1 = 127.0.0.1:\(ports[0])",
            "stream.listeners.ssl.1 = 127.0.0.1:\(ports[2])",
            "management.ssl.ip = 127.0.0.1",
            "management.ssl.port = \(ports[1])",
            "collect_statistics_interval = 1000",
        ]
        for prefix in ["ssl_options", "management.ssl"] {
            lines += [
                "\(prefix).cacertfile = \(authority.path("\(name)-live-ca.pem"))",
                "\(prefix).certfile = \(authority.path("\(name)-live.pem"))",
                "\(prefix).keyfile = \(authority.path("\(name)-live.key"))",
                "\(prefix).verify = verify_peer",
                "\(prefix).fail_if_no_peer_cert = \(demandsClientCertificate)",
            ]
            lines += versions.enumerated().map { "\(prefix).versions.\($0.offset + 1) = \($0.element)" }
        }
        let node = try await BrokerNode.start(name, configuration: lines + more)
        return TLSNode(
            node: node,
            amqpPort: ports[0],
            managementPort: ports[1],
            streamPort: ports[2],
            authority: authority,
            name: name
        )
    }

    /// Has the node present another certificate, and trust clients of another authority, from the next connection on.
    public func use(server: String, clientsOf authority: String = "authority") async throws {
        try self.authority.copy("\(server).pem", to: "\(name)-live.pem")
        try self.authority.copy("\(server).key", to: "\(name)-live.key")
        try self.authority.copy("\(authority).pem", to: "\(name)-live-ca.pem")
        // Erlang would otherwise go by the files as they were up to two minutes ago.
        try await node.control(["eval", "ssl:clear_pem_cache()."])
    }

    /// Makes a user, or gives it another password, with all permissions in a virtual host.
    ///
    /// - Parameter password: `nil` for a user that can't log in with one.
    public func setUser(_ user: String, password: String?, virtualHost: String) async throws {
        let secret = password.map { #""password":"\#($0)""# } ?? #""password_hash":"""#
        let everything = #"{"configure":".*","write":".*","read":".*"}"#
        for (path, body) in [
            ("/api/users/\(user)", #"{\#(secret),"tags":"monitoring,policymaker"}"#),
            ("/api/permissions/\(virtualHost)/\(user)", everything),
        ] {
            let (status, _) = try await node.management("PUT", path, body: body)
            guard (200..<300).contains(status) else { throw HarnessError("PUT \(path): \(status)") }
        }
    }
}
