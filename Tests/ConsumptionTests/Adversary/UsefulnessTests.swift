import Testing

@testable import Consumption

@Suite("What the rules are worth with consumers that behave")
struct UsefulnessTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var history: History
        var rule: ConsumptionRule
        /// Seconds of consumption that may be repeated at the end.
        var repeats: Int
    }

    static func history(_ kind: History.Kind, change: (inout History) -> Void = { _ in }) -> History {
        var history = History(wellBehaved: kind)
        history.publishesFrom = 60
        change(&history)
        return history
    }

    static let cases = [
        Case(
            testDescription: "classic, timestamps, one consumer keeps its first message",
            history: history(.classic) { $0.holds = 30 },
            rule: .headTimestamp,
            repeats: 150
        ),
        Case(testDescription: "classic, timestamps", history: history(.classic), rule: .headTimestamp, repeats: 40),
        Case(
            testDescription: "classic, no timestamps, consumers that run dry",
            history: history(.classic) {
                $0.untimed = 1000
                $0.acknowledges = 1000
                $0.rate = 3
            },
            rule: .empty,
            repeats: 100
        ),
        Case(
            testDescription: "classic, no timestamps, deep, consumers that pause",
            history: history(.classic) {
                $0.untimed = 1000
                $0.acknowledges = 1000
                $0.pauses = 300
            },
            rule: .idleChannels,
            repeats: 150
        ),
        Case(
            testDescription: "classic, no timestamps, consumers that are never idle",
            history: history(.classic) {
                $0.untimed = 1000
                $0.processingLimit = 60
                $0.acknowledges = 1000
                $0.rate = 40
            },
            rule: .depth,
            repeats: 150
        ),
        Case(
            testDescription: "quorum, dense log, delivery limit",
            history: history(.quorumLimited),
            rule: .snapshot,
            repeats: 60
        ),
        Case(
            testDescription: "quorum, dense log, no delivery limit",
            history: history(.quorumUnlimited) { $0.acknowledges = 1000 },
            rule: .snapshot,
            repeats: 90
        ),
        Case(
            testDescription: "quorum, sparse log, deep, consumers that pause",
            history: history(.quorumLimited) {
                $0.machineVersion = 8
                $0.acknowledges = 1000
                $0.pauses = 300
            },
            rule: .idleChannels,
            repeats: 150
        ),
    ]

    @Test("Given consumers that behave, when ten minutes passed, then little would be repeated", arguments: cases)
    func advances(situation: Case) {
        // given
        var rules: [ConsumptionRule: Int] = [:]
        var seconds: [Int] = []

        // when
        for seed in 1...3 as ClosedRange<UInt64> {
            var adversary = Adversary(seed: seed, history: situation.history)
            let outcome = adversary.run()
            #expect(outcome.loss == nil)
            for (rule, count) in outcome.proofs { rules[rule, default: 0] += count }
            seconds.append(outcome.repeats * 2 / situation.history.rate)
        }

        // then
        let most = seconds.max() ?? 0
        let found = rules.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        print("\(situation.testDescription): at most \(most) s of consumption repeated (\(found))")
        #expect(rules[situation.rule, default: 0] > 0)
        #expect(most <= situation.repeats)
    }
}
