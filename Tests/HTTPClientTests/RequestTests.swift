import HTTPClient
import Testing

struct RequestTests {
    @Test("Given URLs, when parsed, then origin and path come apart and credentials are refused")
    func parsesOrigins() {
        let plain = HTTPOrigin.parse("http://127.0.0.1:15672")
        #expect(plain?.origin == HTTPOrigin(scheme: .http, host: "127.0.0.1", port: 15_672))
        #expect(plain?.path == "")
        let prefixed = HTTPOrigin.parse("HTTPS://broker.example/rabbit/")
        #expect(prefixed?.origin == HTTPOrigin(scheme: .https, host: "broker.example", port: 443))
        #expect(prefixed?.path == "/rabbit")
        #expect(HTTPOrigin.parse("http://[::1]:8080/")?.origin.description == "http://[::1]:8080")
        for wrong in [
            "http://user:secret@host", "ftp://host", "host:80", "http://", "http://h:0", "http://h:99999", "http://h:x",
            "http://[::1", "http://a:b:c", "http://h?x", "http://h/#x", "http://h h",
        ] {
            #expect(HTTPOrigin.parse(wrong) == nil, "\(wrong)")
        }
    }

    @Test("Given names with special characters, when encoded, then none of them ends a part of a path")
    func encodes() {
        #expect(PercentEncoding.encode("/") == "%2F")
        #expect(PercentEncoding.encode("a b?c#d%é") == "a%20b%3Fc%23d%25%C3%A9")
        #expect(PercentEncoding.encode("..") == "%2E%2E")
        #expect(PercentEncoding.encode("a.b-c_d~e") == "a.b-c_d~e")
        #expect(PercentEncoding.encode("\u{1}") == "%01")
    }

    @Test("Given a password, when anything that contains it is described or dumped, then it is not shown")
    func hidesSecrets() {
        let request = HTTPRequest(
            origin: HTTPOrigin(scheme: .http, host: "h"),
            headers: [HTTPHeader(name: "Authorization", value: "Bearer hunter2")],
            body: Array("hunter2".utf8),
            credentials: HTTPCredentials(username: "u", password: "hunter2")
        )
        var text = "\(request) \(String(reflecting: request)) \(request.headers) \(request.credentials as Any)"
        dump(request, to: &text)
        dump(request.credentials, to: &text)
        dump(request.headers, to: &text)
        #expect(!text.contains("hunter2"))
    }

    @Test(
        "Given requests that would smuggle another, when sent, then they are refused before they leave",
        arguments: [
            ("/a b", "x", "u"), ("a", "x", "u"), ("/a\r\nX: y", "x", "u"), ("/", "x\r\nEvil: 1", "u"),
            ("/", "x", "u:v"),
        ]
    )
    func refusesSmuggling(target: String, header: String, user: String) async {
        let client = CurlClient()
        let request = HTTPRequest(
            origin: HTTPOrigin(scheme: .http, host: "127.0.0.1", port: 1),
            target: target,
            headers: [HTTPHeader(name: "X", value: header)],
            credentials: HTTPCredentials(username: user, password: "p")
        )
        await #expect(throws: HTTPClientError.self) { try await client.execute(request) }
        do {
            _ = try await client.execute(request)
        } catch {
            #expect(error.code == .invalidRequest)
        }
        await client.shutdown()
    }
}
