import Forecast
import Testing

@Suite("Forecasts of what would be lost")
struct CalibrationTests {
    @Test("contain the truth in 99 of 100 losses, and are no wider than they have to be")
    func calibration() throws {
        // Given ten thousand sites, each lost at a random instant under a random load
        let rounds = 10_000
        var misses: [UInt64] = []
        var excess: [Int] = []
        for seed in 1...UInt64(rounds) {
            var model = RelayModel(seed: seed)
            let (verdict, lost) = model.run()
            // When it is forecast what is lost
            let low = try #require(verdict.estimate.low, "seed \(seed): \(verdict)")
            let high = try #require(verdict.estimate.high, "seed \(seed): \(verdict)")
            if !(low...high).contains(lost) { misses.append(seed) }
            excess.append(high - low - 2 * lost)
        }
        excess.sort()
        // Then the truth lies within, and the width is at most twice the truth and a hundred, in the middle
        let held = 100 - 100 * Double(misses.count) / Double(rounds)
        #expect(held >= 99, "\(held) % held; missed with the seeds \(misses.prefix(20))")
        #expect(excess[rounds / 2] <= 100, "the median is \(excess[rounds / 2]) messages above twice the truth")
    }
}
