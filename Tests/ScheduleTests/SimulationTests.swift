import Testing

@testable import Schedule

@Suite("What is planned, against a model of daemons and sites")
struct SimulationTests {
    @Test(
        "Given trouble of a fixed seed, when it is over, then each occurrence ran at most once or is said",
        arguments: 1...3 as ClosedRange<UInt64>
    )
    func fixed(seed: UInt64) throws {
        let simulation = try ScheduleSimulation(seed: seed)
        try simulation.run()
        #expect(simulation.violations == [], "seed \(seed)")
        #expect(simulation.begun.count >= 5)
    }

    @Test("Given trouble of a fresh seed, when it is over, then each occurrence ran at most once or is said")
    func fresh() throws {
        let first = UInt64.random(in: 1_000...1_000_000_000)
        for seed in first..<first + 2 {
            let simulation = try ScheduleSimulation(seed: seed)
            try simulation.run()
            #expect(simulation.violations == [], "seed \(seed)")
        }
    }
}
