import Testing
import Transport

@Suite("Endpoint")
struct EndpointTests {
    @Test("given a name, when printed, then host and port stand there")
    func name() {
        #expect(Endpoint(host: "rabbit-1", port: 5672, isTLS: false).description == "rabbit-1:5672")
        #expect(Endpoint(host: "rabbit-1", port: 5671, isTLS: true).description == "rabbit-1:5671 (TLS)")
    }

    @Test("given an IPv6 address with or without brackets, when printed, then it has brackets once")
    func address() {
        let bare = Endpoint(host: "::1", port: 5672, isTLS: false)
        let bracketed = Endpoint(host: "[::1]", port: 5672, isTLS: false)
        #expect(bare == bracketed)
        #expect(bare.host == "::1")
        #expect(bare.authority == "[::1]:5672")
    }
}
