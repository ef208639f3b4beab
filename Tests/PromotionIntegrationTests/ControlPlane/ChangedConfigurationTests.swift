import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("A configuration that was changed", .serialized, .timeLimit(.minutes(4)))
struct ChangedConfigurationTests {
    @Test("by another type of the store does not keep a forced promotion from what the store holds")
    func storeType() async throws {
        // Given a pair that has relayed into a stream, whose daemon is gone
        var bench = try await PromotionBench.make()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        try await bench.publish(200, of: ledger)
        try await bench.ropeway.untilRelayed(200)
        daemon.kill()
        try await daemon.wait(within: .seconds(10))
        try await bench.loseDC1()
        // When the file asks for a quorum queue, and DC2 is promoted
        bench.ropeway.routes = []
        bench.ropeway.addRoute(PromotionBench.exchange, standby: "{type: quorum, ttl: 1h}")
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        // Then everything is replayed
        #expect(answer.status == 0, "\(answer)")
        #expect(try await bench.account(of: ledger) == .init(distinct: 200))
    }

    @Test("by another name of the route while its replay is unfinished does not leave the rest behind")
    func renamed() async throws {
        // Given a forced promotion that is killed in the middle of a slow replay
        var bench = try await PromotionBench.make(replay: "{window: all, rate: 50}")
        let ledger = Ledger()
        var daemon = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        try await bench.publish(300, of: ledger)
        try await bench.ropeway.untilRelayed(300)
        let promotion = try bench.ropeway.start(["promote", "dc2", "--forced", "--no-wait"])
        try await promotion.wait(within: .seconds(15))
        try await eventually(within: .seconds(15), "the replay has begun") {
            let replayed = try await bench.ropeway.api("/v1/status").json.operation.replayed.int ?? 0
            guard replayed > 20 else { throw HarnessError("\(replayed)") }
            return true
        }
        daemon.kill()
        try await daemon.wait(within: .seconds(10))
        // When the file has another name for the route
        bench.ropeway.routes = []
        bench.ropeway.routes.append("- name: renamed\n    exchange: \(PromotionBench.exchange)")
        daemon = try bench.ropeway.run()
        defer { daemon.terminate() }
        // Then the daemon ends the replay as it was planned
        try await eventually(within: .seconds(40), "the promotion has ended") {
            let operation = try await bench.record(epoch: 2, on: bench.dc2).operation
            guard operation == .null else { throw HarnessError("\(operation.step)") }
            return true
        }
        #expect(try await bench.account(of: ledger).lost.isEmpty)
    }

    @Test("by another name of the route does not leave what its store holds behind in silence")
    func renamedBefore() async throws {
        // Given a pair that has relayed
        var bench = try await PromotionBench.make()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.terminate() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(100, of: ledger)
        try await bench.ropeway.untilRelayed(100)
        // When the file has another name for the route
        let routes = bench.ropeway.routes
        bench.ropeway.routes = ["- name: renamed\n    exchange: \(PromotionBench.exchange)"]
        try bench.ropeway.write()
        daemon.signal(SIGHUP)
        try await eventually(within: .seconds(30), "the renamed route runs") {
            let route = try await bench.ropeway.status().routes[0]
            return route.name.string == "renamed" && route.state.string == "running"
        }
        // Then check fails and no promotion is done, since nobody would replay what the store holds
        let check = try await bench.ropeway.command("check", "--format", "json")
        #expect(check.status == 3 && check.output.contains("route-orphaned"), "\(check)")
        for options in [[], ["--forced"]] {
            let child = try bench.ropeway.start(["promote", "dc2", "--format", "json"] + options)
            let exit = try await child.wait(within: .seconds(60))
            let output = try child.output()
            #expect(exit == .status(3) && output.contains("route-orphaned"), "\(exit) \(output)")
        }
        #expect(try await bench.ropeway.status().active.string == "dc1")
        // When the route has its name again, all of it is replayed
        bench.ropeway.routes = routes
        try bench.ropeway.write()
        daemon.signal(SIGHUP)
        try await eventually(within: .seconds(30), "the route runs") {
            let route = try await bench.ropeway.status().routes[0]
            return route.name.string == "orders" && route.state.string == "running"
        }
        let answer = try await bench.ropeway.promote("dc2", "--accept-gap")
        #expect(answer.status == 0, "\(answer)")
        #expect(try await bench.account(of: ledger).lost.isEmpty)
    }

    @Test("by a new address of the standby site has what is held at the old one given back", arguments: [1, 2])
    func newAddress(daemons: Int) async throws {
        // Given a pair that is led, with or without another daemon that stands by
        var bench = try await PromotionBench.make()
        let ledger = Ledger()
        let leader = try bench.ropeway.run()
        defer { leader.terminate() }
        try await bench.ropeway.untilRunning()
        var other: RopewayProcess?
        var standingBy: ChildProcess?
        if daemons == 2 {
            var second = try await RopewayProcess.make(
                pair: bench.ropeway.pair,
                dc1: bench.ropeway.dc1,
                dc2: bench.ropeway.dc2
            )
            second.routes = bench.ropeway.routes
            second.health = bench.ropeway.health
            standingBy = try second.run()
            other = second
        }
        defer { standingBy?.terminate() }
        // When the leader is told to reach DC2 another way
        let link = try await LinkProxy.start(to: bench.dc2.amqpPort)
        bench.ropeway.dc2.amqpPorts = [link.port]
        try bench.ropeway.write()
        leader.signal(SIGHUP)
        // Then exactly one of them relays
        try await eventually(within: .seconds(30), "one relays") {
            var running = 0
            for process in [bench.ropeway, other].compactMap({ $0 }) {
                let state = try await process.api("/v1/status").json.routes[0].state.string
                if state == "running" { running += 1 }
            }
            guard running == 1 else { throw HarnessError("\(running) relay") }
            return true
        }
        try await bench.publish(100, of: ledger)
        let holders = try await bench.dc2.management(
            "GET",
            "/api/queues/\(bench.host2)/ropeway.\(bench.ropeway.pair).lock"
        )
        let lock = try JSON(text: String(decoding: holders.body, as: UTF8.self))
        #expect(lock.consumer_details.elements.filter { $0.active.bool == true }.count <= 1, "\(lock.consumer_details)")
    }
}
