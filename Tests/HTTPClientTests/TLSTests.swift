import Foundation
import HTTPClient
import HTTPHarness
import TLSDiagnosis
import Testing

/// Against `openssl s_server`, with a certificate for `broker.example` that signed itself.
@Suite(.enabled(if: TLSServer.isAvailable, "needs the openssl command"), .timeLimit(.minutes(2)))
struct TLSTests {
    @Test(
        "Given a private authority and a name that is not the host, when both are configured, then the server is trusted"
    )
    func verifies() async throws {
        try await TLSServer.with { (server, client) async throws in
            let trusted = TLSOptions(certificateAuthorityPath: server.certificate, serverName: "broker.example")
            #expect(await server.outcome(client, trusted) == nil)
            let wrongName = TLSOptions(certificateAuthorityPath: server.certificate)
            #expect(await server.outcome(client, wrongName) == .certificateRejected)
            let systemOnly = TLSOptions(serverName: "broker.example")
            #expect(await server.outcome(client, systemOnly) == .certificateRejected)
            let missing = TLSOptions(certificateAuthorityPath: "/nonexistent/ca.pem", serverName: "broker.example")
            #expect(await server.outcome(client, missing) == .tlsFailed)
            #expect(await server.outcome(client, trusted) == nil)
        }
    }

    @Test("Given an authority's file that is replaced, when asking again, then the file as it is now counts")
    func readsAuthoritiesAnew() async throws {
        try await TLSServer.with { (server, client) async throws in
            let file = server.folder.appending(path: "authority.pem")
            let options = TLSOptions(certificateAuthorityPath: file.path, serverName: "broker.example")
            let right = try Data(contentsOf: URL(filePath: server.certificate))
            let stranger = try Data(contentsOf: URL(filePath: server.stranger))
            for _ in 0..<2 {
                try right.write(to: file)
                #expect(await server.outcome(client, options) == nil)
                try stranger.write(to: file)
                #expect(await server.failure(client, options)?.tlsFault == .unknownAuthority)
            }
        }
    }

    @Test(
        "Given a key with a passphrase, when it is used, then the file is refused and nobody is asked on the terminal"
    )
    func asksForNoPassphrase() async throws {
        try await TLSServer.with { (server, client) async throws in
            let options = TLSOptions(
                certificateAuthorityPath: server.certificate,
                certificatePath: server.certificate,
                keyPath: server.lockedKey,
                serverName: "broker.example"
            )
            guard case .fileUnusable(let text) = await server.failure(client, options)?.tlsFault else {
                Issue.record("\(String(describing: await server.failure(client, options)))")
                return
            }
            #expect(text.contains("locked.pem"), "\(text)")
        }
    }

    @Test("Given a server that demands a client certificate, when one is and is not shown, then only the first gets in")
    func showsClientCertificate() async throws {
        try await TLSServer.with(["-Verify", "1", "-verify_return_error"]) { (server, client) async throws in
            var options = TLSOptions(certificateAuthorityPath: server.certificate, serverName: "broker.example")
            #expect(await server.outcome(client, options) == .tlsFailed)
            options.certificatePath = server.certificate
            options.keyPath = server.key
            #expect(await server.outcome(client, options) == nil)
        }
    }
}

/// A TLS server with a folder of its own.
struct TLSServer {
    let folder: URL
    let certificate: String
    let key: String
    /// Another certificate that signed itself.
    let stranger: String
    /// The key, with a passphrase.
    let lockedKey: String
    let port: Int

    static var isAvailable: Bool { FileManager.default.isExecutableFile(atPath: openssl) }

    private static let openssl = "/usr/bin/openssl"

    static func with(
        _ arguments: [String] = [],
        _ test: (TLSServer, CurlClient) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ropeway-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = TLSServer(
            folder: folder,
            certificate: folder.appending(path: "certificate.pem").path,
            key: folder.appending(path: "key.pem").path,
            stranger: folder.appending(path: "stranger.pem").path,
            lockedKey: folder.appending(path: "locked.pem").path,
            port: try ScriptedServer.unusedPort()
        )
        for (key, certificate) in [
            (folder.appending(path: "other.pem").path, server.stranger), (server.key, server.certificate),
        ] {
            try run([
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=broker.example", "-addext", "subjectAltName=DNS:broker.example",
                "-keyout", key, "-out", certificate,
            ]).waitUntilExit()
        }
        try run(["pkey", "-aes128", "-passout", "pass:secret", "-in", server.key, "-out", server.lockedKey])
            .waitUntilExit()
        let process = try run(
            [
                "s_server", "-accept", "127.0.0.1:\(server.port)", "-cert", server.certificate, "-key", server.key,
                "-CAfile", server.certificate, "-www", "-quiet",
            ] + arguments
        )
        let client = CurlClient()
        do {
            try await server.waitUntilListening(client)
            try await test(server, client)
        } catch {
            await client.shutdown()
            end(process)
            throw error
        }
        await client.shutdown()
        end(process)
    }

    /// A child of a thread of the cooperative pool inherits that SIGTERM is blocked: it would hear nothing, and stay.
    private static func end(_ process: Process) {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private static func run(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: openssl)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func waitUntilListening(_ client: CurlClient) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while await outcome(client, TLSOptions()) == .connectionRefused {
            guard .now < deadline else { throw POSIXError(.ETIMEDOUT) }
            await Task.yield()
        }
    }

    /// What a request comes to: `nil` for a response.
    func outcome(_ client: CurlClient, _ options: TLSOptions) async -> HTTPClientError.Code? {
        await failure(client, options)?.code
    }

    /// What a request fails of; `nil` for a response.
    func failure(_ client: CurlClient, _ options: TLSOptions) async -> HTTPClientError? {
        do {
            _ = try await client.execute(
                HTTPRequest(origin: HTTPOrigin(scheme: .https, host: "127.0.0.1", port: port), tls: options)
            )
            return nil
        } catch {
            return error
        }
    }
}
