import BrokerHarness
import NIOCore
import RabbitStream
import TLSHarness
import Testing
import Transport

@Suite("Logging in at the stream port of a real broker", .timeLimit(.minutes(3)))
struct LoginTests {
    @Test("opens, tells of the broker, and closes in good order")
    func openAndClose() async throws {
        let node = try await StreamNode.shared()
        let connection = try await StreamConnection.connect(node.streamConfiguration())
        #expect(connection.serverVersion?.isEmpty == false)
        #expect(connection.negotiated.frameMaximum == 1 << 20)
        #expect(connection.negotiated.heartbeat == 10)
        await connection.close()
        await connection.close()
        #expect(await connection.waitUntilClosed().code == .closed)
        let error = try await failure { () async throws(StreamError) in try await connection.deleteStream("s") }
        #expect(error.code == .closed)
    }

    @Test("with a wrong password says so, without the password")
    func wrongPassword() async throws {
        let node = try await StreamNode.shared()
        let configuration = node.streamConfiguration { $0.credentials = .plain(username: "guest", password: "s3cret") }
        let error = try await failure { () async throws(StreamError) in
            try await StreamConnection.connect(configuration)
        }
        #expect(error.code == .authenticationFailed)
        #expect(error.description.contains("guest"))
        #expect(!error.description.contains("s3cret"))
    }

    @Test("to a virtual host that is not there says so")
    func missingVirtualHost() async throws {
        let node = try await StreamNode.shared()
        let configuration = node.streamConfiguration(virtualHost: "nowhere")
        let error = try await failure { () async throws(StreamError) in
            try await StreamConnection.connect(configuration)
        }
        #expect(error.code == .virtualHostRefused)
        #expect(error.description.contains("nowhere"))
    }

    @Test("without permissions on a stream is refused what they would allow")
    func permissions() async throws {
        try await StreamBench.with { bench in
            let user = "reader"
            try await bench.node.management("PUT", "/api/users/\(user)", body: #"{"password":"r","tags":""}"#)
            try await bench.node.management(
                "PUT",
                "/api/permissions/\(bench.virtualHost)/\(user)",
                body: #"{"configure":"^$","write":"^$","read":"^$"}"#
            )
            let configuration = bench.node.streamConfiguration(virtualHost: bench.virtualHost) {
                $0.credentials = .plain(username: user, password: "r")
            }
            let connection = try await StreamConnection.connect(configuration)
            let errors = [
                try await failure { () async throws(StreamError) in
                    try await connection.subscribe("s", from: .first, credit: 1)
                },
                try await failure { () async throws(StreamError) in try await connection.declarePublisher(stream: "s")
                },
                try await failure { () async throws(StreamError) in try await connection.createStream("t") },
                try await failure { () async throws(StreamError) in try await connection.deleteStream("s") },
            ]
            #expect(errors.allSatisfy { $0.responseCode == .accessRefused })
            await connection.close()
        }
    }

    @Test("at another port says what is there, or that nothing is")
    func otherPort() async throws {
        let node = try await StreamNode.shared()
        for port in [node.amqpPort, node.managementPort] {
            let configuration = node.streamConfiguration(port: port) { $0.handshakeTimeout = .seconds(3) }
            let error = try await failure { () async throws(StreamError) in
                try await StreamConnection.connect(configuration)
            }
            #expect([.protocolViolation, .connectionLost, .handshakeTimedOut].contains(error.code))
            #expect(error.hint.contains("stream protocol"))
        }
        let nothing = node.streamConfiguration(port: try await freePort(in: PortRange.daemons))
        let error = try await failure { () async throws(StreamError) in try await StreamConnection.connect(nothing) }
        #expect(error.code == .couldNotConnect)
        #expect(error.transport?.code == .refused)
    }

    @Test("over TLS knows the broker by its authority, and the user by a client certificate")
    func tls() async throws {
        let authority = try CertificateAuthority()
        let port = try await freePort(in: PortRange.listeners)
        let tls = try await TLSNode.start(
            "streamtls",
            authority: authority,
            demandsClientCertificate: true,
            more: [
                "stream.listeners.ssl.1 = 127.0.0.1:\(port)", "stream.advertised_tls_port = \(port)",
                "auth_mechanisms.1 = PLAIN", "auth_mechanisms.2 = EXTERNAL", "ssl_cert_login_from = common_name",
            ]
        )
        let virtualHost = try await freshVirtualHost(on: tls.node)
        try await tls.setUser("relay", password: "r", virtualHost: virtualHost)
        var configuration = StreamConnectionConfiguration(
            endpoints: [Endpoint(host: "localhost", port: port, isTLS: true)],
            tls: TLSOptions(
                certificateAuthorityPath: authority.path("authority.pem"),
                certificatePath: authority.path("client.pem"),
                keyPath: authority.path("client.key")
            ),
            credentials: .plain(username: "relay", password: "r"),
            virtualHost: virtualHost,
            name: "tls"
        )
        let connection = try await StreamConnection.connect(configuration)
        try await connection.createStream("s")
        #expect(connection.node?.port == port)
        await connection.close()
        // The user by the certificate
        configuration.credentials = .external
        if tls.node.version < NodeVersion("3.13") ?? .v4 {
            let error = try await failure { () async throws(StreamError) in
                try await StreamConnection.connect(configuration)
            }
            #expect(error.code == .authenticationFailed)
            #expect(error.hint.contains("update the broker"))
        } else {
            let connection = try await StreamConnection.connect(configuration)
            try await connection.deleteStream("s")
            await connection.close()
        }
        // Without a certificate, with one of a stranger, and with an authority that did not sign the broker's
        let good = try #require(configuration.tls)
        for (change, code) in [
            (
                {
                    $0.certificatePath = nil; $0.keyPath = nil
                }, nil
            ),
            (
                {
                    $0.certificatePath = authority.path("strange-client.pem");
                    $0.keyPath = authority.path("strange-client.key")
                }, nil
            ),
            ({ $0.certificateAuthorityPath = authority.path("stranger.pem") }, .tlsVerificationFailed),
        ] as [((inout TLSOptions) -> Void, TransportError.Code?)] {
            var options = good
            change(&options)
            configuration.tls = options
            let error = try await failure { () async throws(StreamError) in
                try await StreamConnection.connect(configuration)
            }
            #expect(error.code == .couldNotConnect)
            if let code { #expect(error.transport?.code == code) }
        }
        try await tls.node.wipe()
    }
}
