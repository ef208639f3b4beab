import ControlAPI
import ControlModel
import ErrorCodes
import HTTPClient
import Synchronization
import Testing

@Suite("The API's connections", .timeLimit(.minutes(1)))
struct ConnectionTests {
    private static let health = ["/healthz", "/readyz", "/active", "/active?site=dc1", "/standby"]

    @Test("Given 256 and then 1,000 idle connections of one address or many, when health is asked for, then it answers")
    func flood() async throws {
        try await LiveAPI.with { console in
            var idle: [RawClient] = []
            for (number, source) in [(256, { _ in UInt8(1) }), (1_000, { UInt8(1 + $0 % 20) })]
                as [(Int, (Int) -> UInt8)]
            {
                while idle.count < number {
                    idle.append(try RawClient(port: console.origin.port, source: source(idle.count)))
                }
                for target in Self.health { #expect(try await console.send(.get, target).status == 200) }
                // And of another address, by which they are not.
                let other = try RawClient(port: console.origin.port, source: 99)
                other.send("GET /active HTTP/1.0\r\n\r\n")
                #expect(try other.receive().hasPrefix("HTTP/1.1 200"))
            }
            #expect(try idle[0].isClosed(), "the oldest made room")
        }
    }

    @Test("Given half of a head and a body that does not come, when a client's time has passed, then it is closed")
    func slow() async throws {
        try await LiveAPI.with(limits: ConnectionLimits(patience: .milliseconds(50))) { console in
            let silent = try RawClient(port: console.origin.port)
            let head = try RawClient(port: console.origin.port)
            head.send("GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            let body = try RawClient(port: console.origin.port)
            body.send(
                "POST /v1/promotions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(LiveAPI.token)\r\n"
                    + "Content-Length: 100\r\n\r\n{"
            )
            #expect(try silent.isClosed())
            #expect(try head.isClosed())
            #expect(try body.isClosed())
            #expect(console.pair.requests.isEmpty)
        }
    }

    @Test("Given as many connections as may be, when others come, then one that is worked for is never closed for them")
    func busy() async throws {
        let limits = ConnectionLimits(total: 2, perAddress: 2, patience: .seconds(60))
        try await LiveAPI.with(limits: limits) { console in
            let (begun, begin) = AsyncStream<Void>.makeStream()
            let (released, release) = AsyncStream<Void>.makeStream()
            console.pair.update { state in
                state.beforePlan = {
                    begin.yield()
                    for await _ in released {}
                }
            }
            let working = try RawClient(port: console.origin.port)
            working.send("GET /v1/plan?site=dc2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            for await _ in begun { break }
            let idle = try RawClient(port: console.origin.port)
            let next = try RawClient(port: console.origin.port)
            #expect(try idle.isClosed())
            next.send("GET /active HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try next.receive().hasPrefix("HTTP/1.1 200"))
            #expect(working.isQuiet)
            // When all are worked for, then a new one is closed.
            next.send("GET /v1/plan?site=dc2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            for await _ in begun { break }
            #expect(try RawClient(port: console.origin.port).isClosed())
            release.finish()
            #expect(try working.receive().hasPrefix("HTTP/1.1 200"))
            #expect(try next.receive().hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test("Given as many plans as may be made at once, when another is asked for, then 503, and health still answers")
    func questions() async throws {
        try await LiveAPI.with { console in
            let (begun, begin) = AsyncStream<Void>.makeStream()
            let (released, release) = AsyncStream<Void>.makeStream()
            console.pair.update { state in
                state.beforePlan = {
                    begin.yield()
                    for await _ in released {}
                }
            }
            var clients: [RawClient] = []
            for _ in 0..<8 {
                let client = try RawClient(port: console.origin.port)
                client.send("GET /v1/plan?site=dc2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                for await _ in begun { break }
                clients.append(client)
            }
            for target in ["/v1/plan?site=dc2", "/v1/history"] {
                let response = try await console.send(.get, target)
                #expect(response.status == 503)
                #expect(try response.error.code == .tooManyRequests)
            }
            for target in Self.health { #expect(try await console.send(.get, target).status == 200) }
            release.finish()
            for client in clients { #expect(try client.receive().hasPrefix("HTTP/1.1 200")) }
            #expect(try await console.send(.get, "/v1/history").status == 200)
        }
    }
}
