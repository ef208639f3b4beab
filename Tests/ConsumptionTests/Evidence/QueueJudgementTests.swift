import Foundation
import Testing

@testable import Consumption

@Suite("What is said of a queue, and why not more")
struct QueueJudgementTests {
    /// A judge with its log; a look and a tick every five seconds.
    struct Bench {
        var log = PositionLog()
        var judge = QueueJudgement(queue: "q")
        var now: Int64 = 0
        var delivered: UInt64 = 0
        var counted: UInt64 = 0

        init() { log.use(ClassTable(generation: 1, queues: [["q"]]), withdrawn: [], since: Position(0)) }

        var position: Position { Position(1_000_000 + now) }

        mutating func look(
            _ type: QueueObservation.QueueType = .classic,
            ready: UInt64 = 0,
            unacknowledged: UInt64 = 0,
            change: (inout QueueObservation) -> Void = { _ in }
        ) -> QueueJudgement.Verdict {
            now += 5_000
            log.tick(
                PositionTick(
                    position: position,
                    at: SteadyTime(now),
                    generation: 1,
                    counts: [counted],
                    enteredSince: SteadyTime(now - 100)
                )
            )
            log.confirmed(upTo: position, at: SteadyTime(now))
            var observation = QueueObservation(
                sent: SteadyTime(now),
                answered: SteadyTime(now + 100),
                type: type,
                isRunning: true,
                totals: QueueObservation.Totals(ready: ready, unacknowledged: unacknowledged),
                passive: QueueObservation.PassiveAnswer(ready: ready, consumers: 1),
                counters: QueueObservation.Counters(delivered: delivered, redelivered: 0, published: counted),
                facts: QueueFacts(incarnation: "1", surroundings: "1", version: .init(major: 4, minor: 0))
            )
            change(&observation)
            return judge.observe(observation, log: log)
        }

        mutating func looks(
            _ times: Int,
            _ type: QueueObservation.QueueType = .classic,
            ready: UInt64 = 0,
            unacknowledged: UInt64 = 0,
            change: (inout QueueObservation) -> Void = { _ in }
        ) -> QueueJudgement.Verdict {
            for _ in 1..<times { _ = look(type, ready: ready, unacknowledged: unacknowledged, change: change) }
            return look(type, ready: ready, unacknowledged: unacknowledged, change: change)
        }
    }

    @Test(
        "Given an empty queue, when it was looked at for a while, then what the store had confirmed before is consumed"
    )
    func empty() {
        // given
        var bench = Bench()

        // when
        let early = bench.looks(7)
        let late = bench.looks(5)

        // then: two looks, the older before the last but one, its figures from the look before that, 15 s back
        #expect(early.position == nil)
        #expect(early.rule == .all)
        #expect(early.obstacles[.empty] == .notRunning)
        #expect(late.rule == .empty)
        #expect(late.position == Position(bench.position.milliseconds - 30_000))
        #expect(late.reasons.map(\.rule) == [.snapshot, .headTimestamp])
        #expect(late.reasons.map(\.reason).first == "not a quorum queue")
    }

    @Test("Given a proof, when the queue fills up, then it stays, and the reason is told")
    func stays() {
        var bench = Bench()
        let proved = bench.looks(12)
        let later = bench.looks(12, ready: 50, unacknowledged: 3)
        #expect(later.position == proved.position)
        #expect(later.evidence == proved.evidence)
        #expect(later.obstacles[.empty] == .notEmpty)
        #expect(later.obstacles[.headTimestamp] == .feedsUnknown)
    }

    @Test("Given a proof, when the queue is another one, then nothing is known")
    func madeAnew() {
        var bench = Bench()
        #expect(bench.looks(12).position != nil)
        #expect(bench.look { $0.facts.incarnation = "2" }.position == nil)
    }

    @Test("Given a node that was restarted, when it says 0 at once, then nothing is concluded for a while")
    func restarted() {
        var bench = Bench()
        let proved = bench.looks(12)
        let later = bench.looks(6) { $0.facts.surroundings = "2" }
        #expect(later.position == proved.position)
        #expect(later.obstacles[.empty] == .notRunning)
    }

    @Test(
        "Given what a rule can't hold with, when it is looked at, then the obstacle is named",
        arguments: [
            (ConsumptionRule.empty, Obstacle.deadLetters),
            (.depth, .priorities), (.depth, .refuses), (.depth, .noSurroundings), (.depth, .noCounters),
        ]
    )
    func obstacles(rule: ConsumptionRule, obstacle: Obstacle) {
        var bench = Bench()
        let verdict = bench.looks(12, ready: 5) { observation in
            observation.facts.deadLetters = obstacle == .deadLetters
            observation.facts.hasPriorities = obstacle == .priorities
            observation.facts.refuses = obstacle == .refuses
            if obstacle == .noSurroundings { observation.facts.surroundings = nil }
            if obstacle == .noCounters { observation.counters = nil }
        }
        #expect(verdict.obstacles[rule] == obstacle)
        #expect(verdict.position == nil)
    }

    @Test("Given a sparse log, when a quorum queue is looked at, then its snapshot proves nothing")
    func sparse() {
        var bench = Bench()
        let verdict = bench.looks(12, .quorum, ready: 5) {
            $0.raft = QueueObservation.RaftFigures(
                term: 1,
                machineVersion: 8,
                commitIndex: 10,
                snapshotIndex: 10,
                lastIndex: 10
            )
        }
        #expect(verdict.obstacles[.snapshot]?.description == "machine version 8 compacts the log sparsely")
        #expect(verdict.position == nil)
    }

    /// Ten messages a look, the last three hundred are in the queue.
    private func deep(
        _ looks: Int,
        _ bench: inout Bench,
        change: (inout QueueObservation) -> Void = { _ in }
    )
        -> QueueJudgement.Verdict
    {
        for _ in 1..<looks {
            bench.counted += 10
            bench.delivered += 10
            _ = bench.look(ready: 300, change: change)
        }
        return bench.look(ready: 300, change: change)
    }

    @Test("Given a deep queue, when as many came as it is deep, then what came before is consumed")
    func deepQueue() throws {
        var bench = Bench()
        let verdict = deep(90, &bench)
        #expect(verdict.rule == .idleChannels)
        // Thirty looks of five seconds, the figures' lateness at both ends, and what settles it.
        let behind = bench.position.milliseconds - (try #require(verdict.position)).milliseconds
        #expect(behind >= 165_000 && behind < 280_000)
    }

    @Test("Given bindings that are wrong, when the site counts nothing into the queue, then nothing is consumed")
    func unbound() {
        var bench = Bench()
        let verdict = deep(90, &bench) { $0.counters?.published = 7 }
        #expect(verdict.position == nil)
        #expect(verdict.obstacles[.depth] == .notReached)
    }

    @Test("Given an answer without one node's counts, when they come again, then they are not taken for new messages")
    func missingNode() {
        // given
        var bench = Bench()
        _ = deep(20, &bench)

        // when
        _ = bench.look(ready: 300) { $0.counters?.published = 5 }
        let verdict = deep(12, &bench)

        // then
        #expect(verdict.position == nil)
    }
}
