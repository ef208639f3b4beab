import BrokerHarness
import RopewayHarness
import Testing

@Suite("A broken configuration", .serialized, .timeLimit(.minutes(2)))
struct BrokenConfigurationTests {
    /// What is replaced in a configuration that works, by what.
    static let mistakes: [(String, String)] = [
        ("pair: ", "piar: "), ("active: dc1", "active: dc3"), ("    vhost:", "    virtual-host:"),
        ("ttl: 1h", "ttl: 1 hour"), ("ttl: 1h", "ttl: -1h"), ("type: stream", "type: tape"),
        ("window: all", "window: some"), ("exchange: orders", "exchange: \"\""), ("DC1_PASSWORD", "NO_SUCH_VARIABLE"),
        ("amqp://", "http://"), ("sites:", "sites: []\nplaces:"), ("health:", "fence: {by: users}\nhealth:"),
        ("{listen", "[listen"), ("interval: 1s", "interval: 0s"),
    ]

    @Test("ends every command with 64, before anything is connected to", arguments: mistakes)
    func broken(mistake: (String, String)) async throws {
        // Given a configuration with a mistake, whose addresses are links that count
        let link = try await LinkProxy.start(to: 1)
        let site = SiteAddress(amqpPorts: [link.port], managementPorts: [link.port], virtualHost: "a")
        var other = site
        other.virtualHost = "b"
        var ropeway = try await RopewayProcess.make(dc1: site, dc2: other)
        ropeway.addRoute("orders")
        let text = ropeway.configuration.replacing(mistake.0, with: mistake.1, maxReplacements: 1)
        #expect(text != ropeway.configuration)
        for command in [["run"], ["check"], ["promote", "dc2", "--forced", "--no-daemon"]] {
            // When a command is run with it
            try ropeway.write(text)
            let child = try ropeway.start(command)
            // Then it ends with 64 and says where the mistake is
            #expect(try await child.wait(within: .seconds(20)) == .status(64), "\(command): \(child.outputEnd)")
            #expect(try child.errorOutput().contains("ropeway.yaml:"), "\(command): \(child.outputEnd)")
        }
        // And nothing was connected to
        #expect(try await link.counts().accepted == 0)
        try await link.shutdown()
    }
}
