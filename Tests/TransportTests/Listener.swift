import NIOCore
import NIOPosix
import NIOSSL
import Transport

/// A local server for tests: accepts, and does what its handlers do.
struct Listener {
    let channel: any Channel
    let port: Int

    /// Listens on a free port of 127.0.0.1; without handlers, what arrives is read and dropped.
    static func start(
        backlog: Int32 = 16,
        accepts: Bool = true,
        handlers: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws -> Listener {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.autoRead, value: accepts)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture { try handlers(child) }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        return Listener(channel: channel, port: channel.localAddress?.port ?? 0)
    }

    /// Listens with TLS.
    static func startTLS(
        _ certificates: Certificates,
        _ name: String,
        clientAuthority: String? = nil,
        maximumVersion: TLSVersion = .tlsv13
    ) async throws -> Listener {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificates.path("\(name).pem"))
                .map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: certificates.path("\(name).key"), format: .pem))
        )
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = maximumVersion
        if let clientAuthority {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .file(certificates.path("\(clientAuthority).pem"))
        }
        let context = try NIOSSLContext(configuration: configuration)
        return try await Self.start { child in
            try child.pipeline.syncOperations.addHandlers(NIOSSLServerHandler(context: context), Echo())
        }
    }

    /// A port on which nothing listens: it was free a moment ago.
    static func unusedPort() async throws -> Int {
        let listener = try await Self.start()
        try await listener.stop()
        return listener.port
    }

    func endpoint(host: String = "127.0.0.1", isTLS: Bool = false) -> Endpoint {
        Endpoint(host: host, port: self.port, isTLS: isTLS)
    }

    func stop() async throws {
        try await self.channel.close()
    }
}

/// Sends back what it gets.
final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(self.wrapOutboundOut(self.unwrapInboundIn(data)), promise: nil)
    }
}
