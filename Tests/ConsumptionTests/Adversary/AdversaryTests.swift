import Foundation
import Testing

@testable import Consumption

@Suite("No history makes the judge say that something is consumed which is in the queue")
struct AdversaryTests {
    /// `ROPEWAY_HISTORIES=100000` runs so many, best with optimisation.
    static let histories = ProcessInfo.processInfo.environment["ROPEWAY_HISTORIES"].flatMap { UInt64($0) }

    @Test("Given random histories, when each answer is judged, then nothing that is in the queue is called consumed")
    func neverLoses() {
        // given
        let seeds = 1...(Self.histories ?? 600)
        let faults = PlantedFault.allCases
        var proofs: [ConsumptionRule: Int] = [:]

        // when
        for seed in seeds {
            let aim = faults[Int(seed / 3) % faults.count]
            let history = seed % 3 == 0 ? History(seed: seed) : History(seed: seed, against: aim)
            var adversary = Adversary(seed: seed, history: history)
            let outcome = adversary.run()
            proofs.merge(outcome.proofs, uniquingKeysWith: +)

            // then
            if let loss = outcome.loss { Issue.record("seed \(seed), against \(aim): \(loss)") }
        }
        print("proofs:", proofs.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
        for rule in [ConsumptionRule.snapshot, .headTimestamp, .empty, .idleChannels, .depth] {
            #expect(proofs[rule, default: 0] > 20, "\(rule) proves next to nothing")
        }
    }

    @Test(
        "Given a condition that is left out, when histories are judged, then one of them shows the loss",
        arguments: PlantedFault.allCases
    )
    func faultsAreFound(fault: PlantedFault) {
        let seeds = (PlantedFault.shownBy[fault].map { [$0] } ?? []) + (1...(Self.histories ?? 1_000))
        for seed in seeds {
            var adversary = Adversary(seed: seed, history: History(seed: seed, against: fault), fault: fault)
            if let loss = adversary.run().loss {
                if Self.histories != nil { print("fault \(fault): seed \(seed): \(loss)") }
                return
            }
        }
        Issue.record("\(fault) is not found in \(seeds.count) seeds")
    }
}
