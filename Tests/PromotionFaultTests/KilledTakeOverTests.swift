import BrokerHarness
import RopewayHarness
import Testing

@Suite("When a forced promotion takes a planned one over, and is killed", .serialized, .timeLimit(.minutes(30)))
struct KilledTakeOverTests {
    /// How often one take-over is killed at most, before it may end.
    private static let killsOfOne = FaultScale.operationKills < 4 ? 1 : 2

    @Test("it is complete when it is run again, one site is open, and nothing is lost")
    func killed() async throws {
        try await KilledOperations.untilKilledOften("take-overs") { operations, round, left in
            let victim = round.isMultiple(of: 2) ? KilledOperations.Victim.daemon : .command
            return try await Self.takeOver(operations, victim, most: min(Self.killsOfOne, left))
        }
    }

    /// - Returns: how often it was killed while it worked.
    private static func takeOver(
        _ operations: KilledOperations,
        _ victim: KilledOperations.Victim,
        most: Int
    ) async throws -> Int {
        // Given a planned promotion that can't drain, since its route is paused
        let ropeway = operations.bench.ropeway
        let target = operations.standby
        try await operations.publish(100)
        try await operations.untilRelayed()
        _ = try await ropeway.command("pause", ClusterBench.exchange)
        try await operations.publish(10)
        let planned = try operations.promote()
        try await operations.untilDraining()
        // When a forced one takes it over, and is killed at random instants
        var kills = 0
        var said: [String] = []
        while kills < most {
            let time = Double.random(in: Bool.random() ? 0.03...0.4 : 0.4...1.2)
            let (command, isInTime) = try await operations.kill(
                victim,
                after: .seconds(time),
                of: ["promote", target, "--forced"]
            )
            said.append("after \(time)\(isInTime ? "" : ", late"), records \(try await operations.recordedNow())")
            if victim == .daemon {
                try operations.restart()
                command.kill()
            }
            guard isInTime else { break }
            kills += 1
        }
        // Then it is complete when it is run again
        let more = victim == .command ? ["--no-daemon"] : []
        try await eventually(within: .seconds(90), "the promotion is done") {
            let command = try ropeway.start(["promote", target, "--forced", "--format", "json"] + more)
            guard try await command.wait(within: .seconds(60)) == .status(0) else {
                throw HarnessError("\(command.outputEnd)")
            }
            return true
        }
        try operations.restart()
        let hasMoved = try await operations.untilSettled()
        let end = try await planned.wait(within: .seconds(60))
        FaultScale.note("take-over, \(victim) killed \(said.joined(separator: "; ")): planned \(end)")
        // A pause outlives whoever was killed.
        _ = try await ropeway.command("resume", ClusterBench.exchange)
        #expect(hasMoved && operations.active == target)
        #expect(end != .status(0))
        // And what is published is relayed
        try await operations.publish(50)
        try await operations.untilRelayed()
        return kills
    }
}
