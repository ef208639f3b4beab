import ControlAPI
import ControlModel
import ErrorCodes
import HTTPClient
import RopewayConfiguration
import Testing

@Suite("Changing through the API", .timeLimit(.minutes(1)))
struct ChangingTests {
    static let changes = [
        "/v1/promotions", "/v1/schedule", "/v1/routes/orders/pause", "/v1/routes/orders/resume",
        "/v1/routes/orders/acknowledge",
    ]

    @Test(
        "Given no, a wrong or a shortened token, when something would change, then 401 and nothing is asked of the pair"
    )
    func tokens() async throws {
        try await LiveAPI.with { console in
            let wrong: [String?] = [
                nil, "", "Bearer", "Bearer ", "Bearer wrong", "Bearer \(LiveAPI.token)x",
                "Bearer \(LiveAPI.token.dropLast())", "Basic \(LiveAPI.token)", LiveAPI.token,
            ]
            for target in Self.changes {
                for authorization in wrong {
                    let response = try await console.send(
                        .post,
                        target,
                        body: #"{"site":"dc2"}"#,
                        authorization: authorization
                    )
                    #expect(response.status == 401, "\(target) with \(authorization ?? "nothing")")
                    #expect(response.header("WWW-Authenticate") == "Bearer")
                    #expect(try response.error.code == .unauthorized)
                    #expect(!response.text.contains(LiveAPI.token))
                }
            }
            #expect(console.pair.requests.isEmpty)
            #expect(console.pair.held.isEmpty)
        }
    }

    @Test("Given a token that can't be read any more, when something would change, then 503 and nothing changes")
    func unreadableToken() async throws {
        try await LiveAPI.with(token: .file("/nonexistent/token")) { console in
            let response = try await console.post("/v1/routes/orders/pause")
            #expect(response.status == 503)
            #expect(try response.error.code == .tokenUnreadable)
            #expect(console.pair.held.isEmpty)
        }
    }

    @Test("Given the token, when a promotion is asked for, then 202 with the operation and where to follow it")
    func promotion() async throws {
        try await LiveAPI.with { console in
            let body = #"{"site":"dc2","forced":true,"expected_epoch":1,"timeout_seconds":30.5,"dry_run":true}"#
            let response = try await console.post("/v1/promotions", body: body)
            #expect(response.status == 202)
            #expect(response.header("Location") == "/v1/promotions/p-1")
            #expect(try response.report(OperationReport.self).state == .running)
            #expect(
                console.pair.requests == [
                    PromotionRequest(site: "dc2", forced: true, expectedEpoch: 1, timeoutSeconds: 30.5, dryRun: true)
                ]
            )

            // Then it can be followed there, and no other can.
            console.pair.update { state in
                state.operations["p-1"] = OperationReport(
                    id: "p-1",
                    kind: "planned",
                    site: "dc2",
                    epoch: 2,
                    state: .done,
                    replayed: 3
                )
            }
            let followed = try await console.send(.get, "/v1/promotions/p-1")
            #expect(try followed.report(OperationReport.self).replayed == 3)
            #expect(try await console.send(.get, "/v1/promotions/p-2").status == 404)

            // And what is accepted to be lost goes with it.
            let risky = #"{"site":"dc2","forced":true,"accept_loss":500,"who":"ann"}"#
            #expect(try await console.post("/v1/promotions", body: risky).status == 202)
            let accepted = PromotionRequest(site: "dc2", forced: true, acceptedLoss: .messages(500), who: "ann")
            #expect(console.pair.requests.last == accepted)
            let any = #"{"site":"dc2","forced":true,"accept_loss":"any"}"#
            #expect(try await console.post("/v1/promotions", body: any).status == 202)
            #expect(console.pair.requests.last?.acceptedLoss == .any)

            // And the site alone is enough.
            #expect(try await console.post("/v1/promotions", body: #"{"site":"dc1"}"#).status == 202)
            #expect(console.pair.requests.last == PromotionRequest(site: "dc1"))
        }
    }

    @Test("Given a body that is no promotion, when it is sent, then 400 says what is wrong and nothing is begun")
    func badBodies() async throws {
        try await LiveAPI.with { console in
            for (body, says) in [
                ("", "not JSON"), ("{", "not JSON"), ("[]", "not an object"), ("7", "not an object"),
                ("{}", "site is missing"), (#"{"site":7}"#, "site has the wrong type"),
                (#"{"site":null}"#, "site"), (#"{"site":"dc2","dry_run":null}"#, "dry_run is null"),
                (#"{"site":"dc2","expected_epoch":null}"#, "expected_epoch is null"),
                (#"{"site":"dc2","forced":"yes"}"#, "forced has the wrong type"),
                (#"{"site":"dc2","expected_epoch":1.5}"#, "expected_epoch"),
                (#"{"site":"dc2","expected_epoch":-1}"#, "expected_epoch is not a whole number"),
                (#"{"site":"dc2","timeout_seconds":0}"#, "timeout_seconds"),
                (#"{"site":"dc2","forced":true,"accept_loss":"all"}"#, "accept_loss is neither"),
                (#"{"site":"dc2","forced":true,"accept_loss":-1}"#, "accept_loss is neither"),
                (#"{"site":"dc2","accept_loss":5}"#, "accept_loss is for a forced promotion"),
                (#"{"site":"dc2","dry_run":false,"dry_run":true}"#, "key \"dry_run\" is there twice"),
                (#"{"site":"dc2","dry_run":false,"dry\u005frun":true}"#, "escape"),
                (#"{"site":"dc2","dryrun":true}"#, "unknown key \"dryrun\""), (#"{"site":"dc3"}"#, "no site"),
                (String(repeating: "[", count: 60_000), "not"),
            ] {
                let response = try await console.post("/v1/promotions", body: body)
                #expect(response.status == 400, "\(body.prefix(80))")
                let error = try response.error
                #expect(error.kind == .usage)
                #expect(error.message.contains(says), "\(error.message)")
            }
            #expect(console.pair.requests.isEmpty)
        }
    }

    @Test("Given a body beyond the bound, when it is sent, then 413, and the server goes on")
    func bound() async throws {
        try await LiveAPI.with { console in
            let body = #"{"site":"dc2"}"# + String(repeating: " ", count: 65_536)
            let response = try await console.post("/v1/promotions", body: body)
            #expect(response.status == 413)
            #expect(try response.error.code == .bodyTooLarge)
            #expect(console.pair.requests.isEmpty)
            #expect(try await console.send(.get, "/healthz").status == 200)
        }
    }

    @Test(
        "Given a promotion that is not begun, when it is asked for, then the status fits the reason",
        arguments: [
            (ErrorKind.usage, 400), (.preconditionFailed, 412), (.mismatch, 409), (.locked, 409), (.held, 409),
            (.aborted, 409), (.unknown, 503), (.failed, 500), (.incomplete, 500),
        ]
    )
    func refusals(kind: ErrorKind, status: Int) async throws {
        try await LiveAPI.with { console in
            let error = OperationError(kind, code: .stepFailed, message: "why", hint: "what to do")
            console.pair.update { $0.promotion = .failure(error) }
            let response = try await console.post("/v1/promotions", body: #"{"site":"dc2"}"#)
            #expect(response.status == status)
            #expect(try response.error == error)
            #expect(response.text.contains(#""exit":\#(ExitCode(kind).rawValue)"#))
        }
    }

    @Test(
        "Given the token, when a route is paused, resumed and acknowledged, then the pair is told so; an unknown name is 404"
    )
    func holds() async throws {
        try await LiveAPI.with { console in
            let paused = try await console.post("/v1/routes/orders/pause")
            #expect(paused.status == 200)
            let resumed = try await console.post("/v1/routes/orders/resume")
            #expect(resumed.status == 200)
            let acknowledged = try await console.post("/v1/routes/orders/acknowledge")
            #expect(acknowledged.status == 200)
            #expect(console.pair.held == ["pause orders", "resume orders", "acknowledge orders"])
            console.pair.update { state in
                state.hold = OperationError(.usage, code: .unknownName, message: "no such route", hint: "see status")
            }
            let unknown = try await console.post("/v1/routes/other/pause")
            #expect(unknown.status == 404)
            #expect(try await console.post("/v1/routes/other/acknowledge").status == 404)
        }
    }
}
