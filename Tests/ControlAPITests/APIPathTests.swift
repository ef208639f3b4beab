import ControlModel
import Testing

@testable import ControlAPI

@Suite("Paths")
struct APIPathTests {
    @Test("Given a path of the interface, when it is read, then it is that path, and written as it was")
    func known() {
        let paths: [(String, APIPath)] = [
            ("/v1/status", .status), ("/v1/routes", .routes), ("/v1/history", .history), ("/v1/plan", .plan),
            ("/v1/promotions", .promotions), ("/v1/promotions/op-1.a_B", .promotion(id: "op-1.a_B")),
            ("/v1/routes/orders/pause", .pause(name: "orders")),
            ("/v1/routes/orders/resume", .resume(name: "orders")),
            ("/v1/routes/orders/acknowledge", .acknowledge(name: "orders")), ("/v1/schedule", .schedule),
            ("/v1/schedule/s1a2b3c4", .scheduled(id: "s1a2b3c4")), ("/metrics", .metrics), ("/healthz", .alive),
            ("/readyz", .ready),
            ("/active", .active), ("/standby", .standby),
        ]
        for (text, path) in paths {
            #expect(APIPath(path: text) == path)
            #expect(path.path == text)
        }
        #expect(APIPath.plan.target([(.site, "dc2"), (.forced, "true")]) == "/v1/plan?site=dc2&forced=true")
    }

    @Test("Given any other path, when it is read, then it is none")
    func unknown() {
        for path in [
            "", "/", "v1/status", "/v1", "/v1/routes/orders", "/v1/routes/orders/stop", "/v1/schedule/s1/x",
            "/v1/promotions/a%20b", "/v1/promotions/\(String(repeating: "a", count: 129))",
        ] {
            #expect(APIPath(path: path) == nil)
        }
    }
}
