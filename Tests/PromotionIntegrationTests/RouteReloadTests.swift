import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("Routes whose configuration changes", .serialized, .timeLimit(.minutes(5)))
struct RouteReloadTests {
    @Test("are begun, changed and ended by editing the file, the others undisturbed and nothing lost or repeated")
    func edits() async throws {
        // Given a pair with two routes that run
        var bench = try await PromotionBench.make()
        for exchange in ["bills", "stock"] {
            try await bench.dc1.declare(exchange: exchange, queues: [], virtualHost: bench.host1)
            try await bench.dc2.declare(exchange: exchange, queues: ["\(exchange)-q"], virtualHost: bench.host2)
        }
        bench.ropeway.addRoute("bills")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let ledger = Ledger()
        try await bench.publish(500, of: ledger)
        var before: [String] = []
        try await eventually(within: .seconds(20), "both consumers are listed") {
            before = try await [bench.consumer(of: "orders"), bench.consumer(of: "bills")].compactMap(\.self)
            return before.count == 2
        }
        // When one is given another limit, and a third is added
        bench.ropeway.routes[1].replace("ttl: 1h", with: "ttl: 2h")
        bench.ropeway.addRoute("stock")
        try bench.ropeway.write()
        daemon.signal(SIGHUP)
        // Then all three run, and the first one's consumer is the one that it was
        try await eventually(within: .seconds(30), "three routes run") {
            let states = try await bench.ropeway.status().routes.elements.map(\.state.string)
            guard states == ["running", "running", "running"] else { throw HarnessError("\(states)") }
            return true
        }
        try await eventually(within: .seconds(30), "the changed route has another consumer") {
            let bills = try await bench.consumer(of: "bills")
            return bills != nil && bills != before[1]
        }
        #expect(try await bench.consumer(of: "orders") == before[0])
        try await bench.publish(500, of: ledger)
        try await bench.ropeway.untilRelayed(1000)
        // When a route is taken out, then it ends, and the first one still has its consumer
        bench.ropeway.routes.remove(at: 1)
        try bench.ropeway.write()
        daemon.signal(SIGHUP)
        try await eventually(within: .seconds(30), "nobody consumes the capture of bills") {
            let names = try await bench.ropeway.status().routes.elements.map(\.name.string)
            let bills = try await bench.consumer(of: "bills")
            return names == ["orders", "stock"] && bills == nil
        }
        #expect(try await bench.consumer(of: "orders") == before[0])
        // And a planned promotion drains what runs now
        try await bench.ropeway.untilRunning()
        let answer = try await bench.ropeway.promote("dc2")
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json.replayed.int == 1000)
        #expect(try await bench.account(of: ledger) == .init(distinct: 1000))
    }

    @Test("keep what is proved of the others: given a consumed position, when a route is added, then it is still known")
    func positions() async throws {
        // Given a route of whose queue a position is proved
        var bench = try await PromotionBench.make(replay: "{window: watermark}")
        for (node, host) in [(bench.dc1, bench.host1), (bench.dc2, bench.host2)] {
            try await node.declare(exchange: "stock", queues: ["stock-q"], virtualHost: host)
        }
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        func rules() async throws -> [String: String] {
            let routes = try await bench.ropeway.status().routes.elements
            return Dictionary(
                uniqueKeysWithValues: routes.compactMap { route in
                    route.consumption.elements.first?.rule.string.map { (route.name.string ?? "", $0) }
                }
            )
        }
        try await eventually(within: .seconds(120), "the position is proved") {
            let seen = try await rules()
            if seen != ["orders": "empty"] { throw HarnessError("\(seen)") }
            return true
        }
        // When another is added
        bench.ropeway.addRoute("stock", replay: "{window: watermark}")
        try bench.ropeway.write()
        daemon.signal(SIGHUP)
        // Then at every look until the new one's queue is followed, the first one's position is proved
        try await eventually(within: .seconds(90), "the new route's queue is followed") {
            let now = try await rules()
            #expect(now["orders"] == "empty")
            return now["stock"] != nil
        }
    }
}

extension PromotionBench {
    /// The connection that consumes a route's capture on DC1, as its management API shows it.
    fileprivate func consumer(of route: String) async throws -> String? {
        let queue = "ropeway.\(ropeway.pair).\(route).capture"
        let (status, body) = try await dc1.management("GET", "/api/queues/\(host1)/\(queue)")
        guard status == 200 else { return nil }
        let details = try JSON(text: String(decoding: body, as: UTF8.self)).consumer_details.elements
        return details.first?.channel_details.connection_name.string
    }
}
