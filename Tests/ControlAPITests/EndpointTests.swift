import ControlModel
import Testing

@testable import ControlAPI

@Suite("Paths")
struct EndpointTests {
    @Test("Given a path of the interface, when it is read, then it is that endpoint")
    func known() {
        #expect(Endpoint(path: "/v1/status") == .status)
        #expect(Endpoint(path: "/v1/promotions") == .promotions)
        #expect(Endpoint(path: "/v1/promotions/op-1.a_B") == .promotion(id: "op-1.a_B"))
        #expect(Endpoint(path: "/v1/routes/orders/pause") == .pause(name: "orders"))
        #expect(Endpoint(path: "/v1/routes/orders/resume") == .resume(name: "orders"))
        #expect(Endpoint(path: "/v1/routes/orders/acknowledge") == .acknowledge(name: "orders"))
        #expect(Endpoint(path: "/v1/schedule") == .schedule)
        #expect(Endpoint(path: "/v1/schedule/s1a2b3c4") == .scheduled(id: "s1a2b3c4"))
        #expect(Endpoint(path: "/active") == .active)
    }

    @Test("Given any other path, when it is read, then it is none")
    func unknown() {
        for path in [
            "", "/", "v1/status", "/v1/promotions/a%20b", "/v1/promotions/\(String(repeating: "a", count: 129))",
        ] {
            #expect(Endpoint(path: path) == nil)
        }
    }
}
