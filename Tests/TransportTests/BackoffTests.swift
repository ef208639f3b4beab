import SeededRandomness
import Testing
import Transport

@Suite("Backoff")
struct BackoffTests {
    @Test("given the defaults, when attempts fail, then the ceiling doubles up to the maximum")
    func ceilings() {
        let policy = BackoffPolicy()
        let expected: [Duration] = [
            .milliseconds(200), .milliseconds(400), .milliseconds(800), .milliseconds(1600), .milliseconds(3200),
            .milliseconds(6400), .milliseconds(12800), .milliseconds(25600), .seconds(30), .seconds(30),
        ]
        #expect((0..<10).map { policy.ceiling(attempt: $0) } == expected)
    }

    @Test(
        "given any number of attempts, when a delay is drawn, then it lies within the maximum and nothing overflows",
        arguments: [Int.min, -1, 0, 1, 62, 63, 64, 1023, 1024, 1_000_000, .max]
    )
    func largeAttempts(attempt: Int) {
        var generator = SeededGenerator(seed: 1)
        for multiplier in [0, 1, 1.000_000_1, 2, 1e300, .infinity, .nan] {
            for maximum in [Duration.zero, .seconds(30), .seconds(Int64.max)] {
                let policy = BackoffPolicy(maximum: maximum, multiplier: multiplier)
                let ceiling = policy.ceiling(attempt: attempt)
                #expect(ceiling >= .milliseconds(200) || ceiling == policy.maximum)
                #expect(ceiling <= policy.maximum)
                let delay = policy.delay(attempt: attempt, using: &generator)
                #expect(delay >= .zero)
                #expect(delay <= ceiling)
            }
        }
    }

    @Test("given a ceiling of 800 ms, when many delays are drawn, then they fill its tenths evenly")
    func distribution() {
        var generator = SeededGenerator(seed: 42)
        var tenths = [Int](repeating: 0, count: 10)
        for _ in 0..<10_000 {
            let delay = BackoffPolicy().delay(attempt: 2, using: &generator)
            tenths[min(9, Int(delay / .milliseconds(80)))] += 1
        }
        // 1000 expected in each, with a standard deviation of 30.
        #expect(tenths.allSatisfy { (850...1150).contains($0) }, "\(tenths)")
    }

    @Test("given failed attempts, when reset, then the ceiling starts over")
    func reset() {
        var backoff = Backoff(policy: BackoffPolicy(initial: .seconds(1), maximum: .seconds(8)))
        var generator = SeededGenerator(seed: 7)
        for ceiling in [1, 2, 4, 8, 8] {
            #expect(backoff.next(using: &generator) <= .seconds(ceiling))
        }
        #expect(backoff.attempt == 5)
        backoff.reset()
        #expect(backoff.attempt == 0)
        #expect(backoff.next() <= .seconds(1))
    }

    @Test("given values out of range, when a policy is made, then they are brought into range")
    func clamping() {
        let policy = BackoffPolicy(initial: .seconds(-1), maximum: .seconds(-5), multiplier: 0.5)
        #expect(policy.delay(attempt: 3) == .zero)
        #expect(BackoffPolicy(initial: .seconds(9), maximum: .seconds(1)).ceiling(attempt: 0) == .seconds(9))
    }
}
