import Notation
import Testing

@Suite("What repeats")
struct RepetitionLogTests {
    private let start = ContinuousClock.now

    @Test(
        "given the same each second for a day, when it is noted, then it is said ever less often, with how often it was"
    )
    func rarer() {
        var log = RepetitionLog()
        var said: [Int] = []
        var count = 0
        for second in 0..<86_400 {
            guard let unsaid = log.note("refused", at: start + .seconds(second)) else { continue }
            said.append(second)
            count += unsaid + 1
        }
        // The first few are said as they come; in the end it is once an hour
        #expect(said.prefix(6) == [0, 1, 2, 3, 4, 14])
        #expect(said.count < 40 && said.count > 24)
        #expect(count == said.last.map { $0 + 1 })
    }

    @Test("given one thing over and over, when another happens, then that is said at once")
    func another() {
        var log = RepetitionLog()
        for second in 0..<100 { _ = log.note("refused", at: start + .seconds(second)) }
        #expect(log.note("gone", at: start + .seconds(100)) != nil)
        #expect(log.note("refused", at: start + .seconds(101)) != nil)
    }

    @Test("given a thing that did not happen for long, when it happens again, then it is said as at first")
    func anew() {
        var log = RepetitionLog()
        for second in 0..<1000 { _ = log.note("refused", at: start + .seconds(second)) }
        let later = start + .seconds(20_000)
        #expect((0..<4).allSatisfy { log.note("refused", at: later + .seconds($0)) != nil })
    }
}
