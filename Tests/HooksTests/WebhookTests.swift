import Crypto
import Foundation
import HTTPClient
import HTTPHarness
import Hooks
import Synchronization
import Testing

@Suite("A webhook", .timeLimit(.minutes(2)))
struct WebhookTests {
    /// What a server was asked.
    private final class Requests: Sendable {
        private let texts = Mutex<[String]>([])
        func add(_ text: String?) { if let text { texts.withLock { $0.append(text) } } }
        var all: [String] { texts.withLock { $0 } }
    }

    private func header(_ name: String, in request: String) -> String? {
        request.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
            .map { String($0.dropFirst(name.count + 2)) }
    }

    @Test("is posted to once, with path and query as they are, and signed over time and body")
    func posted() async throws {
        // given
        let requests = Requests()
        let server = try ScriptedServer { connection in
            requests.add(connection.readRequest())
            connection.answer("thanks")
        }
        defer { server.stop() }

        // when
        let end = try await HookSamples.post(
            "http://127.0.0.1:\(server.port)/hook/s3cret?channel=a%20b",
            key: WebhookKey("k3y")
        )

        // then
        #expect(end.hasSucceeded, "\(end)")
        let request = try #require(requests.all.first)
        #expect(requests.all.count == 1)
        #expect(request.hasPrefix("POST /hook/s3cret?channel=a%20b HTTP/1.1\r\n"))
        #expect(header("Content-Type", in: request) == "application/json")
        #expect(header("Ropeway-Run", in: request) == "r-1")
        let body = String(request[try #require(request.range(of: "\r\n\r\n")).upperBound...])
        #expect(try body == String(decoding: HookSamples.event.json, as: UTF8.self))
        // as a receiver checks it
        let signature = try #require(header("Ropeway-Signature", in: request)).split(separator: ",")
        let time = try #require(signature.first?.dropFirst(2))
        #expect(abs(try #require(Double(time)) - Date().timeIntervalSince1970) < 60)
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(time).\(body)".utf8),
            using: SymmetricKey(data: Data("k3y".utf8))
        )
        #expect(signature.last == "v1=" + code.map { String(format: "%02x", $0) }.joined())
    }

    @Test("is tried again after what may pass", arguments: ["500 Oops", "503 Busy", "429 Slow Down"])
    func triedAgain(status: String) async throws {
        let requests = Requests()
        let server = try ScriptedServer { connection in
            requests.add(connection.readRequest())
            connection.answer("", status: connection.number < 3 ? status : "204 Done")
        }
        defer { server.stop() }
        let end = try await HookSamples.post("http://127.0.0.1:\(server.port)")
        #expect(end.hasSucceeded, "\(end)")
        #expect(end.tries == 3)
        #expect(Set(requests.all.map { header("Ropeway-Run", in: $0) }) == ["r-1"])
        // growing delays: 500 ms, then a second
        #expect(end.duration >= .milliseconds(1500))
    }

    @Test("that goes on answering 500 is given up, and what it said is not repeated: it may hold the address")
    func givenUp() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.answer("database is down", status: "500 Oops")
        }
        defer { server.stop() }
        let end = try await HookSamples.post("http://127.0.0.1:\(server.port)", retries: 1)
        #expect(end.result == .notDelivered("answered 500"))
        #expect(end.tries == 2)
    }

    @Test("that refuses is not asked again", arguments: ["400 Bad", "401 No", "404 Gone"])
    func refused(status: String) async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.answer("unknown token", status: status)
        }
        defer { server.stop() }
        let end = try await HookSamples.post("http://127.0.0.1:\(server.port)")
        #expect(end.code == "refused")
        #expect(end.said.isEmpty)
        #expect(server.connectionCount == 1)
    }

    @Test("that redirects is not followed")
    func redirect() async throws {
        let other = try ScriptedServer { connection in connection.answer("") }
        defer { other.stop() }
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.answer("", status: "302 Found", headers: "Location: http://127.0.0.1:\(other.port)/\r\n")
        }
        defer { server.stop() }
        let end = try await HookSamples.post("http://127.0.0.1:\(server.port)")
        #expect(end.result == .refused(302))
        #expect(end.summary.contains("redirect"))
        #expect(other.connectionCount == 0)
    }

    @Test("that hangs, or drips, is given up in its time", arguments: [false, true])
    func hangs(drips: Bool) async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while drips, connection.send("x") { Thread.sleep(forTimeInterval: 0.05) }
            connection.waitForClose()
        }
        defer { server.stop() }
        let end = try await HookSamples.post("http://127.0.0.1:\(server.port)", timeout: .seconds(1))
        #expect(end.result == .timedOut, "\(end)")
        #expect(end.duration < .seconds(5))
    }

    @Test("that answers without end is cut off")
    func hugeAnswer() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
            while connection.send(chunk) {}
        }
        defer { server.stop() }
        let end = try await HookSamples.post("http://127.0.0.1:\(server.port)", retries: 0)
        #expect(end.code == "not-delivered")
        #expect(end.summary.contains("too large"), "\(end.summary)")
    }

    @Test("that resets its connection is tried again")
    func reset() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            if connection.number == 1 { return connection.resetOnClose() }
            connection.answer("")
        }
        defer { server.stop() }
        let end = try await HookSamples.post("http://127.0.0.1:\(server.port)")
        #expect(end.hasSucceeded, "\(end)")
        #expect(end.tries == 2)
    }

    @Test("behind which nothing listens is told of without its path, which may be a secret")
    func nothingListens() async throws {
        let port = try ScriptedServer.unusedPort()
        let end = try await HookSamples.post("http://127.0.0.1:\(port)/s3cret?token=hunter2", retries: 0)
        #expect(end.code == "not-delivered")
        #expect(end.summary.contains("connection refused"), "\(end.summary)")
        #expect(!"\(end)".contains("s3cret"))
        #expect(!"\(end)".contains("hunter2"))
    }

    @Test("that is called off ends at once")
    func cancelled() async throws {
        let requests = Requests()
        let server = try ScriptedServer { connection in
            requests.add(connection.readRequest())
            connection.waitForClose()
        }
        defer { server.stop() }
        let running = Task { try await HookSamples.post("http://127.0.0.1:\(server.port)", timeout: .seconds(60)) }
        let deadline = Date().addingTimeInterval(10)
        while requests.all.isEmpty, Date() < deadline { try await Task.sleep(for: .milliseconds(10)) }
        running.cancel()
        let end = try await running.value
        #expect(end.result == .cancelled)
    }

    @Test(
        "has an address that is one",
        arguments: [
            "ftp://h/", "https://u:p@h/", "https://h/#x", "https://", "h/path", "https://h:0/", "https://h/a b",
            "https://h\r\nX: y/", "https://h/\u{E4}", "",
        ]
    )
    func addresses(text: String) {
        #expect(WebhookAddress(text) == nil)
    }

    @Test("shows of its address the host, and of its key nothing")
    func secrets() throws {
        let address = try #require(WebhookAddress("https://hooks.example:8443/T0/s3cret?x=y@z"))
        let webhook = Hook.Webhook(address: address, key: WebhookKey("k3y"))
        var shown = "\(webhook) \(address)"
        dump(webhook, to: &shown)
        #expect(shown.contains("https://hooks.example:8443"))
        #expect(!shown.contains("s3cret"))
        #expect(!shown.contains("k3y"))
    }
}
