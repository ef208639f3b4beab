import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("Records that somebody removed", .serialized, .timeLimit(.minutes(3)))
struct LostRecordTests {
    @Test("have the pair held, under the daemon that knows them and under one that starts")
    func removed() async throws {
        // Given a pair that was promoted to DC2, so that the file names the wrong site
        let bench = try await PromotionBench.make()
        let ledger = Ledger()
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(5, of: ledger)
        #expect(try await bench.ropeway.promote("dc2").status == 0)
        try await bench.ropeway.untilRunning()
        // When the records of both sites are removed
        for node in [bench.dc1, bench.dc2] {
            for epoch in 1...2 {
                let path = "/api/global-parameters/ropeway.\(bench.ropeway.pair).\(epoch)"
                _ = try await node.management("DELETE", path)
            }
        }
        // Then the daemon holds the pair instead of following the file
        func held() async throws {
            try await eventually(within: .seconds(20), "the pair is held") {
                let status = try await bench.ropeway.api("/v1/status").json
                guard status.error.code.string == "records-held", status.protection.string == "unknown" else {
                    throw HarnessError("\(status.error) \(status.protection)")
                }
                guard status.active.string != "dc1" else { throw HarnessError("dc1 is active") }
                return true
            }
            #expect(try await bench.ropeway.api("/active?site=dc1").status == 503)
        }
        try await held()
        // And so does one that starts
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
        daemon = try bench.ropeway.run()
        try await held()
        let refused = try await bench.ropeway.promote("dc2", "--forced")
        #expect(refused.status == 4, "\(refused)")
    }

    @Test("that were set back on both sites have the pair held under a daemon that starts")
    func setBack() async throws {
        // Given a pair that was promoted to DC2 in epoch 2
        let bench = try await PromotionBench.make()
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        #expect(try await bench.ropeway.promote("dc2").status == 0)
        try await bench.ropeway.untilRunning()
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
        // When the records of epoch 2 are removed on both sites, which leaves those of epoch 1
        var removed: [(node: BrokerNode, value: Data)] = []
        for node in [bench.dc1, bench.dc2] {
            let path = "/api/global-parameters/ropeway.\(bench.ropeway.pair)."
            #expect(try await node.management("GET", path + "1").status == 200)
            removed.append((node, try await node.management("GET", path + "2").body))
            _ = try await node.management("DELETE", path + "2")
        }
        // Then a daemon that starts holds the pair: DC2's stores are closed to epoch 1
        daemon = try bench.ropeway.run()
        try await eventually(within: .seconds(30), "the pair is held") {
            let status = try await bench.ropeway.api("/v1/status").json
            guard status.error.code.string == "records-held" else { throw HarnessError("\(status.error)") }
            return true
        }
        #expect(try await bench.ropeway.api("/active?site=dc1").status == 503)
        #expect(try await bench.ropeway.promote("dc2", "--forced").status == 4)
        // When one of them is restored, it goes on in epoch 2
        let (node, value) = removed[0]
        _ = try await node.management(
            "PUT",
            "/api/global-parameters/ropeway.\(bench.ropeway.pair).2",
            body: String(decoding: value, as: UTF8.self)
        )
        try await eventually(within: .seconds(30), "the pair goes on") {
            try await bench.ropeway.status().active.string == "dc2"
        }
        try await bench.ropeway.untilRunning()
    }
}
