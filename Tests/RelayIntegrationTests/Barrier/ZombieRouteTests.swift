import BrokerHarness
import Foundation
import Testing

/// The barrier alone: no lock, no record, and nobody who stops the route.
@Suite("A route that goes on after its epoch has ended", .serialized, .timeLimit(.minutes(60)))
struct ZombieRouteTests {
    @Test(
        "gets nothing confirmed that is in the store behind the seal, and what is not stored stays in the capture",
        arguments: ZombieBench.Way.allCases,
        [false, true]
    )
    func accounted(way: ZombieBench.Way, isPartitioned: Bool) async throws {
        try await ZombieBench.with(way) { bench in
            var total = ZombieBench.Account()
            for run in 1...ZombieBench.runs {
                let account = try await bench.run(epoch: run, isPartitioned: isPartitioned)
                #expect(account.swallowed == 0, "run \(run): \(account)")
                #expect(account.lateForGood == 0, "run \(run): \(account)")
                // A stream takes what its publisher had sent, whoever that is.
                if way != .streamProtocol { #expect(account.late == 0, "run \(run): \(account)") }
                #expect(account.captured > 0, "run \(run): \(account)")
                total += account
            }
            let kind = "\(way)\(isPartitioned ? ", partitioned" : "")"
            FileHandle.standardError.write(Data("seen: \(kind), \(ZombieBench.runs) runs: \(total)\n".utf8))
        }
    }

    /// The control: the same runs can tell whether there is a barrier.
    @Test(
        "and without a barrier it does, and what it stored there is lost",
        arguments: [ZombieBench.Way.stream, .streamProtocol],
        [false, true]
    )
    func swallowed(way: ZombieBench.Way, isPartitioned: Bool) async throws {
        try await ZombieBench.with(way) { bench in
            var swallowed: [Int] = []
            var late: [Int] = []
            for run in 1...min(10, max(2, ZombieBench.runs)) {
                let account = try await bench.run(epoch: run, isPartitioned: isPartitioned, isClosed: false)
                swallowed.append(account.swallowed)
                late.append(account.late)
            }
            let kind = "no barrier, \(way)\(isPartitioned ? ", partitioned" : "")"
            FileHandle.standardError.write(Data("seen: \(kind): late \(late), swallowed \(swallowed)\n".utf8))
            #expect(swallowed.contains { $0 > 0 })
        }
    }
}
