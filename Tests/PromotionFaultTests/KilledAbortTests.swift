import BrokerHarness
import RopewayHarness
import Testing

@Suite("When a promotion is taken back, and whoever does that is killed", .serialized, .timeLimit(.minutes(30)))
struct KilledAbortTests {
    /// Why the promotion has not ended when it is taken back.
    private enum Cause: String {
        /// The route is paused, and publishers go on.
        case backlog
        /// The active site takes nothing.
        case alarm
        /// None: it is taken back at any instant, and may be over.
        case none
    }

    private static let scenes: [(KilledOperations.Victim, Cause)] = [
        (.daemon, .backlog), (.command, .alarm), (.daemon, .none), (.command, .backlog), (.daemon, .alarm),
        (.command, .none),
    ]

    @Test("one site is open in the old epoch or in the new, it is relayed from, and nothing is lost")
    func killed() async throws {
        try await KilledOperations.untilKilledOften("aborts") { operations, round, _ in
            let (victim, cause) = Self.scenes[round % Self.scenes.count]
            return try await Self.abort(operations, cause, victim) ? 1 : 0
        }
    }

    /// - Returns: whether whoever took the promotion back was killed while it did so.
    private static func abort(
        _ operations: KilledOperations,
        _ cause: Cause,
        _ victim: KilledOperations.Victim
    ) async throws -> Bool {
        // Given a planned promotion that is under way
        let ropeway = operations.bench.ropeway
        let origin = operations.node(operations.active)
        try await operations.publish(100)
        switch cause {
        case .backlog: _ = try await ropeway.command("pause", ClusterBench.exchange)
        case .alarm: try await origin.alarm(true)
        case .none: break
        }
        let publishing = cause == .none ? nil : operations.keepPublishing()
        defer { publishing?.cancel() }
        let planned = try operations.promote()
        if cause == .none {
            try await Task.sleep(for: .seconds(Double.random(in: 0...2.5)))
        } else {
            try await operations.untilDraining()
        }
        // When it is taken back, and whoever does that is killed, at a random instant or between the two records
        let isBetween = Bool.random()
        let (command, isInTime) = try await operations.kill(
            victim,
            after: isBetween ? .seconds(5) : .seconds(Double.random(in: 0.03...0.7)),
            orWhen: { isBetween ? try await operations.isTakenBack() : false },
            of: ["abort"]
        )
        let recorded = try await operations.recordedNow()
        // Then one site is open, and whoever waits is not told of a promotion that was not made
        try operations.restart()
        let clock = ContinuousClock()
        let start = clock.now
        // The planned one may have had no daemon to ask yet, and be working by itself.
        let ends = (try await planned.wait(within: .seconds(90)), try await command.wait(within: .seconds(60)))
        let hasMoved = try await operations.untilSettled()
        FaultScale.note(
            "abort, \(cause), \(victim) killed \(isInTime ? "in time" : "late"), records \(recorded): "
                + "settled after \(clock.now - start), \(hasMoved ? "promoted" : "taken back"), promote \(ends.0), abort \(ends.1)"
        )
        // A pause outlives whoever was killed.
        if cause == .backlog { _ = try await ropeway.command("resume", ClusterBench.exchange) }
        #expect(!hasMoved || cause == .none)
        #expect(hasMoved || ends.0 != .status(0))
        // And what is published is relayed
        if cause == .alarm { try await origin.alarm(false) }
        publishing?.cancel()
        await publishing?.value
        try await operations.publish(50)
        try await operations.untilRelayed()
        return isInTime
    }
}
