import ControlAPI
import ControlModel
import ErrorCodes
import FoundationEssentials
import Testing

@Suite("Reports as JSON")
struct ReportJSONTests {
    private static func json(_ report: some Encodable) throws -> String {
        String(decoding: try ReportCoding.encode(report), as: UTF8.self)
    }

    @Test("Given a status, when it is printed, then every key is there and unknown is null")
    func status() throws {
        let expected = [
            #"{"active":"dc1","api":null,"as_of":"2026-12-01T10:00:00Z","checks":null,"epoch":1,"error":null,"#,
            #""forecast":{"held":null,"link_lost":null,"loss":{"as_of":"2026-12-01T10:00:00Z","evidence_age":0.5,"high":57,"high_reason":"57 were captured","known":true,"low":0,"low_reason":"what is on its way may still arrive","messages":57,"seconds":0.41},"repeats":{"high":1300,"high_reason":"1300 are replayed","low":120,"low_reason":"120 were consumed"}},"#,
            #""gaps":[],"open":true,"operation":null,"#,
            #""pair":"orders-dr","protection":"protected","protection_reason":null,"#,
            #""routes":[{"consumption":null,"counters":null,"coverage":{"known":true,"seconds":3348},"direction":"dc1_to_dc2","error":null,"#,
            #""exchange":"orders","in_flight":{"limit":4096,"messages":57,"waiting_for":["socket","window"]},"#,
            #""lag":{"as_of":"2026-12-01T10:00:00Z","known":true,"messages":57,"seconds":0.41},"#,
            #""loss":{"as_of":"2026-12-01T10:00:00Z","evidence_age":0.5,"high":57,"high_reason":"57 were captured","known":true,"low":0,"low_reason":"what is on its way may still arrive","messages":57,"seconds":0.41},"#,
            #""name":"orders","paused":null,"quarantined":0,"rate":{"in":4102,"out":4101},"relayed":882319,"#,
            #""repeats":{"high":1300,"high_reason":"1300 are replayed","low":120,"low_reason":"120 were consumed"},"#,
            #""retained":{"bytes":225873664,"messages":882319,"oldest":"2026-12-01T10:00:00Z"},"#,
            #""since":"2026-12-01T10:00:00Z","state":"running","store":{"fault":"destination: refused","protocol":"amqp"}}],"schedule":[],"#,
            #""shovels":[{"destination":{"exchange":null,"queue":"audit","routing_key":null,"site":"dc2","stream":null},"ends":null,"#,
            #""error":null,"in_flight":{"limit":null,"messages":null,"waiting_for":null},"moved":null,"name":"audit","paused":null,"#,
            #""quarantined":null,"rate":{"in":null,"out":null},"remaining":1200,"since":null,"#,
            #""source":{"exchange":"orders","queue":null,"routing_key":"audit.#","site":"dc1","stream":null},"state":"connecting"}],"#,
            #""sites":{"dc1":{"as_of":"2026-12-01T10:00:00Z","#,
            #""checks":[{"name":"alarms","node":"rabbit@a","reason":null,"status":"ok"}],"clock_offset":null,"error":null,"#,
            #""health":"healthy","version":"3.10.8"},"#,
            #""dc2":{"as_of":null,"checks":[],"clock_offset":null,"error":null,"health":null,"version":null}},"standby":"dc2","topology":null}"#,
        ].joined()
        #expect(try Self.json(Samples.status) == expected)
    }

    @Test("Given an operation, when it is printed, then its exit is a number and its routes are there")
    func operation() throws {
        let expected = [
            #"{"asked":["planned","forced"],"consent":null,"dry_run":false,"epoch":2,"error":null,"exit":null,"expired":3,"forecast":null,"hooks":null,"#,
            #""id":"p-2","kind":"forced","lost":null,"operation":"promotion","#,
            #""pause":{"from":"2026-12-01T10:00:00Z","seconds":3,"to":"2026-12-01T10:00:03Z"},"quarantined":2,"rate":null,"remaining":0,"repeats":118,"replayed":61204,"routes":[],"#,
            #""seconds":4.25,"site":"dc2","started":"2026-12-01T10:00:00Z","state":"done","step":null,"steps":[]}"#,
        ].joined()
        #expect(try Self.json(Samples.operation) == expected)
    }

    @Test("Given reports, when they are written and read, then they are the same")
    func roundTrip() throws {
        for status in [Samples.status, Samples.lost] {
            let bytes = try ReportCoding.encode(status)
            #expect(try ReportCoding.decode(StatusReport.self, from: bytes) == status)
        }
        let check = CheckReport(
            pair: "a",
            findings: [CheckFinding(.warn, word: "c", subject: "dc1", message: "m", hint: "h")]
        )
        #expect(try ReportCoding.decode(CheckReport.self, from: try ReportCoding.encode(check)) == check)
    }

    @Test("Given a report of another version without a key, when it is read, then what is missing is unknown")
    func missingKeys() throws {
        let text = #"{"code":"c","message":"m","hint":"h","more":[1]}"#
        let error = try ReportCoding.decode(ErrorReport.self, from: text.utf8)
        #expect(error == ErrorReport(word: "c", message: "m", hint: "h"))
    }

    @Test("Given a number that JSON has no word for, when it is printed, then it is null")
    func notFinite() throws {
        let rate = RateReport(in: .nan, out: .infinity)
        #expect(try Self.json(rate) == #"{"in":null,"out":null}"#)
    }

    @Test("Given states, when they are printed, then they read as in the interface")
    func words() {
        #expect(RouteState.allCases.map(\.rawValue).contains("standing-by"))
        #expect(RouteState.catchingUp.rawValue == "catching-up")
        #expect(
            Protection.allCases.map(\.rawValue) == [
                "protected", "catching-up", "degraded", "stalled", "paused", "unknown",
            ]
        )
        #expect(SiteHealth.allCases.map(\.rawValue) == ["healthy", "degraded", "unreachable", "unauthorized"])
    }
}
