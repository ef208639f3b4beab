import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("Metrics of a daemon", .serialized, .timeLimit(.minutes(2)))
struct ScrapeTests {
    @Test("Given a pair at work, when it is scraped, then promtool takes it, and it has the numbers of the status")
    func promtool() async throws {
        // Given a pair with a route and a shovel, and messages
        var bench = try await LagBench.make()
        bench.ropeway.shovels = [
            """
            - name: audit
                source: {site: dc1, queue: \(LagBench.queue)}
                destination: {site: dc2, queue: \(LagBench.queue)}
            """
        ]
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await Ledger().publish(200, to: LagBench.exchange, on: bench.dc1, virtualHost: bench.host1)
        try await bench.ropeway.untilRelayed(200)
        // When it is scraped, once its shovel runs as well and a canary has shown that the way is open
        var scrape = try await bench.ropeway.scrape()
        try await eventually(within: .seconds(20), "the shovel runs, and the lag is known") {
            scrape = try await bench.ropeway.scrape()
            return scrape("ropeway_shovel_state", #"state="running""#) == 1
                && scrape("ropeway_replication_lag_known") == 1
        }
        // Then promtool finds nothing to say
        try await Promtool.run(["check", "metrics"], in: bench.ropeway.folder, input: scrape.text)
        // And the numbers are those of the status
        let status = try await bench.ropeway.status()
        #expect(scrape("ropeway_messages_confirmed_total") == status.routes[0].relayed.double)
        #expect(scrape("ropeway_route_state", #"state="running""#) == 1)
        #expect(scrape("ropeway_replication_lag_known") == 1)
        #expect(scrape("ropeway_epoch") == status.epoch.double)
        #expect(scrape("ropeway_active_site", #"site="dc1""#) == 1)
        #expect(scrape("ropeway_shovel_state", #"state="running""#) == 1)
        #expect(scrape("process_resident_memory_bytes") ?? 0 > 1_000_000)
        try await eventually(within: .seconds(20), "the clocks of both sites are looked at") {
            let scrape = try await bench.ropeway.scrape()
            return ["dc1", "dc2"].allSatisfy {
                (scrape("ropeway_site_clock_offset_seconds", #"site="\#($0)""#)?.magnitude ?? 99) <= 2
            }
        }
    }

    @Test(
        "Given the alert rules, when promtool checks and tests them, then each alert fires when it should, and only then"
    )
    func rules() async throws {
        try await Promtool.run(["check", "rules", "ropeway.rules.yml"], in: Promtool.rules)
        try await Promtool.run(["test", "rules", "ropeway.rules.test.yml"], in: Promtool.rules)
        let rules = try String(contentsOf: Promtool.rules.appending(path: "ropeway.rules.yml"), encoding: .utf8)
        let tests = try String(contentsOf: Promtool.rules.appending(path: "ropeway.rules.test.yml"), encoding: .utf8)
        let alerts = rules.matches(of: #/- alert: (\w+)/#).map { String($0.1) }
        #expect(alerts.count > 10)
        let document = Promtool.rules.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/monitoring.md")
        let text = try String(contentsOf: document, encoding: .utf8)
        for alert in alerts {
            #expect(tests.contains("alertname: \(alert)\n    exp_alerts:\n"), "\(alert) has no test in which it fires")
            #expect(text.contains("### \(alert)\n"), "\(alert) is not in docs/monitoring.md")
            #expect(rules.contains("docs/monitoring.md#\(alert.lowercased())"), "\(alert) does not link its section")
        }
    }
}
