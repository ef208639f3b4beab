import BrokerHarness
import RopewayHarness
import Testing

@Suite("What a forced promotion replays", .serialized, .timeLimit(.minutes(3)))
struct LimitTests {
    private static let ttl = Duration.seconds(4)
    static let types = ["stream", "quorum", "classic"]

    @Test(
        "is what was younger than ttl when DC1 was lost, however late it is",
        arguments: [("stream", false), ("stream", true), ("quorum", true), ("classic", true)]
    )
    func timeToLive(type: String, late: Bool) async throws {
        // Given 50 messages that are older than ttl, and 500 that are not
        let bench = try await PromotionBench.make(standby: "{type: \(type), ttl: 4s, hold: 1h}")
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(50, of: ledger, by: "old")
        try await bench.ropeway.untilRelayed(50)
        try await bench.wait(Self.ttl + .seconds(1))
        try await bench.publish(500, of: ledger, by: "new")
        try await bench.ropeway.untilRelayed(550)
        // When DC1 is lost, and DC2 is promoted soon or when all messages have become older than ttl
        try await bench.loseDC1()
        if late { try await bench.wait(Self.ttl + .seconds(1)) }
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        // Then the old ones are not replayed and the new ones are
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json.replayed.int == 500, "\(answer)")
        #expect(answer.json.expired.int == 50, "\(answer)")
        let account = try await bench.account(of: ledger)
        #expect(account.lost == (0..<50).map { "old/\($0)" })
        #expect(account.distinct == 500)
        #expect(account.repeated == 0)
        #expect(account.outOfOrder == 0)
    }

    @Test("is the newest max-length messages", arguments: types)
    func maximumLength(type: String) async throws {
        // Given more messages than max-length
        let bench = try await PromotionBench.make(standby: "{type: \(type), ttl: 1h, max-length: 1000}")
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(2500, of: ledger)
        try await bench.ropeway.untilRelayed(2500)
        // When DC1 is lost and DC2 is promoted
        try await bench.loseDC1()
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        // Then exactly the newest are replayed, in order
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json.replayed.int == 1000, "\(answer)")
        let account = try await bench.account(of: ledger)
        #expect(account.lost == (0..<1500).map { "a/\($0)" })
        #expect(account.distinct == 1000)
        #expect(account.outOfOrder == 0)
    }

    @Test("stays the same when the daemon is killed in the middle", arguments: ["stream", "quorum"])
    func killed(type: String) async throws {
        // Given messages beyond both limits, and a slow replay
        let bench = try await PromotionBench.make(
            standby: "{type: \(type), ttl: 4s, max-length: 1000, hold: 1h}",
            replay: "{window: all, rate: 200}"
        )
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(300, of: ledger, by: "old")
        try await bench.ropeway.untilRelayed(300)
        try await bench.wait(Self.ttl + .seconds(1))
        try await bench.publish(800, of: ledger, by: "new")
        try await bench.ropeway.untilRelayed(1100)
        try await bench.loseDC1()
        // When the daemon is killed in the middle of the replay, and the promotion is run again without it
        let first = try bench.ropeway.start(["promote", "dc2", "--forced", "--format", "json"])
        try await eventually(within: .seconds(30), "200 messages are replayed") {
            try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2) >= 200
        }
        daemon.kill()
        try await daemon.wait(within: .seconds(5))
        first.kill()
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        // Then what is within the limits is there, and nothing else
        #expect(answer.status == 0, "\(answer)")
        let account = try await bench.account(of: ledger)
        #expect(account.lost == (0..<300).map { "old/\($0)" })
        #expect(account.distinct == 800)
        // The rate bounds what an interval of the cursor covers; in flight at that rate is less.
        #expect(account.repeated <= 800, "\(account.repeated) repeated")
        #expect(try await bench.ropeway.status().active.string == "dc2")
    }
}
