import Foundation
import RopewayHarness
import Testing

@Suite("When DC1 is killed while its consumers work", .serialized, .timeLimit(.minutes(60)))
struct ConsumptionRunTests {
    @Test("what they left is replayed, each message to its own queue, and no more than the plan said", arguments: plans)
    func run(plan: ConsumptionPlan) async throws {
        FaultScale.note("\(plan)")
        let replay = "{window: watermark\(plan.hasTimestamps ? ", trust-timestamps: true" : "")}"
        try await FaultBench.with("cr-\(plan.seed)", replay: replay, queues: []) { bench in
            let outcomes = try await ConsumptionRun(plan: plan, bench: bench).run()
            for outcome in outcomes {
                FaultScale.note("seed \(plan.seed): \(outcome)")
                #expect(outcome.lost.isEmpty, "\(plan): \(outcome): \(outcome.lost.prefix(20))")
                #expect(outcome.foreign == 0, "\(plan): \(outcome)")
                if let planned = outcome.planned { #expect(outcome.replayed <= planned, "\(plan): \(outcome)") }
            }
        }
    }

    /// By hand: so many random runs from a seed on (`ROPEWAY_CONSUMPTION_RUNS`, `ROPEWAY_CONSUMPTION_SEED`), of so many
    /// messages (`ROPEWAY_CONSUMPTION_MESSAGES`) at 100 a second.
    private static var plans: [ConsumptionPlan] {
        func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }
        guard let runs = number("ROPEWAY_CONSUMPTION_RUNS") else {
            return [.disaster(messages: 3000, duration: .seconds(30), rest: .seconds(20), type: "classic")]
        }
        let messages = number("ROPEWAY_CONSUMPTION_MESSAGES") ?? 5000
        let duration = Duration.seconds(max(10, messages / 100))
        guard runs > 0 else {
            return ["classic", "quorum"].map {
                .disaster(messages: messages, duration: duration, rest: .seconds(75), type: $0)
            }
        }
        let first = UInt64(number("ROPEWAY_CONSUMPTION_SEED") ?? 1)
        return (0..<UInt64(runs)).map { .random(seed: first + $0, messages: messages, duration: duration) }
    }
}
