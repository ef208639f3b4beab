import Foundation
import Testing

@testable import Consumption

@Suite("How far back so many messages of a queue reach")
struct PositionLogTests {
    /// A tick a second from 1 s on, each with so many more messages of each class; the canary takes 100 ms.
    static func log(
        ticks: Int,
        classes: [[String]] = [["q"]],
        growth: [UInt64] = [10],
        limits: PositionLog.Limits = PositionLog.Limits()
    ) -> PositionLog {
        var log = PositionLog(limits: limits)
        log.use(ClassTable(generation: 1, queues: classes), withdrawn: [], since: Position(0))
        for number in 1...ticks { tick(&log, number, growth.map { $0 * UInt64(number) }) }
        return log
    }

    static func tick(_ log: inout PositionLog, _ number: Int, _ counts: [UInt64], generation: Int = 1, lag: Int64 = 100)
    {
        let now = Int64(number) * 1000
        log.tick(
            PositionTick(
                position: Position(1_000_000 + now),
                at: SteadyTime(now),
                generation: generation,
                counts: counts,
                enteredSince: SteadyTime(now - lag)
            )
        )
        log.confirmed(upTo: Position(1_000_000 + now), at: SteadyTime(now + 50))
    }

    static func at(_ number: Int) -> Position { Position(1_000_000 + Int64(number) * 1000) }

    @Test("Given ten messages a tick, when one counts back, then it stops at the newest tick with enough")
    func reach() {
        let log = Self.log(ticks: 20)
        #expect(log.reach("q", depth: 0, before: Self.at(20)) == Self.at(20))
        #expect(log.reach("q", depth: 1, before: Self.at(20)) == Self.at(19))
        #expect(log.reach("q", depth: 10, before: Self.at(20)) == Self.at(19))
        #expect(log.reach("q", depth: 11, before: Self.at(20)) == Self.at(18))
        #expect(log.reach("q", depth: 11, before: Position(Self.at(20).milliseconds + 999)) == Self.at(18))
        #expect(log.reach("q", depth: 190, before: Self.at(20)) == Self.at(1))
    }

    @Test("Given a log that begins late, when one counts back further, then nothing is known")
    func beyond() {
        let log = Self.log(ticks: 20)
        #expect(log.reach("q", depth: 201, before: Self.at(20)) == nil)
        #expect(log.reach("q", depth: 1, before: Self.at(0)) == nil)
        #expect(log.reach("other", depth: 1, before: Self.at(20)) == nil)
        #expect(PositionLog().reach("q", depth: 0, before: Self.at(1)) == nil)
    }

    @Test("Given classes that share a queue, when one counts, then each class counts once")
    func classes() {
        let log = Self.log(ticks: 10, classes: [["q", "r"], ["q", "q"], []], growth: [1, 2, 100])
        #expect(log.counted("q", from: Self.at(1), to: Self.at(10)) == 27...27)
        #expect(log.counted("r", from: Self.at(1), to: Self.at(10)) == 9...9)
        #expect(log.counted("s", from: Self.at(1), to: Self.at(10)) == nil)
    }

    @Test("Given a window between ticks, when it is counted, then the range holds what may be in it")
    func range() {
        let log = Self.log(ticks: 10)
        #expect(log.counted("q", from: Position(1_002_500), to: Position(1_004_500)) == 10...30)
        #expect(log.counted("q", from: Position(1_002_500), to: Position(1_002_600)) == 0...10)
        #expect(log.counted("q", from: Position(1_004_500), to: Position(1_002_600)) == 0...0)
        #expect(log.counted("q", from: Position(500), to: Position(1_002_600)) == nil)
    }

    @Test("Given a binding that was withdrawn, when the table changes, then what may not have been routed is forgotten")
    func withdrawn() {
        // given
        var log = Self.log(ticks: 10, classes: [["q", "r"]])

        // when
        log.use(ClassTable(generation: 2, queues: [["r"]]), withdrawn: ["q"], since: Self.at(8))
        Self.tick(&log, 11, [10], generation: 2)

        // then
        #expect(log.counted("q", from: Self.at(1), to: Self.at(11)) == 70...70)
        #expect(log.counted("r", from: Self.at(1), to: Self.at(11)) == 100...100)
    }

    @Test("Given counts of another table, or counts that fell, when they come, then nothing is counted")
    func foreignCounts() {
        var log = Self.log(ticks: 10)
        Self.tick(&log, 11, [500], generation: 7)
        Self.tick(&log, 12, [5])
        Self.tick(&log, 13, [6])
        #expect(log.counted("q", from: Self.at(10), to: Self.at(13)) == 1...1)
    }

    @Test("Given a position or an instant that goes back, when it comes, then it is dropped")
    func back() {
        var log = Self.log(ticks: 10)
        let before = log
        log.tick(PositionTick(position: Self.at(9), at: SteadyTime(11_000), generation: 1, counts: [900]))
        log.tick(PositionTick(position: Self.at(11), at: SteadyTime(9_000), generation: 1, counts: [900]))
        log.confirmed(upTo: Self.at(9), at: SteadyTime(20_000))
        #expect(log == before)
    }

    @Test("Given a relay that stood still, when the order is asked for, then its positions don't make up for time")
    func stoodStill() {
        // given: positions go on by an hour while nothing comes out of the capture
        var log = Self.log(ticks: 30)
        let hour = 3600
        Self.tick(&log, 30 + hour, [310], lag: Int64(hour) * 1000)
        Self.tick(&log, 31 + hour, [320])

        // then
        #expect(log.position(entered: 10_000, beforeWhatFollows: Self.at(30)) == Self.at(19))
        #expect(log.position(entered: 10_000, beforeWhatFollows: Self.at(30 + hour)) == Self.at(20))
        #expect(log.position(entered: 10_000, beforeWhatFollows: Self.at(31 + hour)) == Self.at(30))
        #expect(log.position(entered: 10_000, beforeWhatFollows: Self.at(5)) == nil)
    }

    @Test(
        "Given what the store confirmed, when it is asked for an instant, then only what was confirmed by then counts"
    )
    func confirmed() {
        let log = Self.log(ticks: 20)
        #expect(log.position(confirmedAt: SteadyTime(5_049)) == Self.at(4))
        #expect(log.position(confirmedAt: SteadyTime(5_050)) == Self.at(5))
        #expect(log.position(confirmedAt: SteadyTime(10)) == nil)
    }

    @Test(
        "Given confirms at any rate, when it is asked what was confirmed a while ago, then it is known to a second",
        arguments: [1, 2, 10, 100]
    )
    func confirmsAtAnyRate(perSecond: Int64) throws {
        var log = PositionLog()
        let step = 1000 / perSecond
        for time in stride(from: Int64(0), through: 120_000, by: Int(step)) {
            log.confirmed(upTo: Position(time), at: SteadyTime(time))
        }
        for ago in [15_000, 30_000, 50_000] as [Int64] {
            let found = try #require(log.position(confirmedAt: SteadyTime(120_000 - ago)))
            #expect(found.milliseconds <= 120_000 - ago && found.milliseconds >= 120_000 - ago - 2_000)
        }
    }

    @Test("Given a day of ticks, when they are thinned, then answers only move back, and not far")
    func thinned() {
        // given
        let day = 20_000
        let log = Self.log(ticks: day)

        // then
        #expect(log.entries.count == PositionLog.Limits().ticks)
        var worst = 0.0
        for depth in stride(from: 0, to: day * 10 - 10, by: 97) {
            let exact = day - (depth + 9) / 10
            guard let found = log.reach("q", depth: UInt64(depth), before: Self.at(day)) else {
                Issue.record("\(depth) is not reached")
                continue
            }
            #expect(found <= Self.at(exact))
            let excess = Double(Self.at(exact).milliseconds - found.milliseconds) / 1000
            worst = max(worst, excess / max(Double(day - exact), 30))
        }
        #expect(worst < 0.1, "an answer is \(worst) of its age too old")
    }

    @Test("Given timestamps, when it is asked below which, then the highest so far counts")
    func timestamps() {
        // given
        var log = PositionLog()
        for (number, newest) in [nil, 100, 105, 103, 120].enumerated() as EnumeratedSequence<[Int64?]> {
            log.tick(
                PositionTick(
                    position: Self.at(number),
                    at: SteadyTime(Int64(number)),
                    generation: 0,
                    counts: [],
                    newestTimestamp: newest,
                    untimed: number > 2 ? 3 : 0
                )
            )
        }

        // then
        #expect(log.position(timestampsBelow: 100) == Self.at(0))
        #expect(log.position(timestampsBelow: 104) == Self.at(1))
        #expect(log.position(timestampsBelow: 106) == Self.at(3))
        #expect(log.position(timestampsBelow: 200) == Self.at(4))
        #expect(log.untimed(from: Self.at(0)) == 3)
        #expect(log.untimed(from: Self.at(3)) == 0)
        #expect(log.untimed(from: Position(1)) == nil)
    }

    @Test("Given a log that was written, when another process continues it, then its answers stay, and no time passed")
    func continued() throws {
        // given
        let before = Self.log(ticks: 30)
        var log = try JSONDecoder().decode(PositionLog.self, from: JSONEncoder().encode(before))

        // when: the clock of the new process shows 5 ms, an hour later
        log.resume(at: SteadyTime(5))

        // then
        #expect(log.reach("q", depth: 200, before: Self.at(30)) == Self.at(10))
        #expect(log.position(confirmedAt: SteadyTime(5)) == Self.at(30))
        #expect(log.position(confirmedAt: SteadyTime(5 - 10_000)) == Self.at(20))

        // when
        log.use(ClassTable(generation: 1, queues: [["q"]]), withdrawn: nil, since: Self.at(28))
        log.tick(PositionTick(position: Self.at(5000), at: SteadyTime(1_005), generation: 1, counts: [4]))

        // then
        #expect(log.counted("q", from: Self.at(1), to: Self.at(5000)) == 274...274)
    }

    @Test("Given a version that isn't known, or positions that go back, when they are read, then they are refused")
    func broken() throws {
        let text = String(decoding: try JSONEncoder().encode(Self.log(ticks: 3)), as: UTF8.self)
        let versions = text.replacing("\"version\":1", with: "\"version\":2")
        let back = text.replacing("1002000", with: "999")
        let many = text.replacing("[10]", with: "[10,3]")
        for text in [versions, back, many, "{}", "[]"] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(PositionLog.self, from: Data(text.utf8))
            }
        }
    }
}
