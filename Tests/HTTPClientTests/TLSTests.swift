import Foundation
import HTTPClient
import Testing

/// Against `openssl s_server`, with a certificate for `broker.example` that signed itself.
@Suite(.enabled(if: TLSServer.isAvailable, "needs the openssl command"), .timeLimit(.minutes(2)))
struct TLSTests {
    @Test(
        "Given a private authority and a name that is not the host, when both are configured, then the server is trusted"
    )
    func verifies() async throws {
        try await TLSServer.with { (server, client) async throws in
            let trusted = HTTPTLSOptions(authorityFile: server.certificate, serverName: "broker.example")
            #expect(await server.outcome(client, trusted) == nil)
            let wrongName = HTTPTLSOptions(authorityFile: server.certificate)
            #expect(await server.outcome(client, wrongName) == .certificateRejected)
            let systemOnly = HTTPTLSOptions(serverName: "broker.example")
            #expect(await server.outcome(client, systemOnly) == .certificateRejected)
            let missing = HTTPTLSOptions(authorityFile: "/nonexistent/ca.pem", serverName: "broker.example")
            #expect(await server.outcome(client, missing) == .tlsFailed)
            #expect(await server.outcome(client, trusted) == nil)
        }
    }

    @Test("Given a server that demands a client certificate, when one is and is not shown, then only the first gets in")
    func showsClientCertificate() async throws {
        try await TLSServer.with(["-Verify", "1", "-verify_return_error"]) { (server, client) async throws in
            var options = HTTPTLSOptions(authorityFile: server.certificate, serverName: "broker.example")
            #expect(await server.outcome(client, options) == .tlsFailed)
            options.certificateFile = server.certificate
            options.privateKeyFile = server.key
            #expect(await server.outcome(client, options) == nil)
        }
    }
}

/// A TLS server with a folder of its own.
struct TLSServer {
    let certificate: String
    let key: String
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
            certificate: folder.appending(path: "certificate.pem").path,
            key: folder.appending(path: "key.pem").path,
            port: try ScriptedServer.unusedPort()
        )
        try run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=broker.example", "-addext", "subjectAltName=DNS:broker.example",
            "-keyout", server.key, "-out", server.certificate,
        ]).waitUntilExit()
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
            process.terminate()
            throw error
        }
        await client.shutdown()
        process.terminate()
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
        while await outcome(client, HTTPTLSOptions()) == .connectionRefused {
            guard .now < deadline else { throw POSIXError(.ETIMEDOUT) }
            await Task.yield()
        }
    }

    /// What a request comes to: `nil` for a response.
    func outcome(_ client: CurlClient, _ options: HTTPTLSOptions) async -> HTTPClientError.Code? {
        do {
            _ = try await client.execute(
                HTTPRequest(origin: HTTPOrigin(scheme: .https, host: "127.0.0.1", port: port), tls: options)
            )
            return nil
        } catch {
            return error.code
        }
    }
}
