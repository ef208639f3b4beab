import BrokerHarness
import RopewayHarness
import Testing

@Suite("When the daemon is killed at a step of a promotion", .serialized, .timeLimit(.minutes(60)))
struct KilledStepTests {
    /// What came of the rounds.
    private struct Count {
        var kills = 0
        var resumed = 0
        var takenBack = 0
    }

    @Test("it is resumed or taken back, one site is open, and nothing is lost")
    func killed() async throws {
        try await ClusterBench.with(threeNodesAt: FaultScale.largeSites, hasLinks: true) { bench in
            let operations = try await KilledOperations(bench)
            for forced in [false, true] {
                let count = try await Self.killAtSteps(operations, forced: forced)
                let kind = forced ? "forced" : "planned"
                FaultScale.note("\(bench.dc2[0].version), \(bench.dc2.count) nodes: \(kind), \(count)")
            }
            try await operations.expectNothingLost()
        }
    }

    private static func killAtSteps(_ operations: KilledOperations, forced: Bool) async throws -> Count {
        let steps = try await operations.steps(forced: forced)
        let commit = try #require(steps.firstIndex { $0.step.string == "committing" })
        var count = Count()
        for pass in 0..<max(1, FaultScale.stepKills) {
            for index in FaultScale.stepKills == 0 ? [commit] : Array(steps.indices) {
                // The first time right at the beginning of the step, then somewhere in it.
                let delay = pass == 0 ? Duration.zero : .milliseconds(Int.random(in: 0...60))
                let hasMoved = try await kill(operations, forced: forced, at: index, after: delay)
                #expect(delay > .zero || index == commit || hasMoved == (index > commit))
                count.kills += 1
                if hasMoved { count.resumed += 1 } else { count.takenBack += 1 }
            }
        }
        return count
    }

    /// - Returns: whether the promotion was resumed, rather than taken back.
    private static func kill(
        _ operations: KilledOperations,
        forced: Bool,
        at index: Int,
        after delay: Duration
    ) async throws -> Bool {
        // Given a pair that relays; every other forced promotion is of a pair whose active site is out of reach, where
        // something was captured that was not relayed
        let bench = operations.bench
        let (origin, target) = (operations.active, operations.standby)
        let isCut = forced && !index.isMultiple(of: 2)
        let ahead = "ahead of \(operations.epoch)"
        try await operations.publish(100)
        try await operations.untilRelayed()
        let step = try await operations.steps(forced: forced)[index]
        if isCut {
            try await bench.link(to: origin, .cut)
            try await operations.publish(20, by: ahead)
        }
        // When the daemon is killed at the step, and started again
        let clock = ContinuousClock()
        let command = try await operations.promote(forced: forced, killedAt: step, after: delay)
        let recorded = try await operations.recordedNow()
        let start = clock.now
        try operations.restart()
        // Then it resumes what is past its point of no return, without the site that is out of reach
        if isCut, try await operations.record(of: target).active.string == target {
            try await operations.untilOpen(target)
        }
        let opened = clock.now - start
        try await bench.link(to: origin, .forward)
        let hasMoved = try await operations.untilSettled()
        let end = try await command.wait(within: .seconds(90))
        FaultScale.note(
            "\(step.step.string ?? "") \(step.site.string ?? "")\(isCut ? ", \(origin) cut off" : "") + \(delay): "
                + "records \(recorded), \(hasMoved ? "resumed" : "taken back"), open after \(opened), "
                + "settled after \(clock.now - start), promote \(end)"
        )
        #expect(hasMoved || end != .status(0))
        // And it can be promoted again
        if !hasMoved {
            try await operations.untilRelayed()
            let again = try operations.promote(forced: forced)
            #expect(try await again.wait(within: .seconds(90)) == .status(0), "\(again.outputEnd)")
            #expect(try await operations.untilSettled())
        }
        // And everything that was relayed is there; the rest stays in the capture that it came to
        let account = try await operations.accountHere()
        let left = hasMoved && isCut ? try await operations.node(origin).depth(of: bench.name("capture")) : 0
        #expect(
            account.lost.count <= left && account.lost.allSatisfy { $0.hasPrefix(ahead) },
            "\(account.lost.prefix(3))"
        )
        return hasMoved
    }
}
