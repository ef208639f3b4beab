import ErrorCodes
import Foundation
import Testing

@testable import Schedule

@Suite("What is planned, with a clock of the test's own")
struct MachineTests {
    static let gap = ScheduleReason(code: .gap, message: "route 'orders' has a gap", hint: "acknowledge it")

    // MARK: One that works

    @Test("Given one promotion, when its time comes, then it is looked at thrice ahead and begun once")
    func once() throws {
        // given
        var bench = try ScheduleBench("2026-12-01T00:00:00Z", entries: [.at("2026-12-06T02:00:00+01:00")])
        bench.lead()

        // when
        try bench.run(until: "2026-12-08T00:00:00Z")

        // then
        #expect(
            bench.take() == [
                "look at dc2 of 2026-12-06T01:00:00Z 86400 s ahead",
                "look at dc2 of 2026-12-06T01:00:00Z 3600 s ahead",
                "look at dc2 of 2026-12-06T01:00:00Z 300 s ahead",
                "look at dc2 of 2026-12-06T01:00:00Z at its time",
                "start dc2 at 2026-12-06T01:00:00Z",
                "done 2026-12-06T01:00:00Z",
            ]
        )
        #expect(bench.brokers.copies["dc1"] == bench.brokers.copies["dc2"])
    }

    @Test(
        "Given a repeated promotion of a site that is active by then, when its time comes, then it is skipped and said"
    )
    func alreadyActive() throws {
        var bench = try ScheduleBench(
            "2026-12-01T00:00:00Z",
            entries: [.every("0 4 * * 1", "UTC", promote: "dc2"), .every("0 4 * * 3", "UTC", promote: "dc1")]
        )
        bench.lead()
        bench.promotionEnd = ScheduleEnd(.aborted, reasons: [Self.gap])
        try bench.run(until: "2026-12-16T05:00:00Z", every: 300)
        #expect(
            bench.take().filter { !$0.hasPrefix("look") } == [
                "skipped 2026-12-02T04:00:00Z: already-active", "start dc2 at 2026-12-07T04:00:00Z",
                "aborted 2026-12-07T04:00:00Z: gap", "skipped 2026-12-09T04:00:00Z: already-active",
                "start dc2 at 2026-12-14T04:00:00Z", "aborted 2026-12-14T04:00:00Z: gap",
                "skipped 2026-12-16T04:00:00Z: already-active",
            ]
        )
    }

    // MARK: Looking ahead

    @Test("Given a gap, when one looks ahead, then each look warns, and the promotion is refused with the same reason")
    func refused() throws {
        // given
        var bench = try ScheduleBench("2026-12-01T00:00:00Z", entries: [.at("2026-12-06T01:00:00Z")])
        bench.lead()
        bench.refusals = [Self.gap]

        // when
        try bench.run(until: "2026-12-06T03:00:00Z")

        // then
        #expect(
            bench.take().filter { !$0.hasPrefix("look") } == [
                "warning 86400 s ahead: gap", "warning 3600 s ahead: gap", "warning 300 s ahead: gap",
                "skipped 2026-12-06T01:00:00Z: gap",
            ]
        )
        #expect(bench.brokers.begun == [])
        let outcome = try #require(bench.brokers.merged.outcomes.first)
        #expect(outcome.reasons == [Self.gap])
    }

    @Test(
        "Given little time ahead, when it is planned, then the look that is over is made at once, and the others later"
    )
    func lateLook() throws {
        var bench = try ScheduleBench("2026-12-06T00:30:00Z", entries: [.at("2026-12-06T01:00:00Z")])
        bench.lead()
        #expect(bench.take() == ["look at dc2 of 2026-12-06T01:00:00Z 3600 s ahead"])
        try bench.run(until: "2026-12-06T00:59:00Z")
        #expect(bench.take() == ["look at dc2 of 2026-12-06T01:00:00Z 300 s ahead"])
    }

    @Test("Given a look of another daemon, when this one leads, then it does not look again")
    func lookOnce() throws {
        let entries = [try ScheduleEntry.at("2026-12-06T01:00:00Z")]
        var first = try ScheduleBench("2026-12-05T02:00:00Z", entries: entries)
        first.lead()
        var second = try ScheduleBench("2026-12-05T03:00:00Z", entries: entries, leader: "b", brokers: first.brokers)
        second.lead()
        #expect(first.take().count == 1)
        #expect(second.take() == [])
    }

    @Test("Given another epoch than was expected, when the time comes, then it is skipped")
    func expectedEpoch() throws {
        var bench = try ScheduleBench("2026-12-05T23:00:00Z", entries: [.at("2026-12-06T01:00:00Z", expectedEpoch: 2)])
        bench.lead()
        try bench.run(until: "2026-12-06T02:00:00Z")
        #expect(bench.take().last == "skipped 2026-12-06T01:00:00Z: epoch-mismatch")
    }

    @Test("Given two at the same time, when the first runs, then the second is skipped and said")
    func twoAtOnce() throws {
        var bench = try ScheduleBench(
            "2026-12-06T00:59:00Z",
            entries: [.at("2026-12-06T01:00:00Z"), .at("2026-12-06T01:00:30Z", promote: "dc1")]
        )
        bench.lead()
        bench.promotionEnd = nil
        try bench.run(until: "2026-12-06T01:01:00Z", every: 10)
        bench.endOperation(ScheduleEnd(.done), "dc2")
        try bench.run(until: "2026-12-06T02:00:00Z")
        #expect(
            bench.take().filter { !$0.hasPrefix("look") } == [
                "start dc2 at 2026-12-06T01:00:00Z", "skipped 2026-12-06T01:00:30Z: operation-running",
                "done 2026-12-06T01:00:00Z",
            ]
        )
    }

    // MARK: Clocks

    static let zones = [
        ("Europe/Berlin", "30 2 * * *", "2027-03-28T01:00:00Z"),
        ("Europe/Berlin", "30 2 * * *", "2026-10-25T00:30:00Z"),
        ("America/New_York", "30 2 * * *", "2027-03-14T07:00:00Z"),
        ("America/New_York", "30 1 * * *", "2026-11-01T05:30:00Z"),
    ]

    @Test(
        "Given a change of the clocks, when the hour that is skipped or comes twice is planned, then it runs once",
        arguments: zones
    )
    func summerTime(zone: String, expression: String, expected: String) throws {
        let due = try RFC3339.date(expected)
        var bench = try ScheduleBench(RFC3339.text(due - 39_600), entries: [.every(expression, zone)])
        bench.lead()
        bench.promotionEnd = ScheduleEnd(.aborted)
        try bench.run(until: RFC3339.text(due + 39_600))
        #expect(bench.take().filter { !$0.hasPrefix("look") } == ["start dc2 at \(expected)", "aborted \(expected)"])
    }

    @Test("Given the leap day, when it comes, then it runs")
    func leapDay() throws {
        var bench = try ScheduleBench("2028-02-28T12:00:00Z", entries: [.every("0 4 29 2 *", "Europe/Berlin")])
        bench.lead()
        try bench.run(until: "2028-03-02T00:00:00Z")
        #expect(bench.brokers.begun.count == 1)
        #expect(bench.take().contains("start dc2 at 2028-02-29T03:00:00Z"))
    }

    @Test("Given a clock that is put forward by an hour, when the time falls into it, then it is skipped and said")
    func forward() throws {
        var bench = try ScheduleBench("2026-12-06T00:50:00Z", entries: [.at("2026-12-06T01:00:00Z")])
        bench.lead()
        bench.step(3_600)
        try bench.run(until: "2026-12-06T03:00:00Z")
        #expect(bench.take().last == "skipped 2026-12-06T01:00:00Z: missed")
        #expect(bench.brokers.begun == [])
    }

    @Test("Given a clock that is put forward by an hour, when the time was a moment before the end, then it still runs")
    func forwardWithinGrace() throws {
        var bench = try ScheduleBench("2026-12-06T00:10:00Z", entries: [.at("2026-12-06T01:00:00Z")])
        bench.lead()
        bench.step(3_600)
        #expect(bench.brokers.begun.count == 1)
    }

    @Test("Given a clock that is put back by an hour, when what ran is due again, then it does not run again")
    func back() throws {
        // given
        var bench = try ScheduleBench("2026-12-06T00:50:00Z", entries: [.every("0 * * * *", "UTC")])
        bench.lead()
        bench.promotionEnd = ScheduleEnd(.aborted)
        try bench.run(until: "2026-12-06T01:10:00Z")

        // when
        bench.step(-3_600)
        try bench.run(until: "2026-12-06T02:10:00Z")

        // then
        #expect(
            bench.take().filter { $0.hasPrefix("start") } == [
                "start dc2 at 2026-12-06T01:00:00Z", "start dc2 at 2026-12-06T02:00:00Z",
            ]
        )
    }

    @Test("Given an entry first seen by a clock that was fast, when the clock is put right, then nothing is left out")
    func firstSeenFast() throws {
        var bench = try ScheduleBench("2026-12-06T02:30:00Z", entries: [.every("0 * * * *", "UTC")])
        bench.lead()
        bench.step(-3_600)
        try bench.run(until: "2026-12-06T02:10:00Z")
        #expect(bench.take().contains("start dc2 at 2026-12-06T02:00:00Z"))
    }

    @Test("Given what ran by a clock that was fast, when that is put right, then what was never seen to is said")
    func ranFast() throws {
        var bench = try ScheduleBench("2026-12-06T02:50:00Z", entries: [.every("0 * * * *", "UTC")])
        bench.lead()
        try bench.run(until: "2026-12-06T03:10:00Z")
        bench.step(-2 * 3_600)
        #expect(bench.take().last { $0.hasPrefix("skipped") } == "skipped 2026-12-06T02:00:00Z: clock-put-back")
    }

    @Test("Given a clock with fractions of a millisecond, when an entry is first seen, then that is no step back")
    func fractions() throws {
        var bench = try ScheduleBench("2026-12-06T00:50:00Z")
        bench.date += 0.000_7
        bench.lead()
        bench.configure([try .every("0 * * * *", "UTC")])
        bench.send(.add(request: "1", try .asked("one", at: "2026-12-06T01:00:00Z", promote: "dc1")))
        #expect(bench.answers.count == 1)
    }

    @Test("Given a clock that was a year fast, when it is put right, then what comes is not left out for a year")
    func yearFast() throws {
        // given
        var bench = try ScheduleBench("2027-12-06T03:59:00Z", entries: [.every("0 4 * * *", "UTC")])
        bench.lead()
        bench.promotionEnd = ScheduleEnd(.aborted)
        try bench.run(until: "2027-12-06T04:01:00Z")

        // when
        bench.step(-365 * 86_400)
        try bench.run(until: "2026-12-08T05:00:00Z", every: 300)

        // then
        #expect(
            bench.take().filter { $0.hasPrefix("start") } == [
                "start dc2 at 2027-12-06T04:00:00Z", "start dc2 at 2026-12-07T04:01:00Z",
                "start dc2 at 2026-12-08T04:01:00Z",
            ]
        )
    }

    // MARK: Missed ones

    @Test(
        "Given a daemon that is away, when it comes back within grace, then it runs late; beyond, it is skipped and said"
    )
    func missed() throws {
        let entries = [try ScheduleEntry.at("2026-12-06T01:00:00Z")]
        var late = try ScheduleBench("2026-12-06T01:15:00Z", entries: entries)
        late.lead()
        #expect(late.brokers.begun.count == 1)

        var tooLate = try ScheduleBench("2026-12-06T01:15:01Z", entries: entries)
        tooLate.lead()
        #expect(tooLate.brokers.begun == [])
        #expect(tooLate.take() == ["skipped 2026-12-06T01:00:00Z: missed"])

        var again = try ScheduleBench("2026-12-06T01:16:00Z", entries: entries, leader: "b", brokers: tooLate.brokers)
        again.lead()
        #expect(again.take() == [])
    }

    @Test(
        "Given a week away, when it comes back, then what was missed is said once, with how often, and the last runs if it can"
    )
    func missedOften() throws {
        let entries = [try ScheduleEntry.every("0 4 * * *", "UTC", grace: .seconds(3_600))]
        var first = try ScheduleBench("2026-12-01T00:00:00Z", entries: entries)
        first.lead()
        var second = try ScheduleBench("2026-12-08T04:30:00Z", entries: entries, leader: "b", brokers: first.brokers)
        second.lead()
        #expect(
            second.take().filter { !$0.hasPrefix("look") } == [
                "skipped 2026-12-07T04:00:00Z 7 times: missed", "start dc2 at 2026-12-08T04:30:00Z",
                "done 2026-12-08T04:00:00Z",
            ]
        )
        let outcome = try #require(second.brokers.merged.outcomes.first)
        #expect(outcome.first == (try RFC3339.date("2026-12-01T04:00:00Z")))
    }

    @Test("Given a year of minutes away, when it comes back, then they are not counted for ever")
    func missedEndlessly() throws {
        let entries = [try ScheduleEntry.every("* * * * *", "UTC")]
        var first = try ScheduleBench("2026-12-01T00:00:00Z", entries: entries)
        first.lead()
        var second = try ScheduleBench("2027-12-01T00:00:30Z", entries: entries, leader: "b", brokers: first.brokers)
        second.lead()
        let log = second.take()
        #expect(log.contains { $0.contains("1000 times: missed") })
        #expect(log.contains("start dc2 at 2027-12-01T00:00:30Z"))
    }

    @Test(
        "Given a daemon that leads and can't begin yet, when it can within grace, then it begins; else it says why not"
    )
    func waiting() throws {
        let starting = ScheduleReason(code: .starting, message: "the routes are being connected", hint: "wait")
        var bench = try ScheduleBench("2026-12-06T00:59:00Z", entries: [.at("2026-12-06T01:00:00Z")])
        bench.wait(for: starting)
        bench.lead()
        try bench.run(until: "2026-12-06T01:05:00Z")
        #expect(bench.take() == [])
        bench.wait(for: nil)
        #expect(bench.brokers.begun.count == 1)

        var other = try ScheduleBench("2026-12-06T00:59:00Z", entries: [.at("2026-12-06T01:00:00Z")])
        other.wait(for: starting)
        other.lead()
        try other.run(until: "2026-12-06T01:20:00Z")
        #expect(other.take() == ["skipped 2026-12-06T01:00:00Z: missed"])
        #expect(other.brokers.merged.outcomes.first?.reasons.first?.message.contains("are being connected") ?? false)
    }

    // MARK: Several daemons

    @Test("Given two daemons, when one leads and then the other, then each occurrence runs once")
    func twoDaemons() throws {
        // given
        let entries = [try ScheduleEntry.every("0 * * * *", "UTC")]
        var first = try ScheduleBench("2026-12-06T00:10:00Z", entries: entries)
        var second = try ScheduleBench("2026-12-06T00:10:00Z", entries: entries, leader: "b", brokers: first.brokers)
        first.promotionEnd = ScheduleEnd(.aborted)
        second.promotionEnd = ScheduleEnd(.aborted)

        // when
        first.lead()
        try first.run(until: "2026-12-06T01:00:30Z")
        try second.run(until: "2026-12-06T01:00:30Z")
        first.follow()
        second.lead()
        try first.run(until: "2026-12-06T02:05:00Z")
        try second.run(until: "2026-12-06T02:05:00Z")
        second.follow()
        first.lead()

        // then
        #expect(first.brokers.begun.count == 2)
        #expect(Set(first.brokers.begun).count == 2)
        #expect(second.take().contains("start dc2 at 2026-12-06T02:00:30Z"))
    }

    @Test(
        "Given a daemon that dies after its mark, when another leads, then it says that nothing came of it, and runs nothing"
    )
    func deadBeforeStart() throws {
        // given
        let entries = [try ScheduleEntry.at("2026-12-06T01:00:00Z")]
        var first = try ScheduleBench("2026-12-06T00:59:00Z", entries: entries)
        first.diesBeforeStart = true
        first.lead()
        try first.run(until: "2026-12-06T01:01:00Z")
        #expect(first.brokers.merged.outcomes.first?.state == .started)

        // when
        var second = try ScheduleBench("2026-12-06T01:02:00Z", entries: entries, leader: "b", brokers: first.brokers)
        second.lead()
        try second.run(until: "2026-12-06T01:10:00Z")

        // then
        #expect(second.take() == ["not-run 2026-12-06T01:00:00Z: not-run"])
        #expect(second.brokers.begun == [])
    }

    @Test("Given a daemon that dies while its promotion runs, when another resumes it, then the end is told")
    func deadDuringPromotion() throws {
        // given
        let entries = [try ScheduleEntry.at("2026-12-06T01:00:00Z")]
        var first = try ScheduleBench("2026-12-06T00:59:00Z", entries: entries)
        first.promotionEnd = nil
        first.lead()
        try first.run(until: "2026-12-06T01:00:00Z")
        let operation = try #require(first.brokers.begun.first)

        // when
        first.brokers.ended[operation] = ScheduleEnd(.done)
        first.brokers.active = "dc2"
        first.brokers.epoch = 2
        var second = try ScheduleBench("2026-12-06T01:02:00Z", entries: entries, leader: "b", brokers: first.brokers)
        second.lead()

        // then
        #expect(second.take() == ["done 2026-12-06T01:00:00Z"])
        #expect(second.brokers.begun.count == 1)
    }

    @Test("Given a site that is away, when the time comes, then nothing is begun that is not marked at both")
    func oneSite() throws {
        // given
        var bench = try ScheduleBench("2026-12-06T00:59:00Z", entries: [.at("2026-12-06T01:00:00Z")])
        bench.lead()
        bench.brokers.away = ["dc1"]

        // when
        try bench.run(until: "2026-12-06T01:02:00Z", every: 1)

        // then
        #expect(bench.brokers.begun == [])
        #expect(bench.take().last == "not-run 2026-12-06T01:00:00Z: not-marked")

        // when it is back
        bench.brokers.away = []
        try bench.run(until: "2026-12-06T01:10:00Z", every: 1)

        // then
        #expect(bench.brokers.copies["dc1"]?.outcomes.first?.state == .notRun)
        #expect(bench.brokers.begun == [])
    }

    @Test("Given a mark that took long to write, as in a frozen process, when it is written, then nothing is begun")
    func frozen() throws {
        // given
        let entry = try ScheduleEntry.at("2026-12-06T01:00:00Z")
        var machine = ScheduleStateMachine(leader: "a")
        var moment = ScheduleMoment(time: .zero, date: try RFC3339.date("2026-12-06T01:00:00Z"))
        var situation = ScheduleSituation()
        situation.leads = true
        situation.active = "dc1"
        situation.epoch = 1
        _ = machine.handle(.configured([entry]), at: moment)
        _ = machine.handle(.situation(situation), at: moment)
        let first = machine.handle(.loaded(ScheduleRecord(), isComplete: true), at: moment)
        guard case .look(let look, _, _, _) = first.first, case .write(let ticket, let record) = first.last else {
            Issue.record("\(first)")
            return
        }
        _ = machine.handle(.written(ticket, record, missing: [:]), at: moment)
        let second = machine.handle(.looked(look, []), at: moment)
        guard case .write(let mark, let marked) = second.last else {
            Issue.record("\(second)")
            return
        }

        // when
        moment.time = .seconds(60)
        moment.date += 60
        let actions = machine.handle(.written(mark, marked, missing: [:]), at: moment)

        // then
        #expect(!actions.contains { if case .start = $0 { true } else { false } })
        #expect(machine.record.outcomes.first?.state == .notRun)
    }

    // MARK: Configuration

    @Test("Given a reload, when an entry goes, moves or gets another condition, then what the file says holds")
    func reload() throws {
        // given
        var bench = try ScheduleBench("2026-12-06T00:50:00Z", entries: [.at("2026-12-06T01:00:00Z")])
        bench.lead()

        // when it moves
        bench.configure([try .at("2026-12-06T01:30:00Z")])
        try bench.run(until: "2026-12-06T01:20:00Z")
        #expect(bench.brokers.begun == [])

        // when it has run, and is read again with another condition
        try bench.run(until: "2026-12-06T01:31:00Z")
        #expect(bench.brokers.begun.count == 1)
        bench.brokers.active = "dc1"
        bench.wait(for: nil)
        bench.configure([try .at("2026-12-06T01:30:00Z", expectedEpoch: 2)])
        try bench.run(until: "2026-12-06T01:40:00Z")
        #expect(bench.brokers.begun.count == 1)

        // when it goes
        bench.configure([try .at("2026-12-06T02:00:00Z", promote: "dc1")])
        bench.configure([])
        try bench.run(until: "2026-12-06T03:00:00Z")
        #expect(bench.brokers.begun.count == 1)
        #expect(bench.brokers.merged.progress.values.allSatisfy { $0.isGone })

        // when it comes back
        bench.configure([try .every("30 2 * * *", "UTC", grace: .seconds(7_200))])
        try bench.run(until: "2026-12-06T03:10:00Z")
        bench.configure([])
        bench.configure([try .every("30 2 * * *", "UTC", grace: .seconds(7_200))])
        #expect(bench.brokers.begun.count == 1)
    }

    // MARK: Commands

    @Test(
        "Given entries that are asked for, when they are added and cancelled, then both sites have them, and only the rest runs"
    )
    func asked() throws {
        // given
        var bench = try ScheduleBench("2026-12-05T00:00:00Z")
        bench.lead()
        bench.send(.add(request: "1", try .asked("one", at: "2026-12-06T01:00:00Z")))
        bench.send(.add(request: "2", try .asked("two", at: "2026-12-06T02:00:00Z")))
        #expect(bench.brokers.copies["dc1"]?.waiting.count == 2)

        // when
        let cancellation = ScheduleEntry.Cancellation(who: "bob", when: bench.date, why: nil)
        bench.send(.cancel(request: "3", id: "two", cancellation))
        try bench.run(until: "2026-12-06T03:00:00Z")

        // then
        #expect(bench.brokers.begun.count == 1)
        #expect(bench.brokers.copies["dc2"]?.entry("two")?.cancelled == cancellation)
        #expect(bench.answers.count == 3)
    }

    @Test("Given what can't be, when it is asked for, then it is refused with a reason")
    func refusedRequests() throws {
        // given
        let configured = try ScheduleEntry.at("2026-12-06T01:00:00Z")
        var bench = try ScheduleBench("2026-12-05T00:00:00Z", entries: [configured])
        func code(_ event: ScheduleEvent) -> String? {
            bench.send(event)
            guard case .refused(let reason) = bench.answers.last else { return nil }
            return reason.code
        }
        let cancellation = ScheduleEntry.Cancellation(who: "bob", when: bench.date, why: nil)

        // when, then
        #expect(code(.add(request: "1", try .asked("a", at: "2026-12-06T02:00:00Z"))) == "not-leading")
        bench.lead()
        #expect(code(.add(request: "2", try .asked("a", at: "2026-12-05T00:00:00Z"))) == "time-passed")
        #expect(code(.add(request: "3", try .asked("a", at: "2026-12-06T02:00:00+01:00"))) == nil)
        #expect(code(.add(request: "4", try .asked("b", at: "2026-12-06T01:00:00Z"))) == "planned-already")
        #expect(code(.cancel(request: "5", id: configured.id, cancellation)) == "configured")
        #expect(code(.cancel(request: "6", id: "none", cancellation)) == "unknown-entry")
        for number in 0..<ScheduleRecord.mostEntries {
            bench.send(
                .add(
                    request: "n\(number)",
                    try .asked("n\(number)", at: "2026-12-07T0\(number % 10):0\(number / 10):00Z")
                )
            )
        }
        #expect(bench.machine.record.waiting.count == ScheduleRecord.mostEntries)
        #expect(code(.add(request: "7", try .asked("z", at: "2026-12-09T02:00:00Z"))) == "too-many-entries")
        bench.brokers.away = ["dc1", "dc2"]
        bench.send(.cancel(request: "8", id: "n1", cancellation))
        try bench.run(until: "2026-12-05T00:01:00Z", every: 1)
        #expect(code(.tick) == "not-written")
    }
}
