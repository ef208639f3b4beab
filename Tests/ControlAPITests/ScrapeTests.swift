import ControlModel
import HTTPClient
import Testing

@Suite("Scraping the API", .timeLimit(.minutes(1)))
struct ScrapeTests {
    @Test("Given a pair, when its metrics are asked for, then they come as text, without a token")
    func text() async throws {
        try await LiveAPI.with { console in
            let response = try await console.send(.get, "/metrics")
            #expect(response.status == 200)
            #expect(response.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
            #expect(response.header("X-Ropeway-Pair") == "orders-dr")
            #expect(response.text.contains("\nropeway_epoch{pair=\"orders-dr\"} 1\n"))
            #expect(response.text.contains("\nprocess_resident_memory_bytes ") == (ProcessTests.hasProc))
            #expect(response.text.contains("ropeway_api_listening{"))
            #expect(try await console.send(.head, "/metrics").status == 200)
        }
    }

    @Test("Given very many routes, when metrics are asked for over and over, then each answer is whole")
    func long() async throws {
        try await LiveAPI.with { console in
            console.pair.update { state in
                state.status.routes = (0..<500).map {
                    RouteReport(name: "r\($0)", exchange: "e", direction: "dc1_to_dc2", state: .running)
                }
            }
            // More often than places there are: each is free again.
            for _ in 0..<12 {
                let response = try await console.send(.get, "/metrics")
                #expect(response.status == 200)
                #expect(response.text.utf8.count > 500_000)
                #expect(response.text.hasSuffix("\n"))
                #expect(response.text.contains(#"route="r499""#))
            }
        }
    }

    @Test("Given a page of another name that leads here, when it asks for metrics, then it is misdirected")
    func misdirected() async throws {
        try await LiveAPI.with { console in
            let headers = [HTTPHeader(name: "Host", value: "evil.example")]
            let response = try await console.send(.get, "/metrics", headers: headers)
            #expect(response.status == 421)
        }
    }
}

private enum ProcessTests {
    static var hasProc: Bool {
        #if os(Linux)
            true
        #else
            false
        #endif
    }
}
