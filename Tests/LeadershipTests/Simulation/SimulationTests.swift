import LeadershipSimulation
import Testing

@Suite("What leads a pair, against a model of two sites")
struct SimulationTests {
    @Test("nothing is found from fixed seeds", arguments: 1...12 as ClosedRange<UInt64>)
    func fixedSeeds(seed: UInt64) {
        let outcome = Simulation(seed: seed).run()
        #expect(outcome.violation == nil, "Scripts/simulate 0 \(seed)")
    }

    @Test("nothing is found from fresh seeds")
    func freshSeeds() {
        let first = UInt64.random(in: 1_000_000...999_999_999)
        for seed in first..<first + 12 {
            let outcome = Simulation(seed: seed).run()
            #expect(outcome.violation == nil, "Scripts/simulate 0 \(seed)")
        }
    }

    @Test("a seed always does the same")
    func sameSeed() {
        // given
        let options = Simulation.Options(isTracing: true)

        // when
        let once = Simulation(seed: 7, options: options).run()
        let again = Simulation(seed: 7, options: options).run()

        // then
        #expect(once.trace == again.trace)
        #expect(once.trace.count > 100)
    }
}
