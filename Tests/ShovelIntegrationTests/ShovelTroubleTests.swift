import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("A shovel in trouble", .timeLimit(.minutes(3)))
struct ShovelTroubleTests {
    @Test("whose destination queue is deleted declares it again, and puts nothing into quarantine")
    func queueAway() async throws {
        // Given a shovel at work
        var bench = try await ShovelBench.make()
        try await bench.declare(["from"], on: bench.dc1)
        bench.addShovel(source: "queue: from", destination: "queue: to")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.publish(["0"], key: "from")
        #expect(try await bench.take(1, from: "to").count == 1)
        // When its queue is deleted, and messages come
        try await bench.dc2.withChannel(virtualHost: bench.host2) { channel in
            _ = try await channel.deleteQueue("to")
        }
        let bodies = (1...50).map { "\($0)" }
        try await bench.publish(bodies, key: "from")
        // Then it is there again with all of them, in order
        #expect(try await bench.take(bodies.count, from: "to").map { String(buffer: $0.body) } == bodies)
        #expect(try await bench.report().quarantined.int == 0)
        #expect(try daemon.errorOutput().contains("queue 'to' of site 'dc2' is not there"), "the log says why")
    }

    @Test("whose exchange has no queue for anything: the run of returns is shown and logged, until one passes")
    func unroutable() async throws {
        var bench = try await ShovelBench.make()
        try await bench.declare(["from"], on: bench.dc1)
        try await bench.dc2.declare(exchange: "out", queues: [], virtualHost: bench.host2)
        bench.addShovel(source: "queue: from", destination: "exchange: out, routing-key: key")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // When twenty messages in a row are returned
        try await bench.publish((1...20).map { "\($0)" }, key: "from")
        // Then it says so, with where and how many
        try await eventually(within: .seconds(20), "it says that nothing is routed") {
            let report = try await bench.report()
            guard report.error.code.string == "unroutable", report.quarantined.int == 20 else {
                throw HarnessError("\(report)")
            }
            #expect(report.error.message.string?.contains("'out'") == true, "\(report)")
            return true
        }
        try await eventually(within: .seconds(5), "the log has a line") {
            try daemon.errorOutput().contains("exchange 'out' of site 'dc2' routes nothing")
        }
        // When a queue is bound and one passes, then nothing is wrong any more
        try await bench.dc2.declare(exchange: "out", queues: ["to"], key: "key", virtualHost: bench.host2)
        try await bench.publish(["21"], key: "from")
        _ = try await bench.take(1, from: "to")
        try await eventually(within: .seconds(5), "the error is gone") { try await bench.report().error == .null }
    }

    @Test("within the active site goes on while the standby site is away, and the other one says why it does not")
    func withinOneSite() async throws {
        // Given a pair whose second site is behind a link, a shovel within the first, one between the two
        var bench = try await ShovelBench.make()
        let amqp = try await LinkProxy.start(to: bench.dc2.amqpPort)
        let management = try await LinkProxy.start(to: bench.dc2.managementPort)
        bench.ropeway.dc2.amqpPorts = [amqp.port]
        bench.ropeway.dc2.managementPorts = [management.port]
        try await bench.declare(["from", "over"], on: bench.dc1)
        bench.addShovel("within", source: "queue: from", destination: "queue: to")
        bench.ropeway.shovels[0].replace("site: dc2", with: "site: dc1")
        bench.addShovel("between", source: "queue: over", destination: "queue: to")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.publish(["1"], key: "from")
        try await bench.until("running", 0)
        try await bench.until("running", 1)
        // When the second site goes away
        for proxy in [amqp, management] {
            try await proxy.setMode(.cut)
        }
        // Then the one between the sites says why it does not run
        try await eventually(within: .seconds(30), "it says what is away") {
            let report = try await bench.report(1)
            guard report.error.message.string?.contains("dc2") == true else { throw HarnessError("\(report)") }
            return true
        }
        // And the one within the first moves on
        try await bench.publish(["2"], key: "from")
        try await eventually(within: .seconds(30), "both are moved") {
            let depth = try await bench.dc1.depth(of: "to", virtualHost: bench.host1)
            guard depth == 2 else { throw HarnessError("\(depth): \(try await bench.report(0))") }
            return true
        }
        #expect(try await bench.report(0).error == .null)
        // When the site is back, then both run
        for proxy in [amqp, management] { try await proxy.setMode(.forward) }
        try await bench.until("running", 1)
        try await bench.until("running", 0)
        try await amqp.shutdown()
        try await management.shutdown()
    }

    @Test("that can't run says why; one that runs says from where to where, since when, and what remains")
    func account() async throws {
        // Given one that may not consume, one that is to move forty messages of which ten are there, one for ten years
        var bench = try await ShovelBench.make()
        try await bench.declare(["from", "other"], on: bench.dc1)
        try await bench.publish((1...10).map { "\($0)" }, key: "from")
        bench.addShovel(
            "some",
            source: "queue: from, delete-after: 40",
            destination: "exchange: amq.topic, routing-key: k"
        )
        bench.addShovel("long", source: "queue: other, delete-after: 3650d", destination: "queue: to")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // Then it says where it is and what remains
        try await eventually(within: .seconds(30), "ten are done") {
            let report = try await bench.report(0)
            guard report.quarantined.int == 10 else { throw HarnessError("\(report)") }
            return true
        }
        let some = try await bench.report(0)
        #expect(some.remaining.int == 30, "\(some)")
        #expect(some.source.site.string == "dc1" && some.source.queue.string == "from", "\(some)")
        #expect(some.destination.site.string == "dc2" && some.destination.exchange.string == "amq.topic", "\(some)")
        #expect(some.destination.routing_key.string == "k", "\(some)")
        #expect(some.since.string != nil, "\(some)")
        let long = try await bench.report(1)
        #expect(long.ends.string?.hasPrefix("20") == true && long.remaining == .null, "\(long)")
        // And a pair without routes keeps nothing, so it is not protected
        let status = try await bench.ropeway.status()
        #expect(status.protection.string == "unknown", "\(status.protection)")
        // When nothing but the virtual host is wrong, then another daemon says so at each shovel
        daemon.kill()
        bench.ropeway.dc2.virtualHost = "nowhere"
        let second = try bench.ropeway.run()
        defer { second.kill() }
        try await eventually(within: .seconds(30), "it says what is wrong") {
            let report = try await bench.report(0)
            guard report.error.message.string?.contains("nowhere") == true else { throw HarnessError("\(report)") }
            return true
        }
    }

    @Test("that is completed stays so when the file is read again and nothing has changed")
    func completed() async throws {
        var bench = try await ShovelBench.make()
        try await bench.declare(["from", "other"], on: bench.dc1)
        try await bench.publish(["1", "2", "3"], key: "from")
        bench.addShovel("done", source: "queue: from, delete-after: 2", destination: "queue: to")
        bench.addShovel("others", source: "queue: other", destination: "queue: to-other")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.until("completed", 0)
        // When all is restarted
        daemon.signal(SIGHUP)
        try await eventually(within: .seconds(20), "the other is begun again") {
            let begun = try daemon.errorOutput().split(separator: "\n").filter { $0.contains("shovel begun") }
            return begun.filter { $0.contains("shovel=others") }.count == 2
        }
        try await bench.until("running", 1)
        // Then the completed one is left alone
        #expect(try await bench.report(0).state.string == "completed")
        #expect(try await bench.dc1.depth(of: "from", virtualHost: bench.host1) == 1)
        #expect(try await bench.report(0).moved.int == 2)
    }

    @Test("that takes a stream without acknowledging says that this can't be")
    func streamWithoutAcknowledgements() async throws {
        var bench = try await ShovelBench.make()
        try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            _ = try await channel.declareQueue("from", arguments: ["x-queue-type": "stream"])
        }
        bench.addShovel(source: "queue: from", destination: "queue: to", "ack-mode: no-ack")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await eventually(within: .seconds(20), "it is refused") {
            let report = try await bench.report()
            guard report.error.code.string == "not-supported", report.error.message.string?.contains("stream") == true
            else { throw HarnessError("\(report)") }
            return true
        }
    }
}
