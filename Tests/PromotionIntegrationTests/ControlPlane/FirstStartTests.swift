import BrokerHarness
import RopewayHarness
import Testing

@Suite("A first start", .serialized, .timeLimit(.minutes(2)))
struct FirstStartTests {
    @Test("comes about although the first management endpoint of a site accepts and hangs")
    func hungEndpoint() async throws {
        // Given DC2 with two management endpoints, of which the first one accepts connections and answers nothing
        var bench = try await PromotionBench.make()
        let hung = try await LinkProxy.start(to: bench.dc2.managementPort)
        try await hung.setMode(.blackHole)
        bench.ropeway.dc2.managementPorts = [hung.port, bench.dc2.managementPort]
        // When the daemon starts
        let daemon = try bench.ropeway.run()
        defer { daemon.terminate() }
        // Then the pair begins over the second
        try await eventually(within: .seconds(40), "the route runs") {
            let state = try await bench.ropeway.api("/v1/status").json.routes[0].state.string
            guard state == "running" else { throw HarnessError("\(state ?? "null")") }
            return true
        }
        try await hung.shutdown()
    }
}
