import ErrorCodes
import Foundation
import Leadership
import Testing

@Suite("What a process does for a pair")
struct LeaderStateMachineTests {
    /// A daemon that leads a pair with 'dc1' active.
    private func leader() -> MachineHarness {
        var harness = MachineHarness()
        harness.feed(.tick)
        harness.run(for: .seconds(5))
        return harness
    }

    private func order(
        _ id: String,
        _ site: String = "dc2",
        _ kind: PairRecord.OperationKind = .planned,
        timeout: Duration = .seconds(60)
    ) -> PromotionOrder {
        PromotionOrder(id: id, site: site, kind: kind, timeout: timeout)
    }

    @Test("the first start writes epoch 1 on both sites and relays")
    func firstStart() {
        // when
        let harness = leader()

        // then
        #expect(harness.records["dc1"]?.epoch == 1)
        #expect(harness.records["dc2"]?.active == "dc1")
        #expect(harness.relays.map(\.to) == ["dc2"])
        #expect(harness.machine.isOpen)
    }

    @Test("a planned promotion walks its steps and relays the other way")
    func planned() {
        // given
        var harness = leader()

        // when
        harness.feed(.promote(order("op")))
        harness.run(for: .seconds(10))

        // then
        #expect(harness.answers["op"] == .accepted(id: "op"))
        #expect(harness.ends.map(\.fault) == [nil])
        #expect(harness.steps.first == "checking")
        #expect(harness.steps.last == "replaying")
        #expect(harness.records["dc1"]?.active == "dc2")
        #expect(harness.records["dc2"]?.epoch == 2)
        #expect(harness.machine.relaying?.to == "dc1")
    }

    private static let hold = OperationFault(.held, code: .overBudget, message: "too much", hint: "")
    private static let forecast = PairRecord.Forecast(
        lostLow: 0,
        lostHigh: 57,
        lostMilliseconds: 410,
        repeatsLow: 120,
        repeatsHigh: nil,
        asOf: 1_800_000_000_000,
        linkLost: nil,
        age: 500,
        lostReason: "57 were captured",
        repeatsReason: "nobody looks"
    )
    private static let consent = PairRecord.Consent(messages: 100, who: "ann", given: 1_800_000_000_000)

    @Test("a forced promotion over the budget is held: nothing has changed, and no planned one is taken over")
    func overBudget() {
        // given a planned promotion that is under way
        var harness = leader()
        harness.held = ["draining"]
        harness.feed(.promote(order("planned")))
        harness.run(for: .seconds(2))
        // when a forced one is ordered whose loss nobody has accepted
        var forced = order("forced", "dc2", .forced)
        forced.hold = Self.hold
        harness.feed(.promote(forced))
        harness.run(for: .seconds(2))
        // then it is held, and the planned one goes on
        #expect(harness.answers["forced"] == .refused(Self.hold))
        #expect(harness.machine.operation?.id == "planned")
        // and so it is where nothing is under way
        var idle = leader()
        idle.feed(.promote(forced))
        idle.run(for: .seconds(2))
        #expect(idle.answers["forced"] == .refused(Self.hold))
        #expect(idle.records["dc2"]?.epoch == 1 && idle.ends.isEmpty)
    }

    @Test("what a forced promotion was to lose, and who accepted it, stands in the record and the history")
    func forecastKept() throws {
        // given
        var harness = leader()
        var forced = order("forced", "dc2", .forced)
        forced.forecast = Self.forecast
        forced.consent = Self.consent
        // when
        harness.feed(.promote(forced))
        harness.run(for: .seconds(5))
        // then
        let entry = try #require(harness.records["dc2"]?.history.last)
        #expect(entry.forecast == Self.forecast && entry.consent == Self.consent)
        // and it is the same once it was written and read
        let record = try #require(harness.records["dc2"])
        #expect(try JSONDecoder().decode(PairRecord.self, from: JSONEncoder().encode(record)) == record)
    }

    @Test("what was accepted to be lost is accepted for ten minutes")
    func consentExpires() {
        // given a check that takes its time
        var harness = leader()
        harness.held = ["checking"]
        var forced = order("forced", "dc2", .forced)
        forced.consent = Self.consent
        harness.feed(.promote(forced))
        harness.run(for: .seconds(601))
        // when it ends
        if let step = harness.lastStep { harness.feed(.stepEnded(step, .done)) }
        harness.run(for: .seconds(2))
        // then the promotion is held, and nothing has changed
        #expect(harness.ends.last?.fault?.kind == .held)
        #expect(harness.ends.last?.fault?.code == .consentExpired)
        #expect(harness.records["dc2"]?.epoch == 1)
    }

    @Test(
        "a hook that fails keeps a promotion from being begun, and nothing has changed",
        arguments: ["planned", "forced"]
    )
    func vetoed(kind: String) throws {
        // given
        var harness = leader()
        harness.failing = ["before-hooks"]
        let before = harness.records

        // when
        harness.feed(.promote(order("op", "dc2", try #require(PairRecord.OperationKind(rawValue: kind)))))
        harness.run(for: .seconds(2))

        // then
        #expect(harness.ends.map(\.fault?.kind) == [.preconditionFailed])
        #expect(harness.ends.first?.fault?.message.hasSuffix("nothing was changed") == true)
        #expect(harness.steps == ["checking", "before-hooks"])
        for site in ["dc1", "dc2"] {
            let record = try #require(harness.records[site])
            #expect(record.saysTheSame(as: try #require(before[site])))
        }
        #expect(harness.machine.isOver("op"))
        #expect(harness.machine.relaying?.to == "dc2")
    }

    @Test("a hook that hangs has a planned promotion end in its time, and an operator may call it off")
    func hangingHook() {
        for calledOff in [false, true] {
            var harness = leader()
            harness.held = ["before-hooks"]
            harness.feed(.promote(order("op")))
            harness.run(for: .seconds(2))
            #expect(!harness.machine.isOver("op"))
            if calledOff { harness.feed(.abort(request: "request")) } else { harness.run(for: .seconds(60)) }
            harness.run(for: .seconds(1))
            #expect(harness.ends.map(\.fault?.code) == [calledOff ? .aborted : .timedOut])
            #expect(harness.records["dc2"]?.operation == nil)
            #expect(harness.machine.isOver("op"))
        }
    }

    @Test("a dry run runs no hook, and neither does what resumes a promotion")
    func noHooks() {
        // given
        var harness = leader()
        var trial = order("trial")
        trial.isDryRun = true

        // when
        harness.feed(.promote(trial))
        harness.run(for: .seconds(2))

        // then
        #expect(harness.ends.map(\.fault) == [nil])
        #expect(harness.steps == ["checking"])

        // given a promotion behind its point of no return
        harness.held = ["replaying"]
        harness.feed(.promote(order("op")))
        harness.run(for: .seconds(2))
        var next = MachineHarness()
        next.records = harness.records
        next.generations = harness.generations

        // when
        next.run(for: .seconds(5))

        // then
        #expect(next.ends.map(\.id) == ["op"])
        #expect(!next.steps.contains("before-hooks"))
    }

    @Test("the history has the time of each step, and from when the old site had to be silent")
    func times() throws {
        // given
        var harness = leader()
        harness.held = ["draining", "replaying"]
        harness.feed(.promote(order("op")))
        let started = harness.time
        harness.run(for: .seconds(3))
        let drain = try #require(harness.lastStep)
        harness.feed(.stepEnded(drain, .done))
        harness.run(for: .seconds(2))
        let replay = try #require(harness.lastStep)

        // when
        harness.feed(.stepEnded(replay, .replayed(.init(replayed: 1, expired: 0, quarantined: 0))))
        harness.run(for: .seconds(2))

        // then
        let entry = try #require(harness.records["dc2"]?.history.last)
        let steps = entry.steps
        #expect(steps.first?.step == "locking")
        #expect(steps.last?.step == "replaying")
        #expect(steps.first { $0.step == "draining" }?.milliseconds ?? 0 >= 2900)
        #expect(steps.first { $0.step == "replaying" }?.milliseconds ?? 0 >= 1900)
        for (step, next) in zip(steps, steps.dropFirst()) { #expect(step.from + step.milliseconds == next.from) }
        let settled = try #require(steps.first { $0.step == "settling" })
        #expect(entry.silent == entry.started.addingTimeInterval(Double(settled.from) / 1000))
        #expect(entry.started == Date(timeIntervalSince1970: 1_800_000_000 + started / .seconds(1)))
        #expect(harness.ends.first?.silent == entry.silent)
        #expect(harness.ends.first?.times.contains { $0.step == "finishing" } == true)
    }

    @Test("whoever resumes a planned promotion knows from when the old site had to be silent")
    func silenceIsKept() throws {
        // given
        var harness = leader()
        harness.held = ["replaying"]
        harness.feed(.promote(order("op")))
        harness.run(for: .seconds(2))
        let silent = try #require(harness.records["dc2"]?.operation?.silent)

        // when
        var next = MachineHarness(leads: false)
        next.records = harness.records
        next.generations = harness.generations
        next.feed(.promote(order("other", "dc2", .forced)))
        next.run(for: .seconds(5))

        // then it says so, that it was a planned one, and that a forced order had it finished
        let entry = try #require(next.records["dc2"]?.history.last)
        #expect(next.answers["other"] == .accepted(id: "op"))
        #expect(entry.silent == silent)
        #expect(entry.kind == .planned)
        #expect(entry.note == "a forced order had it finished")
        #expect(next.ends.first?.silent == silent)
    }

    @Test("a forced promotion needs nothing of the other site")
    func forced() {
        // given
        var harness = leader()
        harness.silent = ["dc1"]

        // when
        harness.feed(.promote(order("op", "dc2", .forced)))
        harness.run(for: .seconds(5))

        // then
        #expect(harness.ends.map(\.epoch) == [2])
        #expect(harness.records["dc2"]?.active == "dc2")
        #expect(harness.records["dc1"]?.active == "dc1")
    }

    @Test("a planned promotion that fails is taken back, and relaying goes on")
    func takenBack() {
        // given
        var harness = leader()
        harness.failing = ["verifying"]

        // when
        harness.feed(.promote(order("op")))
        harness.run(for: .seconds(5))

        // then
        #expect(harness.ends.map(\.fault?.kind) == [.aborted])
        #expect(harness.records["dc2"]?.operation == nil)
        #expect(harness.records["dc1"]?.active == "dc1")
        #expect(harness.machine.relaying?.to == "dc2")
    }

    @Test("an operator's abort takes a planned promotion back")
    func abort() {
        // given
        var harness = leader()
        harness.held = ["draining"]
        harness.feed(.promote(order("op")))
        harness.run(for: .seconds(2))
        #expect(harness.records["dc1"]?.operation?.id == "op")

        // when
        harness.feed(.abort(request: "request"))
        harness.run(for: .seconds(2))

        // then
        #expect(harness.answers["request"] == .accepted(id: "op"))
        #expect(harness.ends.map(\.fault?.kind) == [.aborted])
        #expect(harness.records["dc1"]?.operation == nil)
    }

    @Test("a forced promotion takes over a planned one that does not get on")
    func takeover() {
        // given
        var harness = leader()
        harness.held = ["draining"]
        harness.feed(.promote(order("planned")))
        harness.run(for: .seconds(2))

        // when
        harness.feed(.promote(order("forced", "dc2", .forced)))
        harness.run(for: .seconds(2))

        // then
        #expect(harness.ends.map(\.id) == ["planned", "forced"])
        #expect(harness.ends.map(\.fault?.code) == [.takenOver, nil])
        #expect(harness.records["dc2"]?.active == "dc2")
    }

    @Test("an operation whose process ended is resumed behind its point of no return")
    func resumed() {
        // given
        var harness = leader()
        harness.held = ["replaying"]
        harness.feed(.promote(order("op", "dc2", .forced)))
        harness.run(for: .seconds(2))

        // when
        var next = MachineHarness()
        next.records = harness.records
        next.generations = harness.generations
        next.feed(.tick)
        next.run(for: .seconds(5))

        // then
        #expect(next.ends.map(\.id) == ["op"])
        #expect(next.steps.first == "closing-barrier")
        // Its generation is in the record before anything is done, so that a late write of an earlier holder changes nothing.
        let order = next.actions.compactMap { action in
            switch action {
            case .writeRecord(let record, let lock, _): "epoch \(record.epoch) of \(lock.site)"
            case .perform(let order, _, _): order.step.code
            default: nil
            }
        }
        #expect(order.prefix(2) == ["epoch 2 of dc2", "closing-barrier"])
        #expect(next.records["dc2"]?.operation == nil)
        #expect(next.machine.relaying?.to == "dc1")
    }

    @Test("a daemon stands by while another holds the lock")
    func standingBy() {
        // given
        var harness = MachineHarness()
        harness.taken = ["dc1", "dc2"]

        // when
        harness.feed(.tick)
        harness.run(for: .seconds(5))

        // then
        #expect(harness.machine.isStandingBy)
        #expect(harness.relays.isEmpty)
    }

    @Test("a new epoch that came too late, and was read before it was taken back, does not count any more")
    func readBeforeItWasTakenBack() {
        // given: a daemon that stands by reads an epoch that another process wrote after it had lost the lock
        var harness = leader()
        harness.taken = ["dc2"]
        harness.feed(.lockLost(harness.machine.lock(of: "dc2")!, reason: "cut off"))
        let announced = PairRecord.Operation(
            id: "op",
            kind: .planned,
            site: "dc2",
            step: PromotionStep.irreversibleCode,
            started: .init(timeIntervalSince1970: 1_800_000_000)
        )
        var late = PairRecord(pair: "pair", active: "dc2", epoch: 2, operation: announced)
        late.change { (_: inout PairRecord) in }
        late.generation = 5
        harness.records["dc2"] = late
        harness.run(for: .seconds(5))
        #expect(harness.machine.record?.epoch == 2)

        // when: whoever holds the lock writes that the operation was taken back
        var restored = PairRecord(pair: "pair", active: "dc1", epoch: 1, operation: announced)
        restored.change { $0.endOperation(PairRecord.aborted, at: announced.started) }
        restored.generation = 6
        harness.records = ["dc1": restored, "dc2": restored]
        harness.run(for: .seconds(20))
        #expect(harness.machine.record?.epoch == 1)
        #expect(harness.machine.isStandingBy)
        harness.taken = []
        harness.generations["dc2"] = 6
        harness.run(for: .seconds(20))

        // then
        #expect(harness.machine.relaying?.to == "dc2")
        #expect(harness.machine.relaying?.epoch == 1)
    }

    @Test("records that vanish from both sites are not created again")
    func held() {
        // given
        var harness = leader()

        // when
        harness.records = [:]
        harness.run(for: .seconds(20))

        // then
        #expect(harness.machine.obstacle?.code == .recordsHeld)
        #expect(harness.machine.relaying == nil)
        #expect(harness.records.isEmpty)
    }

    @Test("new settings come into force once all that ran under the old ones has ended")
    func renewed() {
        // given
        var harness = leader()

        // when
        harness.feed(.renew)
        harness.run(for: .seconds(5))

        // then
        #expect(harness.actions.contains(.applySettings))
        #expect(harness.relays.count == 2)
    }

    @Test("a new epoch of which nobody knows whether it was written is written again, never taken back")
    func uncertain() throws {
        // given
        var harness = leader()
        harness.feed(.tick)
        harness.holdsWrites = true
        harness.feed(.promote(order("op", "dc2", .forced)))
        let write = try #require(harness.lastWrite)
        #expect(write.record.epoch == 2)

        // when
        let refusal = WriteRefusal(.unknown, summary: "no answer", hint: "")
        harness.feed(.recordNotWritten(write.ticket, refusal))
        harness.holdsWrites = false
        harness.run(for: .seconds(5))

        // then
        #expect(harness.ends.map(\.fault) == [nil])
        #expect(harness.records["dc2"]?.epoch == 2)
    }

    // MARK: What the simulator found

    @Test("a new epoch that was certainly not written is not what the promotion goes back to")
    func commitRefused() throws {
        // given
        var harness = leader()
        harness.held = ["verifying"]
        harness.feed(.promote(order("op", "dc2", .planned)))
        harness.run(for: .seconds(2))
        harness.held = []
        harness.holdsWrites = true
        let step = try #require(harness.lastStep)
        harness.feed(.stepEnded(step, .done))
        let commit = try #require(harness.lastWrite)
        #expect(commit.record.epoch == 2)

        // when
        harness.holdsWrites = false
        harness.feed(.recordNotWritten(commit.ticket, WriteRefusal(.refused, summary: "no answer", hint: "")))
        harness.run(for: .seconds(5))

        // then
        #expect(harness.ends.map(\.fault?.code) == [.recordNotWritten])
        for site in ["dc1", "dc2"] {
            let record = try #require(harness.records[site])
            #expect(record.epoch == 1 && record.active == "dc1" && record.operation == nil)
        }
        #expect(harness.machine.relaying?.to == "dc2")
    }

    @Test("an order that is taken over before its records were read is answered")
    func answeredWhenTakenOver() {
        // given
        var harness = leader()
        harness.holdsReadings = true
        harness.feed(.promote(order("planned")))

        // when
        harness.feed(.promote(order("forced", "dc2", .forced)))

        // then
        guard case .refused(let fault) = harness.answers["planned"] else {
            Issue.record("it was not refused")
            return
        }
        #expect(fault.code == .takenOver)
    }

    @Test("an order that turns out to be another operation's ends under both ids")
    func endsUnderBothIDs() throws {
        // given
        var second = MachineHarness(leads: false)
        second.records = leader().records
        second.holdsLocks = true
        second.feed(.promote(order("second", "dc2", .forced)))
        #expect(second.answers["second"] == .accepted(id: "second"))
        let ticket = try #require(second.wantedLocks["dc2"])

        // when
        var first = leader()
        first.held = ["replaying"]
        first.feed(.promote(order("first", "dc2", .forced)))
        second.records = first.records
        second.holdsLocks = false
        second.feed(.lockTaken(LockHandle(site: "dc2", generation: 9, ticket: ticket)))
        second.run(for: .seconds(5))

        // then
        #expect(second.ends.map(\.id) == ["first", "second"])
        #expect(second.ends.map(\.fault) == [nil, nil])
        #expect(second.records["dc2"]?.operation == nil)
    }

    @Test("an operation that another one took over was not taken back, whoever asked for that")
    func takenOverElsewhere() throws {
        // given
        var first = leader()
        first.held = ["draining", "replaying"]
        first.feed(.promote(order("planned")))
        first.run(for: .seconds(1))
        var second = MachineHarness(leads: false)
        second.records = first.records
        second.holdsLocks = true
        second.feed(.abort(request: "request"))
        let ticket = try #require(second.wantedLocks["dc2"])

        // when
        first.feed(.promote(order("forced", "dc2", .forced)))
        second.records = first.records
        second.holdsLocks = false
        second.feed(.lockTaken(LockHandle(site: "dc2", generation: 9, ticket: ticket)))
        second.run(for: .seconds(5))

        // then
        #expect(second.ends.map(\.id) == ["planned"])
        #expect(second.ends.map(\.fault?.code) == [.takenOver])
        #expect(second.ends.map(\.fault?.kind) == [.incomplete])
    }

    @Test("nothing is written over a record that was not read under the lock")
    func readBeforeItIsWritten() {
        // given
        var first = leader()
        first.held = ["draining"]
        first.feed(.promote(order("op")))
        first.run(for: .seconds(1))
        var second = MachineHarness(leads: false)
        second.records = first.records
        second.silent = ["dc2"]

        // when
        second.feed(.abort(request: "request"))
        second.run(for: .seconds(5))

        // then
        #expect(second.lastWrite == nil)
        #expect(second.machine.operation?.waitsFor != nil)

        // when
        second.silent = []
        second.run(for: .seconds(5))

        // then
        #expect(second.ends.map(\.fault?.kind) == [.aborted])
        #expect(second.records["dc2"]?.operation == nil)
    }

    @Test("two writes to one site are never under way at a time")
    func oneWriteAtATime() throws {
        // given
        var harness = leader()
        harness.held = ["draining"]
        harness.feed(.promote(order("op")))
        harness.run(for: .seconds(1))
        harness.holdsWrites = true
        harness.feed(.abort(request: "request"))
        let undo = try #require(harness.lastWrite)
        let count = harness.actions.count { if case .writeRecord = $0 { true } else { false } }

        // when
        harness.feed(.promote(order("forced", "dc2", .forced)))
        harness.run(for: .seconds(2))

        // then
        #expect(harness.actions.count { if case .writeRecord = $0 { true } else { false } } == count)

        // when
        harness.holdsWrites = false
        harness.feed(.recordWritten(undo.ticket, harness.put(undo.record, under: undo.lock)))
        harness.run(for: .seconds(5))

        // then
        #expect(harness.records["dc2"]?.epoch == 2)
        #expect(harness.machine.operation == nil)
    }

    @Test("what is resumed is looked at again under the lock: another process may have finished it")
    func resumedFromWhatIsReadUnderTheLock() throws {
        // given
        var first = leader()
        first.held = ["replaying"]
        first.feed(.promote(order("first", "dc2", .forced)))
        first.run(for: .seconds(2))
        var second = MachineHarness(leads: false)
        second.records = first.records
        second.generations = first.generations
        second.holdsLocks = true
        second.feed(.promote(order("second", "dc2", .forced)))
        let ticket = try #require(second.wantedLocks["dc2"])

        // when
        var third = MachineHarness()
        third.records = first.records
        third.feed(.tick)
        third.run(for: .seconds(5))
        second.records = third.records
        second.feed(.lockTaken(LockHandle(site: "dc2", generation: 9, ticket: ticket)))
        second.run(for: .seconds(5))

        // then
        #expect(second.steps.isEmpty)
        #expect(second.records == third.records)
        #expect(second.answers["second"] == .accepted(id: "first"))
        #expect(second.ends.map(\.id) == ["first"])
        #expect(second.ends.map(\.fault) == [nil])
    }

    @Test("a forced order that goes on with a planned operation waits for its lock as long as a forced one")
    func urgent() {
        // given
        var first = leader()
        first.held = ["closing-barrier"]
        first.feed(.promote(order("planned", "dc2", .planned)))
        first.run(for: .seconds(2))
        var second = MachineHarness(leads: false)
        second.records = first.records
        second.holdsLocks = true

        // when
        second.feed(.promote(order("forced", "dc2", .forced)))

        // then
        let patience = second.actions.compactMap { action -> Duration? in
            if case .takeLock(site: "dc2", _, let patience) = action { patience } else { nil }
        }
        #expect(second.answers["forced"] == .accepted(id: "planned"))
        #expect(patience == [.seconds(18)])
    }

    @Test("whether a site is open is a question of when it is asked")
    func openOnlyWhileFresh() {
        let harness = leader()
        #expect(harness.machine.isOpen(at: harness.time))
        #expect(!harness.machine.isOpen(at: harness.time + .seconds(60)))
    }

    @Test("a daemon that stands by does not keep the lock of the active site")
    func givesBackTheActiveSitesLock() {
        // given
        var harness = leader()
        #expect(harness.machine.lock(of: "dc2") != nil)

        // when
        var record = PairRecord(pair: "pair", active: "dc2", epoch: 2)
        record.change { (_: inout PairRecord) in }
        harness.records = ["dc1": record, "dc2": record]
        harness.taken = ["dc1"]
        harness.run(for: .seconds(20))

        // then
        #expect(harness.machine.lock(of: "dc2") == nil)
        #expect(harness.machine.isStandingBy)
    }
}
