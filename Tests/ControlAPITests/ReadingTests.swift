import ControlAPI
import ControlModel
import ErrorCodes
import HTTPClient
import Testing

@Suite("Reading from the API", .timeLimit(.minutes(1)))
struct ReadingTests {
    @Test("Given a pair, when its reports are asked for, then they come as JSON with the pair's name, without a token")
    func reports() async throws {
        try await LiveAPI.with { console in
            console.pair.update { state in
                state.status.routes = [
                    RouteReport(name: "orders", exchange: "orders", direction: "dc1_to_dc2", state: .running)
                ]
                state.history = .success([
                    HistoryEntry(id: "p-0", kind: "forced", site: "dc1", epoch: 1, state: .done)
                ])
            }

            let status = try await console.send(.get, "/v1/status")
            #expect(status.status == 200)
            #expect(status.header("Content-Type") == "application/json")
            #expect(status.header("X-Ropeway-Pair") == "orders-dr")
            let expected = await console.pair.status()
            var report = try status.report(StatusReport.self)
            #expect(report.api?.map(\.listening) == [true])
            report.api = nil
            #expect(report == expected)

            let routes = try await console.send(.get, "/v1/routes").report(RoutesReport.self)
            #expect(routes.routes.map(\.name) == ["orders"])
            let history = try await console.send(.get, "/v1/history").report(HistoryReport.self)
            #expect(history.history.map(\.id) == ["p-0"])
        }
    }

    @Test(
        "Given a parameter that a path does not know, or knows otherwise, when it is asked for, then 400 names it",
        arguments: [
            ("/active?sight=dc2", "sight"), ("/active?Site=dc2", "Site"), ("/standby?site=dc1&x=1", "x"),
            ("/v1/plan?site=dc2&force=true", "force"), ("/v1/plan?site=dc2&forced=yes", "forced"),
            ("/v1/plan?site=dc2&expected-epoch=3", "expected-epoch"), ("/v1/plan?site=dc1&site=dc2", "site"),
            ("/v1/status?verbose", "verbose"), ("/healthz?now=1", "now"),
        ]
    )
    func parameters(target: String, names: String) async throws {
        try await LiveAPI.with { console in
            let response = try await console.send(.get, target)
            #expect(response.status == 400)
            #expect(try response.error.code == .badRequest)
            #expect(try response.error.message.contains(names))
        }
    }

    @Test("Given no site that answers, when the history is asked for, then the answer is 503 with the reason")
    func noHistory() async throws {
        try await LiveAPI.with { console in
            let error = OperationError(.unknown, code: .noSite, message: "no site answers", hint: "wait")
            console.pair.update { $0.history = .failure(error) }
            let response = try await console.send(.get, "/v1/history")
            #expect(response.status == 503)
            #expect(try response.error == error)
        }
    }

    @Test(
        "Given a path that is none, when it is asked for, then the answer is 404 in JSON",
        arguments: [
            "/", "/v1", "/v1/", "/v1/status/", "/v2/status", "//v1/status", "/v1/routes/a/stop", "/metrics/",
            "/v1/routes/..%2f/pause", "/v1/routes//pause", "/v1/promotions/", "/%00",
        ]
    )
    func notFound(path: String) async throws {
        try await LiveAPI.with { console in
            let response = try await console.send(.get, path)
            #expect(response.status == 404)
            #expect(try response.error.code == .notFound)
            #expect(response.header("X-Ropeway-Pair") == "orders-dr")
        }
    }

    @Test("Given a method that a path does not take, when it is used, then the answer is 405 and says which it takes")
    func methods() async throws {
        try await LiveAPI.with { console in
            for (method, target, allowed) in [
                (HTTPMethod.delete, "/v1/status", "GET, HEAD"), (.post, "/v1/status", "GET, HEAD"),
                (.get, "/v1/promotions", "POST"), (.put, "/v1/routes/orders/pause", "POST"),
                (.put, "/v1/promotions/p-1", "GET, HEAD, DELETE"),
            ] {
                let response = try await console.send(method, target, authorization: "Bearer \(LiveAPI.token)")
                #expect(response.status == 405, "\(method) \(target)")
                #expect(response.header("Allow") == allowed)
                #expect(try response.error.code == .methodNotAllowed)
            }
            let head = try await console.send(.head, "/v1/status")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
        }
    }

    @Test("Given a pair in a role, when a load balancer asks, then 200 or 503 says whether the site has it")
    func roles() async throws {
        try await LiveAPI.with { (console) async throws -> Void in
            func status(_ target: String) async throws -> Int { try await console.send(.get, target).status }

            #expect(try await status("/healthz") == 200)
            #expect(try await status("/readyz") == 200)
            #expect(try await status("/active") == 200)
            #expect(try await status("/active?site=dc1") == 200)
            #expect(try await status("/active?site=dc2") == 503)
            #expect(try await status("/standby?site=dc2") == 200)
            #expect(try await status("/standby?site=dc1") == 503)
            #expect(try await status("/standby") == 200)
            #expect(try await status("/active?site=dc3") == 404)

            // When the record says dc2 and applications are not let in yet.
            console.pair.update { state in
                state.status.active = "dc2"
                state.status.standby = "dc1"
                state.status.open = false
            }
            #expect(try await status("/active?site=dc2") == 503)
            #expect(try await status("/active") == 503)
            #expect(try await status("/readyz") == 200)

            // When no record can be read.
            console.pair.update { state in
                state.status.active = nil
                state.status.standby = nil
                state.status.open = true
            }
            #expect(try await status("/active?site=dc1") == 503)
            #expect(try await status("/standby") == 503)
            #expect(try await status("/readyz") == 503)
            #expect(try await status("/healthz") == 200)
        }
    }
}
