import Failover
import FoundationEssentials
import Testing

@Suite("What is paused, as it is kept on the brokers")
struct PauseLedgerTests {
    private static let start = Date(timeIntervalSince1970: 1_796_119_200.1234)

    private static func ledger(_ words: [(String, Bool, Double)]) -> PauseLedger {
        var ledger = PauseLedger()
        for (name, isPaused, second) in words {
            ledger.note(name, isPaused: isPaused, at: start.addingTimeInterval(second), by: "ann@host")
        }
        return ledger
    }

    @Test("given a pause, when it is asked for again, then it stays as it was said first; a resume ends it")
    func first() throws {
        var ledger = Self.ledger([("orders", true, 0), ("orders", true, 60)])
        let pause = try #require(ledger.pause(of: "orders"))
        #expect(pause.by == "ann@host" && pause.at.timeIntervalSince(Self.start) < 1)
        let (again, resumed) = (
            ledger.note("orders", isPaused: true, at: Self.start, by: "bob"),
            ledger.note("orders", isPaused: false, at: Self.start.addingTimeInterval(90), by: "bob")
        )
        #expect(!again && resumed && ledger.paused.isEmpty && ledger.pause(of: "orders") == nil)
        // And what was never paused needs no resume
        let unpaused = ledger.note("other", isPaused: false, at: Self.start, by: "bob")
        #expect(!unpaused)
    }

    @Test("given copies that went different ways, when they are merged, then the later word on each name counts")
    func merged() {
        let one = Self.ledger([("a", true, 0), ("b", true, 0), ("b", false, 20), ("c", true, 5)])
        let other = Self.ledger([("a", true, 0), ("a", false, 10), ("b", true, 15), ("d", true, 1)])
        var both = one
        both.merge(other)
        #expect(both.paused == ["c", "d"])
        var reversed = other
        reversed.merge(one)
        #expect(reversed.isSame(as: both))
        var twice = both
        twice.merge(other)
        #expect(twice == both)
    }

    @Test("given a clock that went back, when it is resumed, then that is the later word all the same")
    func clock() {
        var ledger = Self.ledger([("orders", true, 100)])
        ledger.note("orders", isPaused: false, at: Self.start, by: "bob")
        var other = Self.ledger([("orders", true, 100)])
        other.merge(ledger)
        #expect(other.paused.isEmpty)
    }

    @Test("given more names than are kept, then what is paused stays before what is not")
    func bounded() {
        var ledger = PauseLedger()
        for number in 0..<400 { ledger.note("p\(number)", isPaused: true, at: Self.start, by: "ann") }
        for number in 0..<400 {
            ledger.note("r\(number)", isPaused: true, at: Self.start.addingTimeInterval(1), by: "ann")
            ledger.note("r\(number)", isPaused: false, at: Self.start.addingTimeInterval(2), by: "ann")
        }
        #expect(ledger.marks.count == PauseLedger.limit && ledger.paused.count == 400)
    }

    @Test("given a ledger, when it is written and read, then it is the same; another version is refused")
    func coding() throws {
        for ledger in [PauseLedger(), Self.ledger([("a", true, 0), ("b", true, 0), ("b", false, 3)])] {
            let encoder = JSONEncoder()
            encoder.dateEncodingStrategy = .millisecondsSince1970
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .millisecondsSince1970
            let data = try encoder.encode(ledger)
            #expect(try decoder.decode(PauseLedger.self, from: data) == ledger)
        }
        let newer = Data(#"{"version": 2, "marks": []}"#.utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(PauseLedger.self, from: newer) }
    }
}
