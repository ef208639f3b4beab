import Foundation
import Testing

@testable import Consumption

@Suite("Watermarks and what is made of them")
struct WatermarksTests {
    static func mark(_ position: Int64, _ incarnation: String? = "a", evidence: Int64 = 5) -> Watermark {
        Watermark(position: Position(position), rule: .empty, evidence: evidence, incarnation: incarnation)
    }

    static func marks(
        epoch: Int = 1,
        generation: Int = 1,
        _ queues: [String: Watermark] = [:]
    ) -> Watermarks {
        var marks = Watermarks(epoch: epoch, generation: generation)
        for (queue, mark) in queues { marks.note(mark, route: "orders", queue: queue) }
        return marks
    }

    @Test("Given a watermark, when an older one comes, then it stays")
    func neverBack() {
        // given
        var marks = Self.marks(["q": Self.mark(10)])

        // when
        let stands = marks.note(Self.mark(9, evidence: 9), route: "orders", queue: "q")

        // then
        #expect(!stands)
        #expect(marks.watermark(route: "orders", queue: "q", incarnation: "a") == Self.mark(10))
    }

    @Test(
        "Given a watermark, when the queue was made anew, then nothing is known of it, and an older one takes its place"
    )
    func madeAnew() {
        var marks = Self.marks(["q": Self.mark(10)])
        #expect(marks.watermark(route: "orders", queue: "q", incarnation: "b") == nil)
        #expect(marks.watermark(route: "orders", queue: "q", incarnation: nil) == nil)
        let stands = marks.note(Self.mark(3, "b"), route: "orders", queue: "q")
        #expect(stands)
        #expect(marks.watermark(route: "orders", queue: "q", incarnation: "b") == Self.mark(3, "b"))
    }

    @Test("Given two copies, when they are merged in either order, then the further watermark of each queue stands")
    func merging() {
        // given
        let one = Self.marks(["q": Self.mark(10), "r": Self.mark(4)])
        let other = Self.marks(generation: 2, ["q": Self.mark(7), "r": Self.mark(5), "s": Self.mark(1)])

        // when
        var merged = one
        merged.merge(other)
        var reversed = other
        reversed.merge(one)

        // then
        #expect(merged == reversed)
        #expect(merged == Self.marks(generation: 2, ["q": Self.mark(10), "r": Self.mark(5), "s": Self.mark(1)]))
    }

    @Test("Given another epoch, when it is merged, then only the later one stands")
    func epochs() {
        let old = Self.marks(epoch: 1, generation: 9, ["q": Self.mark(10)])
        let new = Self.marks(epoch: 2, generation: 1, ["q": Self.mark(2)])
        var merged = old
        merged.merge(new)
        #expect(merged == new)
        merged.merge(old)
        #expect(merged == new)
    }

    @Test("Given two incarnations, when they are merged in either order, then that of the later leader stands")
    func incarnations() {
        let old = Self.marks(generation: 1, ["q": Self.mark(10, "a")])
        let new = Self.marks(generation: 2, ["q": Self.mark(2, "b")])
        var merged = old
        merged.merge(new)
        var reversed = new
        reversed.merge(old)
        #expect(merged == new)
        #expect(reversed == new)
    }

    @Test("Given several queues, when the oldest is asked for, then one that nothing is known of makes it nil")
    func oldest() {
        let marks = Self.marks(["q": Self.mark(10), "r": Self.mark(4)])
        #expect(marks.oldest(route: "orders", queues: ["q", "r"]) == Position(4))
        #expect(marks.oldest(route: "orders", queues: ["q", "s"]) == nil)
        #expect(marks.oldest(route: "other", queues: ["q"]) == nil)
    }

    @Test("Given watermarks, when they are written and read, then they are the same, and the bytes too")
    func roundTrip() throws {
        let marks = Self.marks(epoch: 3, generation: 7, ["q/1 \u{1F600}": Self.mark(10, nil), "r": Self.mark(4)])
        let json = try marks.json()
        #expect(try Watermarks(json: json) == marks)
        #expect(try Watermarks(json: json).json() == json)
        #expect(
            String(decoding: try Self.marks(["q": Self.mark(1)]).json(), as: UTF8.self)
                == #"{"epoch":1,"generation":1,"routes":{"orders":{"q":{"evidence":5,"incarnation":"a","position":1,"rule":"empty"}}},"version":1}"#
        )
    }

    @Test(
        "Given broken bytes, when they are read, then an error says what is wrong",
        arguments: [
            ("", "the watermarks can't be read: no JSON"),
            ("[]", "the watermarks can't be read: '' is of another kind"),
            ("{}", "the watermarks can't be read: 'version' is missing"),
            (
                #"{"version":2,"anything":1}"#,
                "the watermarks have version 2, this Ropeway knows 1: use the newer Ropeway"
            ),
            (#"{"version":1,"generation":1,"routes":{}}"#, "the watermarks can't be read: 'epoch' is missing"),
            (
                #"{"version":1,"epoch":-1,"generation":1,"routes":{}}"#,
                "the watermarks can't be read: a negative epoch or generation"
            ),
            (
                #"{"version":1,"epoch":1,"generation":1,"routes":{"o":{"q":{"position":-1,"rule":"empty","evidence":1}}}}"#,
                "the watermarks can't be read: a time of queue 'q' is none"
            ),
            (
                #"{"version":1,"epoch":1,"generation":1,"routes":{"o":{"q":{"position":9e18,"rule":"empty","evidence":1}}}}"#,
                "the watermarks can't be read: a time of queue 'q' is none"
            ),
            (
                #"{"version":1,"epoch":1,"generation":1,"routes":{"o":{"q":{"position":1,"rule":"luck","evidence":1}}}}"#,
                "the watermarks can't be read: 'routes.o.q.rule' is invalid"
            ),
        ]
    )
    func broken(text: String, says: String) {
        let error = #expect(throws: WatermarksError.self) { try Watermarks(json: Data(text.utf8)) }
        #expect(error?.description == says)
    }

    @Test("Given good bytes, when any one is cut off or changed, then it is read or refused, and never traps")
    func damaged() throws {
        let json = try Self.marks(["q": Self.mark(10), "r": Self.mark(4)]).json()
        for end in json.indices { #expect(throws: WatermarksError.self) { try Watermarks(json: json[..<end]) } }
        for place in json.indices {
            for byte in [UInt8(ascii: "0"), UInt8(ascii: "\""), 0xFF, UInt8(ascii: "{")] {
                var damaged = json
                damaged[place] = byte
                _ = try? Watermarks(json: damaged)
            }
        }
    }

    @Test("Given too much, when it is noted or read, then it is refused")
    func bounded() throws {
        // given
        var marks = Watermarks(epoch: 1, generation: 1)
        for index in 0..<Watermarks.limit { marks.note(Self.mark(1), route: "orders", queue: "q\(index)") }

        // then
        let another = marks.note(Self.mark(1), route: "orders", queue: "another")
        let long = marks.note(Self.mark(2), route: "orders", queue: String(repeating: "x", count: 256))
        let known = marks.note(Self.mark(2), route: "orders", queue: "q0")
        #expect(!another && !long && known)
        #expect(marks.count == Watermarks.limit)
        #expect(try marks.json().count < Watermarks.largest)
        #expect(throws: WatermarksError.tooLarge(bytes: 8_000_001)) {
            try Watermarks(json: Data(repeating: UInt8(ascii: " "), count: 8_000_001))
        }

        // when
        marks.keep { _, queue in queue == "q0" }

        // then
        #expect(marks.count == 1)
    }
}
