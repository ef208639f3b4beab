import ControlAPI
import ControlModel
import ErrorCodes
import HTTPClient
import RopewayConfiguration
import Testing

@Suite("Planning through the API", .timeLimit(.minutes(1)))
struct SchedulingTests {
    @Test("Given the token, when a promotion is planned, then 201 with where it is; it is listed without a token")
    func add() async throws {
        try await LiveAPI.with { console in
            let body =
                #"{"site":"dc2","every":"0 4 * * 1","zone":"Europe/Berlin","grace_seconds":60,"#
                + #""if_lag_below_seconds":2,"who":"ann","why":"weekly"}"#
            let response = try await console.post("/v1/schedule", body: body)
            #expect(response.status == 201)
            #expect(response.header("Location") == "/v1/schedule/s1")
            #expect(
                console.pair.planned == [
                    ScheduleRequest(
                        site: "dc2",
                        every: "0 4 * * 1",
                        zone: "Europe/Berlin",
                        graceSeconds: 60,
                        ifLagBelowSeconds: 2,
                        who: "ann",
                        why: "weekly"
                    )
                ]
            )
            let listed = try await console.send(.get, "/v1/schedule")
            #expect(try listed.report(ScheduleReport.self).pair == "orders-dr")
        }
    }

    @Test("Given a body that plans nothing, when it is sent, then 400 says what is wrong and nothing is planned")
    func badBodies() async throws {
        try await LiveAPI.with { console in
            for (body, says) in [
                ("", "not JSON"), ("{}", "site is missing"), (#"{"site":7}"#, "site has the wrong type"),
                (#"{"site":"dc2","forced":true}"#, "forced promotion can't be planned"),
                (#"{"site":"dc2","if_lag_bellow_seconds":2}"#, "unknown key"),
                (#"{"site":"dc2","grace_seconds":"1m"}"#, "grace_seconds has the wrong type"),
                (#"{"site":"dc2","at":null}"#, "at is null"),
                (#"{"site":"dc2","every":"0 2 * * *","if_lag_below_seconds":null}"#, "if_lag_below_seconds is null"),
            ] {
                let response = try await console.post("/v1/schedule", body: body)
                #expect(response.status == 400)
                let error = try response.error
                #expect(error.message.contains(says), "\(error.message)")
            }
            #expect(console.pair.planned == [])
        }
    }

    @Test("Given an entry, when it is cancelled, then the pair is told who; an unknown one is 404")
    func cancel() async throws {
        try await LiveAPI.with { console in
            let authorization = "Bearer \(LiveAPI.token)"
            let response = try await console.send(
                .delete,
                "/v1/schedule/s1",
                body: #"{"who":"ann"}"#,
                authorization: authorization
            )
            #expect(response.status == 200)
            let empty = try await console.send(.delete, "/v1/schedule/s2", authorization: authorization)
            #expect(empty.status == 200)
            #expect(console.pair.held == ["cancel s1 by ann", "cancel s2 by nobody"])
            #expect(try await console.send(.delete, "/v1/schedule/s1").status == 401)
            console.pair.update {
                $0.hold = OperationError(.usage, code: .unknownEntry, message: "none", hint: "list them")
            }
            let unknown = try await console.send(.delete, "/v1/schedule/s9", authorization: authorization)
            #expect(unknown.status == 404)
        }
    }
}
