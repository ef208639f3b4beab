import NIOCore
import RabbitStream
import Testing

@testable import Pump

@Suite("Copying chunks, without a socket")
struct ChunkCopyStateMachineTests {
    private static let now = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private static func machine(
        at sequence: UInt64 = 0,
        isWhole: Bool = false,
        isAtEnd: Bool = false,
        least: UInt64 = 0,
        passed: UInt64 = 0,
        _ limits: ChunkLimits = ChunkLimits(),
        cut: Int = ChunkLimits.cut
    ) -> ChunkCopyStateMachine {
        ChunkCopyStateMachine(
            sequence: sequence,
            isWhole: isWhole,
            isAtEnd: isAtEnd,
            least: least,
            passed: passed,
            limits: limits,
            cut: cut,
            credited: 2,
            now: now
        )
    }

    private static func texts(_ entries: [PublishEntry]) throws -> [String] { try entries.flatMap { try $0.texts } }

    @Test("given a chunk of messages, then it becomes one sub-batch whose id is the offset that comes next")
    func oneEntry() throws {
        var machine = Self.machine()
        let entries = machine.received(try Chunks.messages(from: 0, count: 3), now: Self.now)
        #expect(entries.map(\.publishingID) == [3])
        #expect(try Self.texts(entries) == ["0", "1", "2"])
        #expect(machine.copied == 0 && machine.next == 3)
        machine.confirmed([3], now: Self.now)
        #expect(machine.copied == 3 && machine.counters.confirmed == 3 && machine.ledger.isEmpty)
    }

    @Test("given a sub-batch of the source, then it goes as an entry of its own and not inside another")
    func subBatch() throws {
        var machine = Self.machine()
        let entries = machine.received(try Chunks.subBatch(from: 5, count: 4), now: Self.now)
        #expect(entries.map(\.publishingID) == [9])
        #expect(try Self.texts(entries) == ["5", "6", "7", "8"])
    }

    @Test("given a large chunk, then it is cut at the same places each time it is read")
    func cuts() throws {
        let chunk = try Chunks.messages(from: 100, count: 10, bytes: 96)
        let ids = [104, 108, 110] as [UInt64]
        for _ in 0..<2 {
            var machine = Self.machine(cut: 400)
            #expect(machine.received(chunk, now: Self.now).map(\.publishingID) == ids)
        }
        // Where the destination has a part of it, the rest has the same ids.
        var resumed = Self.machine(at: 104, cut: 400)
        #expect(resumed.received(chunk, now: Self.now).map(\.publishingID) == [108, 110])
    }

    @Test(
        "given a resume inside of what goes as one, as where messages went one by one before, then nothing goes twice"
    )
    func straddling() throws {
        var machine = Self.machine(at: 2)
        var entries = machine.received(try Chunks.messages(from: 0, count: 4), now: Self.now)
        #expect(entries.map(\.publishingID) == [3, 4])
        #expect(try Self.texts(entries) == ["2", "3"])
        machine = Self.machine(at: 7)
        entries = machine.received(try Chunks.subBatch(from: 5, count: 4), now: Self.now)
        #expect(try Self.texts(entries) == ["7", "8"])
    }

    @Test(
        "given a chunk that ends before what was copied, or that begins before it where all had been copied, then the source has lost its end, and nothing is published",
        arguments: [(3, false), (498, true)]
    )
    func shortened(begin: Int, isAtEnd: Bool) throws {
        var machine = Self.machine(at: 500, isAtEnd: isAtEnd)
        #expect(machine.received(try Chunks.messages(from: UInt64(begin), count: 4), now: Self.now).isEmpty)
        guard case .failed(.sourceShortened(copied: 500, let end)) = machine.end, end == begin else {
            Issue.record("\(String(describing: machine.end))")
            return
        }
    }

    @Test("given an offset behind the end of the source to begin at, then what comes before it is left out")
    func leastOffset() throws {
        var machine = Self.machine(least: 7)
        #expect(machine.received(try Chunks.messages(from: 3, count: 2), now: Self.now).isEmpty)
        let entries = machine.received(try Chunks.messages(from: 5, count: 4), now: Self.now)
        #expect(entries.map(\.publishingID) == [8, 9] && machine.end == nil)
        #expect(try Self.texts(entries) == ["7", "8"])
    }

    @Test("given offsets that are left out, then nothing behind them is published before they are looked into")
    func holes() throws {
        var machine = Self.machine(at: 10)
        #expect(machine.received(try Chunks.messages(from: 20, count: 2), now: Self.now).isEmpty)
        #expect(machine.received(try Chunks.messages(from: 22, count: 1), now: Self.now).isEmpty)
        #expect(machine.hole == 10..<20 && machine.copied == 10 && machine.takeCredit(now: Self.now) == 0)
        // Once they were, copying goes on behind them.
        #expect(machine.passHole(now: Self.now).map(\.publishingID) == [22, 23])
        #expect(machine.hole == nil && machine.takeCredit(now: Self.now) > 0)
        // Another session does not ask again.
        machine = Self.machine(at: 10, passed: 20)
        let entries = machine.received(try Chunks.messages(from: 20, count: 2), now: Self.now)
        #expect(entries.map(\.publishingID) == [22])
        // A single one is what a segment begins with.
        #expect(machine.received(try Chunks.messages(from: 23, count: 1), now: Self.now).count == 1)
        // At a first start, what was before is none.
        var first = Self.machine()
        #expect(first.received(try Chunks.messages(from: 20, count: 2), now: Self.now).count == 1)
        #expect(machine.end == nil && first.end == nil)
        // Unless all that there ever was is wanted.
        var whole = Self.machine(isWhole: true)
        #expect(whole.received(try Chunks.messages(from: 20, count: 2), now: Self.now).isEmpty)
        #expect(whole.hole == 0..<20)
        whole = Self.machine(isWhole: true, passed: 20)
        #expect(whole.received(try Chunks.messages(from: 20, count: 2), now: Self.now).count == 1)
    }

    @Test("given confirms out of order, then what is copied ends before the first that is missing")
    func order() throws {
        var machine = Self.machine()
        for first in [0, 3, 6] as [UInt64] {
            _ = machine.received(try Chunks.messages(from: first, count: 3), now: Self.now)
        }
        machine.confirmed([9, 6], now: Self.now)
        #expect(machine.copied == 0 && machine.ledger.records == 3)
        machine.confirmed([3, 3, 77], now: Self.now)
        #expect(machine.copied == 9 && machine.counters.confirmed == 9)
    }

    @Test("given a refusal, or no confirm for long, then the session ends with what was wrong")
    func troubles() throws {
        var machine = Self.machine()
        _ = machine.received(try Chunks.messages(from: 0, count: 3), now: Self.now)
        machine.watch(now: Self.now + .seconds(29))
        #expect(machine.end == nil)
        machine.watch(now: Self.now + .seconds(31))
        guard case .failed(.stalled) = machine.end else { throw Unexpected(end: machine.end) }
        machine = Self.machine()
        _ = machine.received(try Chunks.messages(from: 0, count: 3), now: Self.now)
        machine.refused([PublishRefusal(publishingID: 3, code: .accessRefused)])
        guard case .failed(.refused(.accessRefused, offset: 2)) = machine.end else {
            throw Unexpected(end: machine.end)
        }
    }

    @Test("given a stop, then it ends once what was published is confirmed, and what comes meanwhile is left")
    func stops() throws {
        var machine = Self.machine()
        _ = machine.received(try Chunks.messages(from: 0, count: 3), now: Self.now)
        machine.stop()
        #expect(machine.end == nil && machine.takeCredit(now: Self.now) == 0)
        #expect(machine.received(try Chunks.messages(from: 3, count: 3), now: Self.now).isEmpty)
        machine.confirmed([3], now: Self.now)
        guard case .stopped(drained: true) = machine.end else { throw Unexpected(end: machine.end) }
        #expect(machine.copied == 3)
    }

    @Test("given as many bytes in flight as may be, then no chunk is let come until some are confirmed")
    func bounded() throws {
        var machine = Self.machine(at: 0, ChunkLimits(inFlightBytes: 1000))
        for first in [0, 10] as [UInt64] {
            _ = machine.received(try Chunks.messages(from: first, count: 10, bytes: 60), now: Self.now)
        }
        #expect(machine.takeCredit(now: Self.now) == 0)
        machine.confirmed([10], now: Self.now)
        #expect(machine.takeCredit(now: Self.now) == 1)
        #expect(machine.takeCredit(now: Self.now) == 0)
    }

    @Test("given a rate, then credit is held back until what was copied beyond it is made up for")
    func rate() throws {
        var machine = Self.machine(at: 0, ChunkLimits(rate: 100))
        _ = machine.received(try Chunks.messages(from: 0, count: 205), now: Self.now)
        #expect(machine.takeCredit(now: Self.now + .milliseconds(1900)) == 0)
        #expect(machine.takeCredit(now: Self.now + .milliseconds(2100)) > 0)
    }

    @Test("given a long way, then as many chunks are let come as it holds twice; given a short one, few")
    func line() throws {
        for (roundTrip, wanted) in [(TimeAmount.milliseconds(80), 160), (.microseconds(200), 16)] {
            var window = CreditWindow(16...4096, outstanding: 0, now: Self.now)
            window.measured(roundTrip: roundTrip)
            // 1,000 chunks a second.
            for index in 1...200 { window.received(bytes: 10_000, now: Self.now + .milliseconds(Int64(index))) }
            #expect((wanted...wanted * 11 / 10).contains(window.target), "\(window.target)")
        }
    }

    private struct Unexpected: Error {
        var end: ChunkCopyStateMachine.End?
    }
}
