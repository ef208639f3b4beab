import HTTPClient
import HTTPHarness
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Against a server whose every byte is scripted.
@Suite(.timeLimit(.minutes(1)))
struct CurlClientTests {
    /// Runs a test with a server and a client, and ends both.
    private func withServer(
        _ script: @escaping @Sendable (ScriptedServer.Connection) -> Void,
        _ test: (ScriptedServer, CurlClient) async throws -> Void
    ) async throws {
        let server = try ScriptedServer(script)
        let client = CurlClient()
        do {
            try await test(server, client)
        } catch {
            await client.shutdown()
            server.stop()
            throw error
        }
        await client.shutdown()
        server.stop()
    }

    private func request(
        _ port: Int,
        method: HTTPMethod = .get,
        target: String = "/",
        body: [UInt8] = [],
        total: Duration = .seconds(10),
        maximumResponseBytes: Int = 1 << 20
    ) -> HTTPRequest {
        HTTPRequest(
            method: method,
            origin: HTTPOrigin(scheme: .http, host: "127.0.0.1", port: port),
            target: target,
            body: body,
            timeouts: HTTPTimeouts(connect: .seconds(2), total: total),
            maximumResponseBytes: maximumResponseBytes
        )
    }

    private func failure(_ client: CurlClient, _ request: HTTPRequest) async -> HTTPClientError.Code? {
        do {
            _ = try await client.execute(request)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(
        "Given a server that echoes, when each method is sent, then method, target, headers, credentials and body arrive"
    )
    func sendsWhatWasAsked() async throws {
        try await withServer { connection in
            while let request = connection.readRequest() { connection.answer(request, headers: "X-Reply: yes\r\n") }
        } _: { (server, client) async throws in
            for method in [HTTPMethod.get, .put, .post, .delete] {
                var request = request(server.port, method: method, target: "/a%2Fb?c=d", body: Array("{\"x\":1}".utf8))
                request.headers = [HTTPHeader(name: "X-Mark", value: "m")]
                request.credentials = HTTPCredentials(username: "u", password: "p:w")
                let response = try await client.execute(request)
                let text = String(decoding: response.body, as: UTF8.self)
                #expect(response.status == 200)
                #expect(response.header("x-reply") == "yes")
                #expect(text.hasPrefix("\(method) /a%2Fb?c=d HTTP/1.1\r\n"))
                #expect(text.contains("X-Mark: m\r\n"))
                #expect(text.contains("Authorization: Basic dTpwOnc=\r\n"))
                #expect(text.hasSuffix("\r\n\r\n{\"x\":1}"))
            }
            let empty = try await client.execute(request(server.port, method: .put))
            #expect(String(decoding: empty.body, as: UTF8.self).contains("Content-Length: 0\r\n"))
        }
    }

    @Test("Given one server, when requests follow each other, then they share a connection")
    func reusesConnections() async throws {
        try await withServer { connection in
            while connection.readRequest() != nil { connection.answer("ok") }
        } _: { (server, client) async throws in
            for _ in 0..<5 { _ = try await client.execute(request(server.port)) }
            #expect(server.connectionCount == 1)
        }
    }

    @Test("Given an error status and a redirect, when requested, then both are responses and nothing is followed")
    func returnsAnyStatus() async throws {
        try await withServer { connection in
            while let request = connection.readRequest() {
                if request.hasPrefix("GET /moved") {
                    connection.answer("", status: "302 Found", headers: "Location: /elsewhere\r\n")
                } else {
                    connection.answer("no", status: "503 Service Unavailable")
                }
            }
        } _: { (server, client) async throws in
            #expect(try await client.execute(request(server.port)).status == 503)
            #expect(try await client.execute(request(server.port, target: "/moved")).status == 302)
        }
    }

    @Test("Given a server that accepts and never answers, when the time is over, then the request times out")
    func hangTimesOut() async throws {
        try await withServer { connection in
            connection.waitForClose()
        } _: { (server, client) async throws in
            let start = ContinuousClock.now
            #expect(await failure(client, request(server.port, total: .milliseconds(300))) == .timedOut)
            #expect(start.duration(to: .now) < .seconds(3))
        }
    }

    @Test("Given a server that trickles a byte at a time, when the time is over, then the request times out")
    func trickleTimesOut() async throws {
        try await withServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            // Ends when the client has closed, at the latest when a million bytes are through.
            for _ in 0..<1_000_000 {
                guard connection.send("x") else { return }
                usleep(1_000)
            }
        } _: { (server, client) async throws in
            let start = ContinuousClock.now
            #expect(await failure(client, request(server.port, total: .milliseconds(400))) == .timedOut)
            #expect(start.duration(to: .now) < .seconds(3))
        }
    }

    @Test("Given one host that hangs, when another is asked meanwhile, then it answers at once")
    func hangDelaysNobodyElse() async throws {
        let hung = try ScriptedServer { $0.waitForClose() }
        defer { hung.stop() }
        try await withServer { connection in
            while connection.readRequest() != nil { connection.answer("ok") }
        } _: { (server, client) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        #expect(await failure(client, request(hung.port, total: .seconds(8))) == .cancelled)
                    }
                }
                while hung.connectionCount < 20 { await Task.yield() }
                let start = ContinuousClock.now
                for _ in 0..<50 { _ = try await client.execute(request(server.port)) }
                #expect(start.duration(to: .now) < .seconds(4))
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test("Given a kept connection that the server resets, when an idempotent request meets it, then it is sent again")
    func repeatsAfterReset() async throws {
        try await withServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer("\(connection.number)")
            if connection.number == 1 {
                // The second request on this connection is read and answered with a reset.
                guard connection.readRequest() != nil else { return }
                connection.resetOnClose()
            } else {
                connection.waitForClose()
            }
        } _: { (server, client) async throws in
            #expect(try await client.execute(request(server.port)).body == Array("1".utf8))
            #expect(try await client.execute(request(server.port)).body == Array("2".utf8))
            #expect(server.connectionCount == 2)
        }
    }

    @Test(
        "Given a server that resets each new connection, when requested, then the request fails and is sent only once"
    )
    func resetOfNewConnectionFails() async throws {
        let count = Count()
        try await withServer { connection in
            if connection.readRequest() != nil { count.increment() }
            connection.resetOnClose()
        } _: { (server, client) async throws in
            #expect(await failure(client, request(server.port)) == .connectionLost)
            #expect(count.value == 1)
        }
    }

    @Test("Given a kept connection, when a POST is sent, then it goes on a new one and is never repeated")
    func neverRepeatsPost() async throws {
        let posts = Count()
        try await withServer { connection in
            while let request = connection.readRequest() {
                if request.hasPrefix("POST") {
                    posts.increment()
                    connection.resetOnClose()
                    return
                }
                connection.answer("ok")
            }
        } _: { (server, client) async throws in
            _ = try await client.execute(request(server.port))
            #expect(await failure(client, request(server.port, method: .post)) == .connectionLost)
            #expect(posts.value == 1)
        }
    }

    @Test("Given a kept connection that turns out closed, when a POST may be repeated, then it is, on a new one")
    func repeatsIdempotentPost() async throws {
        let posts = Count()
        try await withServer { connection in
            while let request = connection.readRequest() {
                if request.hasPrefix("POST") {
                    posts.increment()
                    if posts.value == 1 {
                        connection.resetOnClose()
                        return
                    }
                }
                connection.answer("ok")
            }
        } _: { (server, client) async throws in
            _ = try await client.execute(request(server.port))
            var post = request(server.port, method: .post)
            post.isIdempotent = true
            let response = try await client.execute(post)
            #expect(response.status == 200)
            #expect(posts.value == 2)
        }
    }

    @Test("Given an answer over the limit, with and without its length announced, when received, then it is refused")
    func refusesOversize() async throws {
        try await withServer { connection in
            while let request = connection.readRequest() {
                if request.hasPrefix("GET /announced") {
                    connection.answer(String(repeating: "x", count: 5_000))
                } else {
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    while connection.send("400\r\n\(String(repeating: "x", count: 1_024))\r\n") {}
                    return
                }
            }
        } _: { (server, client) async throws in
            for target in ["/announced", "/endless"] {
                let request = request(server.port, target: target, maximumResponseBytes: 4_096)
                #expect(await failure(client, request) == .responseTooLarge)
            }
            let fits = request(server.port, target: "/announced", maximumResponseBytes: 5_000)
            #expect(try await client.execute(fits).body.count == 5_000)
        }
    }

    @Test("Given endless headers, when received, then the response is refused")
    func refusesEndlessHeaders() async throws {
        try await withServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\n")
            while connection.send("X-More: \(String(repeating: "x", count: 1_024))\r\n") {}
        } _: { (server, client) async throws in
            let code = await failure(client, request(server.port))
            #expect(code == .responseTooLarge || code == .invalidResponse)
        }
    }

    @Test("Given a port where nothing listens, when requested, then the error says refused")
    func reportsRefusal() async throws {
        let client = CurlClient()
        let port = try ScriptedServer.unusedPort()
        #expect(await failure(client, request(port)) == .connectionRefused)
        await client.shutdown()
    }

    @Test("Given a host name without an address, when requested, then the error says so")
    func reportsUnknownHost() async throws {
        let client = CurlClient()
        var request = request(80)
        request.origin.host = "host.invalid"
        #expect(await failure(client, request) == .couldNotResolve)
        await client.shutdown()
    }

    @Test(
        "Given replies that are no HTTP, when received, then each is told from a lost connection",
        arguments: [
            "AMQP\u{0}\u{0}\u{9}\u{1}", "garbage\r\n\r\n",
        ]
    )
    func reportsGarbage(reply: String) async throws {
        try await withServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.send(reply)
        } _: { (server, client) async throws in
            #expect(await failure(client, request(server.port)) == .invalidResponse)
        }
    }

    @Test("Given an answer that ends early, when received, then the connection counts as lost")
    func reportsTruncation() async throws {
        try await withServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
        } _: { (server, client) async throws in
            #expect(await failure(client, request(server.port)) == .connectionLost)
        }
    }

    @Test("Given a plain-text server, when asked over TLS, then TLS fails")
    func reportsPlainTextForTLS() async throws {
        try await withServer { connection in
            guard connection.readRequest() != nil else {
                connection.send("HTTP/1.1 400 Bad Request\r\n\r\n")
                return
            }
        } _: { (server, client) async throws in
            var request = request(server.port, total: .seconds(2))
            request.origin.scheme = .https
            let code = await failure(client, request)
            #expect(code == .tlsFailed || code == .connectTimedOut)
        }
    }

    @Test("Given a request under way, when its task is cancelled, then it ends at once and the connection is closed")
    func cancels() async throws {
        let closed = Count()
        try await withServer { connection in
            connection.waitForClose()
            closed.increment()
        } _: { (server, client) async throws in
            let task = Task { await failure(client, request(server.port, total: .seconds(30))) }
            while server.connectionCount == 0 { await Task.yield() }
            let start = ContinuousClock.now
            task.cancel()
            #expect(await task.value == .cancelled)
            #expect(start.duration(to: .now) < .seconds(2))
            while closed.value == 0 { await Task.yield() }
        }
    }

    @Test("Given a task that is cancelled already, when it sends, then nothing leaves")
    func cancelledBeforehand() async throws {
        try await withServer { connection in
            connection.waitForClose()
        } _: { (server, client) async throws in
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return await failure(client, request(server.port))
            }
            task.cancel()
            #expect(await task.value == .cancelled)
            #expect(server.connectionCount == 0)
        }
    }

    @Test("Given a request under way, when the client shuts down, then it fails, and so does each later one")
    func shutdownFailsPending() async throws {
        try await withServer { connection in
            connection.waitForClose()
        } _: { (server, client) async throws in
            let task = Task { await failure(client, request(server.port, total: .seconds(30))) }
            while server.connectionCount == 0 { await Task.yield() }
            await client.shutdown()
            #expect(await task.value == .shutDown)
            #expect(await failure(client, request(server.port)) == .shutDown)
            await client.shutdown()
        }
    }
}

/// A number that threads count up.
private final class Count: Sendable {
    private let number = Mutex(0)

    var value: Int { number.withLock { $0 } }

    func increment() { number.withLock { $0 += 1 } }
}
