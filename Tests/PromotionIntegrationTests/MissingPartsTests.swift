import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("A forced promotion where DC2 lacks something", .serialized, .timeLimit(.minutes(3)))
struct MissingPartsTests {
    @Test(
        "does not end as done where the store of a route is gone, and says which",
        arguments: ["with its policy", "alone"]
    )
    func store(gone: String) async throws {
        // Given a pair whose store was deleted after it had taken messages
        let bench = try await PromotionBench.make()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        try await bench.publish(100, of: ledger)
        try await bench.ropeway.untilRelayed(100)
        try await eventually(within: .seconds(20), "DC2 has it in writing that the store was seen") {
            let path = "/api/global-parameters/ropeway.\(bench.ropeway.pair).gaps"
            let (status, body) = try await bench.dc2.management("GET", path)
            return status == 200 && String(decoding: body, as: UTF8.self).contains("dc2 orders store")
        }
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
        let (status, _) = try await bench.dc2.management("DELETE", "/api/queues/\(bench.host2)/\(bench.store)")
        try #require(status == 204)
        if gone == "with its policy" {
            _ = try await bench.dc2.management("DELETE", "/api/policies/\(bench.host2)/\(bench.store)")
        }
        // When DC2 is promoted
        let answer = try await bench.ropeway.promote("dc2", "--forced", "--no-daemon")
        // Then it is active, and what is missing is said
        #expect(answer.status == 5, "\(answer)")
        #expect(answer.json.error.code.string == "store-missing", "\(answer)")
        // And the history tells of it for good
        let entry = try await bench.ropeway.command("history").json.history[0]
        #expect(entry.state.string == "incomplete", "\(entry)")
        #expect(entry.error != .null)
        #expect(answer.json.error.message.string?.contains(bench.store) == true, "\(answer)")
        let record = try await bench.record(epoch: 2, on: bench.dc2)
        #expect(record.active.string == "dc2" && record.operation == .null, "\(record)")
        // And it is not begun again: the same command says how it ended
        let again = try await bench.ropeway.promote("dc2", "--forced", "--no-daemon")
        #expect(again.status == 5 && again.json.error.code.string == "store-missing", "\(again)")
        #expect(try await bench.record(epoch: 2, on: bench.dc2).active.string == "dc2")
    }

    @Test("quarantines what only the capture for the way back would take")
    func queues() async throws {
        // Given a list of four keys, of which DC2 routes one
        var bench = try await PromotionBench.make(declaresTarget: false)
        let keys = ["a", "b", "c", "d"]
        try await bench.dc2.declare(
            exchange: PromotionBench.exchange,
            queues: [PromotionBench.queue],
            key: "a",
            virtualHost: bench.host2
        )
        bench.ropeway.routes = []
        let list = keys.map { "{routing-key: \($0)}" }.joined(separator: ", ")
        bench.ropeway.addRoute(
            PromotionBench.exchange,
            more: ["bindings: [\(list)]", "accept-routing-change: true"]
        )
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        for key in keys {
            try await ledger.publish(
                100,
                by: key,
                to: PromotionBench.exchange,
                key: key,
                on: bench.dc1,
                virtualHost: bench.host1
            )
        }
        try await bench.ropeway.untilRelayed(400)
        // When DC2 is promoted
        try await bench.loseDC1()
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        // Then what no queue takes is quarantined and counted
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json.replayed.int == 100, "\(answer)")
        #expect(answer.json.quarantined.int == 300, "\(answer)")
        #expect(try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2) == 100)
        // And from then on the capture takes the whole list
        let bindings: [Binding] = try await bench.dc2.managementJSON(
            "/api/queues/\(bench.host2)/\(bench.capture)/bindings"
        )
        #expect(Set(bindings.filter { $0.source == PromotionBench.exchange }.map(\.routing_key)) == Set(keys))
    }

    private struct Binding: Decodable {
        var source: String
        var routing_key: String
    }
}
