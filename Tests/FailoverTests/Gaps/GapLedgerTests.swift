import ControlModel
import Foundation
import Logging
import Relay
import Testing

@testable import Failover

@Suite("The gaps of a pair")
struct GapLedgerTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)

    private static func hole(
        _ second: Double,
        to end: Double? = nil,
        count: Int? = nil,
        route: String = "orders",
        reason: GapReason = .bindingLate
    ) -> GapFinding {
        GapFinding(
            route: route,
            site: "dc1",
            reason: reason,
            from: start + second,
            to: end.map { start + $0 },
            count: count,
            detail: "seen"
        )
    }

    @Test("given a hole that is told of again, then the gap has its end and its number once")
    func updated() throws {
        var ledger = GapLedger()
        ledger.record(Self.hole(0, count: 5), at: Self.start)
        ledger.record(Self.hole(0, to: 3, count: 8), at: Self.start + 3)
        let gap = try #require(ledger.open.first)
        #expect(ledger.open.count == 1 && gap.times == 1 && gap.count == 8 && gap.to == Self.start + 3)
    }

    @Test("given more holes of the same kind, then the gap grows; of another kind or route, there is another")
    func folded() throws {
        var ledger = GapLedger()
        ledger.record(Self.hole(0, to: 1, count: 5), at: Self.start)
        ledger.record(Self.hole(10, to: 12, count: 7), at: Self.start + 12)
        let gap = try #require(ledger.open.first)
        #expect(gap.from == Self.start && gap.to == Self.start + 12 && gap.count == 12 && gap.times == 2)
        ledger.record(Self.hole(20, reason: .captureDeleted), at: Self.start)
        ledger.record(Self.hole(20, route: "payments"), at: Self.start)
        #expect(ledger.open.count == 3)
    }

    @Test("given one that was acknowledged, then the next hole is another gap, and the end of the old one is not")
    func acknowledged() {
        var ledger = GapLedger()
        ledger.record(Self.hole(0), at: Self.start)
        #expect(ledger.acknowledge("orders", at: Self.start + 5) == 1 && ledger.open.isEmpty)
        ledger.record(Self.hole(0, to: 6), at: Self.start + 6)
        #expect(ledger.open.isEmpty)
        ledger.record(Self.hole(10, to: 11), at: Self.start + 11)
        #expect(ledger.open.count == 1 && ledger.gaps.count == 2)
        #expect(ledger.acknowledge("payments", at: Self.start) == 0)
    }

    @Test("given one that was acknowledged after its end, then what is missing later since the same moment is another")
    func sinceTheSameMoment() {
        for isRestarted in [false, true] {
            var ledger = GapLedger()
            ledger.record(Self.hole(0, to: 5, count: 400), at: Self.start + 5)
            ledger.record(Self.hole(0, to: 5, count: 400), at: Self.start + 6)
            #expect(ledger.open.map(\.count) == [400] && ledger.open.first?.times == 1, "told twice")
            ledger.acknowledge("orders", at: Self.start + 7)
            if isRestarted { ledger = GapLedger(gaps: ledger.gaps, known: ledger.known) }
            ledger.record(Self.hole(0, to: 5, count: 400), at: Self.start + 8)
            #expect(ledger.open.isEmpty, "told once more")
            ledger.record(Self.hole(0, to: 20, count: 500), at: Self.start + 20)
            #expect(ledger.open.map(\.count) == [500] && Set(ledger.gaps.map(\.id)).count == 2)
            // And the next one adds to it.
            ledger.record(Self.hole(0, to: 30, count: 100), at: Self.start + 30)
            #expect(ledger.open.map(\.count) == [600] && ledger.open.first?.times == 2)
        }
    }

    @Test("given two copies, then all gaps of both are kept, and what one acknowledged is acknowledged")
    func merged() throws {
        var one = GapLedger()
        one.record(Self.hole(0), at: Self.start)
        var other = one
        one.acknowledge("orders", at: Self.start + 1)
        other.record(Self.hole(0, to: 9), at: Self.start + 9)
        other.record(Self.hole(5, route: "payments"), at: Self.start + 9)
        var merged = one
        merged.merge(other)
        other.merge(one)
        #expect(merged.isSame(as: other))
        #expect(merged.open.map(\.route) == ["payments"])
        #expect(merged.gaps.first?.to == Self.start + 9)
    }

    @Test("given very many, then those that were acknowledged go first")
    func bounded() {
        var ledger = GapLedger()
        for index in 0..<60 {
            ledger.record(Self.hole(Double(index), route: "r\(index)"), at: Self.start + Double(index))
        }
        for index in 0..<30 { ledger.acknowledge("r\(index)", at: Self.start + 100) }
        for index in 60..<130 {
            ledger.record(Self.hole(Double(index), route: "r\(index)"), at: Self.start + Double(index))
        }
        #expect(ledger.gaps.count == GapLedger.limit && ledger.open.count == 100)
    }

    @Test("given routes seen at different times, when one is worth writing down, then all are written with it")
    func together() {
        var book = GapBook(logger: Logger(label: "test"))
        func seen(_ seconds: Double, _ routes: [String]) -> [String: KnownObjects] {
            Dictionary(
                uniqueKeysWithValues: routes.enumerated().map { index, route in
                    (route, KnownObjects(epoch: 1, queue: "one", seen: Self.start + seconds + Double(index)))
                }
            )
        }
        func isWorth(_ seconds: Double, _ routes: [String] = ["orders", "parcels", "bills"]) -> Bool {
            book.know(seen(seconds, routes), site: "dc1", role: .capture, always: false)
        }
        #expect(isWorth(0, ["orders"]))
        #expect(isWorth(10))
        let worth = (11...60).filter { isWorth(Double($0)) }
        #expect(worth == [40])
        #expect(book.ledger.known(site: "dc1", route: "bills", role: .capture)?.seen == Self.start + 42)
    }

    @Test("given what is written, then it is read back, and another version is not")
    func coding() throws {
        var ledger = GapLedger()
        ledger.record(Self.hole(0.25, count: 5), at: Self.start)
        _ = ledger.know(
            KnownObjects(epoch: 1, queue: "one", tripwire: nil, seen: Self.start + 0.1234),
            site: "dc1",
            route: "orders",
            role: .capture
        )
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .millisecondsSince1970
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .millisecondsSince1970
        let data = try encoder.encode(ledger)
        #expect(try decoder.decode(GapLedger.self, from: data).isSame(as: ledger))
        let newer = String(decoding: data, as: UTF8.self).replacing("\"version\":1", with: "\"version\":2")
        #expect(throws: DecodingError.self) { try decoder.decode(GapLedger.self, from: Data(newer.utf8)) }
    }
}
