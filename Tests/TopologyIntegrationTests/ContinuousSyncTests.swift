import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("Continuous topology sync", .serialized, .timeLimit(.minutes(3)))
struct ContinuousSyncTests {
    @Test("follows the active site, deletes nothing, says what it can't do, and turns round with a promotion")
    func follows() async throws {
        // given
        var bench = try await TopologyBench.make()
        bench.ropeway.topology = "{sync: continuous, interval: 5s}"
        try await bench.dc1.declare(exchange: "orders", queues: ["billing"], virtualHost: bench.host1)
        try await bench.declareQueue("different", on: bench.dc1)
        try await bench.declareQueue("different", #"{"x-max-length":5}"#, on: bench.dc2)
        try await bench.declareQueue("standby-only", on: bench.dc2)
        bench.ropeway.addRoute("orders")

        // when
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }

        // then: also what the route itself needs on the standby site
        try await bench.ropeway.untilRunning()
        try await eventually(within: .seconds(30), "the topology is there") {
            let status = try await bench.ropeway.status()
            let topology = status.topology
            guard topology.last_sync.string != nil, topology.differences.int == 1 else {
                throw HarnessError("\(topology)")
            }
            #expect(topology.conflicts[0].string?.contains("'different': x-max-length: 5 instead of not set") == true)
            #expect(topology.only_there.int == 1)
            #expect(topology.applied.int == 3)
            return try await bench.names(on: bench.dc2).isSuperset(of: ["e orders", "q billing", "q standby-only"])
        }
        let own = try await bench.names(on: bench.dc2).filter { $0.contains("ropeway.") && $0.contains("capture") }
        #expect(own.isEmpty)

        // when: the pair is turned round, and what the new active site has alone is wanted on the other
        try await bench.declareQueue("of-dc2", on: bench.dc2)
        let promoted = try await bench.ropeway.promote("dc2")
        #expect(promoted.status == 0, "\(promoted)")

        // then
        try await eventually(within: .seconds(30), "the queue is on dc1") {
            try await bench.names(on: bench.dc1).isSuperset(of: ["q of-dc2", "q standby-only"])
        }
        // and: one command syncs the same way
        let diff = try await bench.topology("diff")
        #expect(diff.json.standby.string == "dc1")
        try await bench.end(daemon)
    }
}
