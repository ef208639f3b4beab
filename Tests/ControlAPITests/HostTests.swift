import ControlModel
import ErrorCodes
import HTTPClient
import Testing

@testable import ControlAPI

@Suite("The name by which the API is asked", .timeLimit(.minutes(1)))
struct HostTests {
    @Test("Given a page whose name was made to lead here, when it reads through a browser, then 421 says why")
    func rebinding() async throws {
        try await LiveAPI.with { console in
            for target in ["/v1/status", "/v1/routes", "/v1/history", "/v1/plan?site=dc2", "/v1/schedule"] {
                let host = HTTPHeader(name: "Host", value: "evil.example:\(console.origin.port)")
                let response = try await console.send(.get, target, headers: [host])
                #expect(response.status == 421)
                let error = try response.error
                #expect(error.code == .misdirected)
                #expect(error.message.contains("Host"))
                #expect(error.hint.contains("127.0.0.1"))
            }
            // And with the token too, while health is for load balancers of any name.
            let host = HTTPHeader(name: "Host", value: "evil.example")
            let change = try await console.send(
                .post,
                "/v1/routes/orders/pause",
                authorization: "Bearer \(LiveAPI.token)",
                headers: [host]
            )
            #expect(change.status == 421)
            #expect(console.pair.held.isEmpty)
            for target in ["/healthz", "/readyz", "/active", "/standby"] {
                #expect(try await console.send(.get, target, headers: [host]).status == 200)
            }
            let local = HTTPHeader(name: "Host", value: "LocalHost:80")
            #expect(try await console.send(.get, "/v1/status", headers: [local]).status == 200)
        }
    }

    @Test("Given two Host headers, when a request has them, then it is refused, whichever comes first")
    func twice() async throws {
        try await LiveAPI.with { console in
            for hosts in [["localhost", "evil.example"], ["evil.example", "localhost"], ["localhost", "localhost"]] {
                for path in ["/v1/status", "/active"] {
                    let client = try RawClient(port: console.origin.port)
                    client.send("GET \(path) HTTP/1.1\r\nHost: \(hosts[0])\r\nhost: \(hosts[1])\r\n\r\n")
                    let status = hosts[0] == "evil.example" && path == "/v1/status" ? "421" : "400"
                    #expect(try client.receive().hasPrefix("HTTP/1.1 \(status) "))
                }
            }
        }
    }

    @Test("Given Host headers, when a listener on loopback looks, then it takes the names of this machine only")
    func names() {
        for host in [
            "127.0.0.1", "127.0.0.1:8470", "127.1.2.3:1", "localhost", "LOCALHOST:8470", "[::1]", "[::1]:8470",
        ] {
            #expect(HostName.isAdmitted(host, at: "127.0.0.1"), "\(host)")
        }
        for host in [
            nil, "", ":8470", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
            "localhost@evil.example",
            "127.0.0.1:80@evil.example", "[::1", "[::1]evil.example", "::1", "10.0.0.1:8470", "localhost:80:80",
        ] {
            #expect(!HostName.isAdmitted(host, at: "127.0.0.1"), "\(host ?? "none")")
        }
    }

    @Test("Given a listener that other machines reach, when it is asked by any name, then it answers")
    func beyondLoopback() {
        #expect(HostName.isAdmitted("ropeway.example:8470", at: "0.0.0.0"))
        #expect(HostName.isAdmitted(nil, at: "10.0.0.1"))
    }
}
