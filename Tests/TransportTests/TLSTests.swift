import NIOCore
import NIOPosix
import NIOSSL
import TLSDiagnosis
import Testing
import Transport

@Suite("TLS", .timeLimit(.minutes(2)))
final class TLSTests {
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    private let certificates: Certificates

    init() throws {
        self.certificates = try Certificates()
    }

    deinit {
        self.certificates.remove()
    }

    private var trusting: TLSOptions {
        TLSOptions(certificateAuthorityPath: self.certificates.path("authority.pem"))
    }

    private func failure(_ endpoint: Endpoint, _ options: TLSOptions?) async -> TransportError? {
        do throws(TransportError) {
            let connection = try await Connector(endpoints: [endpoint], tls: options)
                .connect(on: self.eventLoop) { _, _ in }
            try? await connection.channel.close()
            return nil
        } catch {
            return error
        }
    }

    /// Sends a line through the connection and returns what comes back.
    private func roundTrip(_ connector: Connector) async throws -> String {
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        let channel = try await connector.connect(on: self.eventLoop) { channel, _ in
            try channel.pipeline.syncOperations.addHandler(Collector(continuation: continuation))
        }.channel
        try await channel.writeAndFlush(ByteBuffer(string: "hello"))
        var iterator = lines.makeAsyncIterator()
        let answer = await iterator.next() ?? ""
        let names = try await channel.eventLoop.submit {
            (try? channel.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)) != nil
        }.get()
        #expect(names)
        try? await channel.close()
        return answer
    }

    @Test("given a certificate for the host, when connecting by name, then bytes go through")
    func byName() async throws {
        let listener = try await Listener.startTLS(self.certificates, "localhost")
        let connector = Connector(endpoints: [listener.endpoint(host: "localhost", isTLS: true)], tls: self.trusting)
        #expect(try await self.roundTrip(connector) == "hello")
        try await listener.stop()
    }

    @Test("given a certificate for an address, when connecting by address, then bytes go through")
    func byAddress() async throws {
        let listener = try await Listener.startTLS(self.certificates, "address")
        let connector = Connector(endpoints: [listener.endpoint(isTLS: true)], tls: self.trusting)
        #expect(try await self.roundTrip(connector) == "hello")
        try await listener.stop()
    }

    @Test("given a server name, when connecting by address, then the certificate has to carry that name")
    func byServerName() async throws {
        let listener = try await Listener.startTLS(self.certificates, "elsewhere")
        var options = self.trusting
        options.serverName = "elsewhere.example"
        let connector = Connector(endpoints: [listener.endpoint(isTLS: true)], tls: options)
        #expect(try await self.roundTrip(connector) == "hello")
        try await listener.stop()
    }

    @Test(
        "given a certificate that is not acceptable, when connecting, then the error tells why",
        arguments: [
            ("expired", TLSFault.certificateExpired),
            ("future", .certificateNotYetValid),
            ("elsewhere", .wrongName(expected: "localhost")),
        ]
    )
    func unacceptable(name: String, expected: TLSFault) async throws {
        for version in [TLSVersion.tlsv12, .tlsv13] {
            let listener = try await Listener.startTLS(self.certificates, name, maximumVersion: version)
            let endpoint = listener.endpoint(host: "localhost", isTLS: true)
            let error = try #require(await self.failure(endpoint, self.trusting))
            #expect(error.code == .tlsVerificationFailed, "\(error)")
            #expect(error.tlsFault == expected, "\(error)")
            #expect(error.endpoint == endpoint)
            try await listener.stop()
        }
    }

    @Test("given another authority, or only the system's, when connecting, then the authority is unknown")
    func unknownAuthority() async throws {
        let listener = try await Listener.startTLS(self.certificates, "localhost")
        let endpoint = listener.endpoint(host: "localhost", isTLS: true)
        let stranger = TLSOptions(certificateAuthorityPath: self.certificates.path("stranger.pem"))
        for options in [stranger, nil] {
            let error = try #require(await self.failure(endpoint, options))
            #expect(error.code == .tlsVerificationFailed, "\(error)")
            #expect(error.tlsFault == .unknownAuthority, "\(error)")
        }
        try await listener.stop()
    }

    @Test("given a broker that wants a client certificate, when one is presented, then bytes go through")
    func clientCertificate() async throws {
        let listener = try await Listener.startTLS(self.certificates, "localhost", clientAuthority: "authority")
        var options = self.trusting
        options.certificatePath = self.certificates.path("client.pem")
        options.keyPath = self.certificates.path("client.key")
        let endpoint = listener.endpoint(host: "localhost", isTLS: true)
        #expect(try await self.roundTrip(Connector(endpoints: [endpoint], tls: options)) == "hello")
        try await listener.stop()
    }

    @Test("given a TLS 1.2 broker that wants a client certificate, when none is presented, then the error says so")
    func noClientCertificate() async throws {
        let listener = try await Listener.startTLS(
            self.certificates,
            "localhost",
            clientAuthority: "authority",
            maximumVersion: .tlsv12
        )
        let error = try #require(
            await self.failure(listener.endpoint(host: "localhost", isTLS: true), self.trusting)
        )
        #expect(error.code == .tlsFailed, "\(error)")
        #expect(error.tlsFault == .refused, "\(error)")
        #expect(error.hint.contains("client certificate"), "\(error)")
        try await listener.stop()
    }

    @Test("given a port without TLS, when connecting with it, then the error says what answered")
    func plainPort() async throws {
        let listener = try await Listener.start { try $0.pipeline.syncOperations.addHandler(Greeter()) }
        let error = try #require(await self.failure(listener.endpoint(isTLS: true), self.trusting))
        #expect(error.code == .tlsFailed)
        #expect(error.tlsFault == .notTLS, "\(error)")
        try await listener.stop()
    }

    @Test("given a broker that speaks TLS 1.1 at most, when connecting, then the versions do not meet")
    func oldVersion() async throws {
        let listener = try await Listener.startTLS(self.certificates, "localhost", maximumVersion: .tlsv11)
        let error = try #require(
            await self.failure(listener.endpoint(host: "localhost", isTLS: true), self.trusting)
        )
        #expect(error.code == .tlsFailed)
        #expect(error.tlsFault == .noCommonVersion, "\(error)")
        try await listener.stop()
    }

    @Test("given files that are missing, wrong, locked or incomplete, when connecting, then the error names them")
    func files() async throws {
        let endpoint = Endpoint(host: "localhost", port: 1, isTLS: true)
        let folder = self.certificates
        let client = folder.path("client.pem")
        let cases: [(TLSOptions, TransportError.Code, String)] = [
            (.init(certificateAuthorityPath: folder.path("none.pem")), .certificateFileUnreadable, "no such file"),
            (.init(certificateAuthorityPath: folder.path("garbage.pem")), .certificateFileUnreadable, "no certificate"),
            (.init(certificateAuthorityPath: folder.path("")), .certificateFileUnreadable, "not a regular file"),
            (.init(certificatePath: client), .tlsOptionsInvalid, "one of them is missing"),
            (
                .init(certificatePath: client, keyPath: folder.path("localhost.key")), .tlsOptionsInvalid,
                "is not that of the certificate"
            ),
            (
                .init(certificatePath: client, keyPath: folder.path("garbage.pem")), .certificateFileUnreadable,
                "no private key"
            ),
            (
                .init(certificatePath: client, keyPath: folder.path("locked.key")), .certificateFileUnreadable,
                "passphrase"
            ),
        ]
        for (options, code, text) in cases {
            let error = try #require(await self.failure(endpoint, options))
            #expect(options.fileProblems().first?.reason == error.reason || options.keyPath == nil, "\(error)")
            #expect(error.code == code, "\(error)")
            #expect(error.description.contains(text), "\(error)")
        }
    }

    @Test("given an authority file that is replaced, when connecting again, then the new one counts")
    func rotation() async throws {
        let listener = try await Listener.startTLS(self.certificates, "localhost")
        let endpoint = listener.endpoint(host: "localhost", isTLS: true)
        let path = self.certificates.path("rotating.pem")
        let connector = Connector(endpoints: [endpoint], tls: TLSOptions(certificateAuthorityPath: path))
        try self.certificates.copy("stranger.pem", to: "rotating.pem")
        await #expect(throws: TransportError.self) { try await connector.connect(on: self.eventLoop) { _, _ in } }
        try self.certificates.copy("authority.pem", to: "rotating.pem")
        #expect(try await self.roundTrip(connector) == "hello")
        try await listener.stop()
    }
}

/// Speaks first, and not TLS.
private final class Greeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: "AMQP\u{0}\u{0}\u{9}\u{1}")), promise: nil)
    }
}

/// Hands on what it reads as text.
private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let continuation: AsyncStream<String>.Continuation

    init(continuation: AsyncStream<String>.Continuation) {
        self.continuation = continuation
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.continuation.yield(String(buffer: self.unwrapInboundIn(data)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.continuation.finish()
    }
}
