import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("A shovel of a pair", .timeLimit(.minutes(3)))
struct ShovelLifeTests {
    @Test("that has no routes goes on undisturbed while the daemon reads its records")
    func noRoutes() async throws {
        // Given a pair with a shovel and without routes
        var bench = try await ShovelBench.make()
        try await bench.declare(["from"], on: bench.dc1)
        bench.addShovel(source: "queue: from", destination: "queue: to")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // When it has moved messages, and the daemon has looked at its records again
        try await bench.publish(["1", "2"], key: "from")
        _ = try await bench.take(2, from: "to")
        // Messages count as moved once they are confirmed, which is later than that they are there.
        try await eventually(within: .seconds(20), "both are confirmed") { try await bench.report().moved.int == 2 }
        let started = ContinuousClock.now
        try await eventually(within: .seconds(20), "the records were read again") {
            // Then it is the same shovel still
            let moved = try await bench.report().moved.int
            #expect(moved == 2, "it was restarted")
            return ContinuousClock.now - started > .seconds(6) || moved != 2
        }
        let log = try daemon.errorOutput().split(separator: "\n")
        #expect(log.filter { $0.contains("shovel begun") }.count == 1)
    }

    @Test("is begun, changed and ended by editing the file, the others undisturbed and nothing repeated")
    func edits() async throws {
        // Given two shovels, one of them under way
        var bench = try await ShovelBench.make()
        try await bench.declare(["from-a", "from-b", "from-c"], on: bench.dc1)
        bench.addShovel("a", source: "queue: from-a", destination: "queue: to-a")
        bench.addShovel("b", source: "queue: from-b", destination: "queue: to-b", "rate: 200", "prefetch-count: 50")
        let bodies = (0..<400).map { "\($0)" }
        try await bench.publish(bodies, key: "from-b")
        try await bench.publish(["1"], key: "from-a")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await eventually(within: .seconds(30), "b is under way") {
            let a = try await bench.report(0).moved.int
            return try await bench.report(1).moved.int ?? 0 > 20 && a == 1
        }
        // When b is given another limit and c is added
        bench.ropeway.shovels[1].replace("rate: 200", with: "rate: 1000000")
        bench.addShovel("c", source: "queue: from-c", destination: "queue: to-c")
        try bench.ropeway.write()
        daemon.signal(SIGHUP)
        // Then b goes on where it was, in order and without a repeat, and c works
        let deliveries = try await bench.take(bodies.count, from: "to-b")
        #expect(deliveries.map { String(buffer: $0.body) } == bodies)
        try await bench.publish(["1"], key: "from-c")
        _ = try await bench.take(1, from: "to-c")
        try await eventually(within: .seconds(20), "what it moved before counts") {
            try await bench.report(1).moved.int == bodies.count
        }
        let log = try daemon.errorOutput().split(separator: "\n").filter { $0.contains("shovel begun") }
        #expect(log.filter { $0.contains("shovel=b") }.count == 2)
        // And a was not touched
        #expect(log.filter { $0.contains("shovel=a") }.count == 1)
        // When a is taken out, then it ends, and what comes stays
        bench.ropeway.shovels.remove(at: 0)
        try bench.ropeway.write()
        daemon.signal(SIGHUP)
        try await eventually(within: .seconds(20), "nobody consumes from-a") {
            let count = try await bench.ropeway.status().shovels.elements.count
            let consumers = try await bench.consumers(of: "from-a")
            return count == 2 && consumers.isEmpty
        }
        try await bench.publish(["2"], key: "from-a")
        #expect(try await bench.dc1.depth(of: "from-a", virtualHost: bench.host1) == 1)
        // When the file is read again and nothing has changed, then all are restarted: certificates may have changed
        daemon.signal(SIGHUP)
        try await eventually(within: .seconds(20), "c is begun again") {
            let begun = try daemon.errorOutput().split(separator: "\n").filter { $0.contains("shovel begun") }
            return begun.filter { $0.contains("shovel=c") }.count == 2
        }
    }

    @Test("that a number ends is completed after that many, also where it is changed on its way")
    func countedOn() async throws {
        // Given a shovel of 120 messages, and of as many as there are, both slow
        var bench = try await ShovelBench.make()
        try await bench.declare(["from-a", "from-b"], on: bench.dc1)
        bench.addShovel("a", source: "queue: from-a, delete-after: 120", destination: "queue: to-a", "rate: 40")
        let all = "queue: from-b, delete-after: queue-length"
        bench.addShovel("b", source: all, destination: "queue: to-b", "rate: 40")
        let bodies = (0..<200).map { "\($0)" }
        for queue in ["from-a", "from-b"] { try await bench.publish(bodies, key: queue) }
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await eventually(within: .seconds(30), "both are under way") {
            let a = try await bench.report(0).moved.int ?? 0
            return try await bench.report(1).moved.int ?? 0 > 20 && a > 20
        }
        // When more is published, and both get another rate
        for queue in ["from-a", "from-b"] { try await bench.publish(bodies, key: queue) }
        for index in 0..<2 { bench.ropeway.shovels[index].replace("rate: 40", with: "rate: 10000") }
        try bench.ropeway.write()
        daemon.signal(SIGHUP)
        // Then each ends where it was to end
        for (index, count) in [120, 200].enumerated() {
            try await eventually(within: .seconds(30), "shovel \(index) is completed") {
                try await bench.report(index).state.string == "completed"
            }
            #expect(try await bench.report(index).moved.int == count)
        }
        #expect(try await bench.dc1.depth(of: "from-a", virtualHost: bench.host1) == 280)
        #expect(try await bench.dc1.depth(of: "from-b", virtualHost: bench.host1) == 200)
    }

    @Test("is paused and resumed without a repeat")
    func pause() async throws {
        var bench = try await ShovelBench.make()
        try await bench.declare(["from"], on: bench.dc1)
        bench.addShovel(source: "queue: from", destination: "queue: to", "rate: 200")
        let bodies = (0..<300).map { "\($0)" }
        try await bench.publish(bodies, key: "from")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await eventually(within: .seconds(30), "it is under way") { try await bench.report().moved.int ?? 0 > 20 }
        let paused = try await bench.ropeway.command("pause", "move")
        #expect(paused.status == 0, "\(paused)")
        try await bench.until("paused")
        let moved = try await bench.report().moved.int
        #expect(try await bench.dc2.depth(of: "to", virtualHost: bench.host2) == moved)
        // And it stays so in another daemon, which says since when and who it was
        daemon.kill()
        let next = try bench.ropeway.run()
        defer { next.kill() }
        try await bench.until("paused")
        let report = try await bench.report()
        #expect(report.paused.by.string?.contains("@") == true && report.paused.since.string != nil, "\(report)")
        #expect(try await bench.dc2.depth(of: "to", virtualHost: bench.host2) == moved)
        let resumed = try await bench.ropeway.command("resume", "move")
        #expect(resumed.status == 0, "\(resumed)")
        #expect(try await bench.report().paused == .null)
        let deliveries = try await bench.take(bodies.count, from: "to")
        #expect(deliveries.map { String(buffer: $0.body) } == bodies)
    }
}
