import Foundation
import Testing

@testable import Relay

@Suite("Gaps of a standby store")
struct StoreGapDetectorTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)

    private static func look(
        _ second: Double,
        messages: Int? = 100,
        _ change: (inout StoreObservation) -> Void = { _ in }
    ) -> StoreObservation {
        var seen = StoreObservation(
            begun: start + second,
            ended: start + second + 0.5,
            store: QueueSighting(incarnation: "one", messages: messages, ready: messages)
        )
        change(&seen)
        return seen
    }

    private static func found(_ looks: [StoreObservation], known: KnownObjects? = nil) -> [GapFinding] {
        var detector = StoreGapDetector(route: "orders", site: "dc2", epoch: 1, known: known)
        return looks.flatMap { detector.note($0) }
    }

    @Test("given a store that is gone, or another, then it is a gap with what it held")
    func deleted() throws {
        let gone = Self.look(1) { $0.store = nil }
        let back = Self.look(2) { $0.store?.incarnation = "two" }
        let findings = Self.found([Self.look(0), gone, back])
        #expect(findings.map(\.reason) == [.storeDeleted, .storeDeleted])
        #expect(findings.map(\.count) == [100, 100] && findings.last?.to == back.ended)
        #expect(Self.found([Self.look(0), back]).map(\.from) == [Self.start])
        let known = KnownObjects(epoch: 1, queue: "one", seen: Self.start - 60)
        #expect(Self.found([back], known: known).map(\.from) == [Self.start - 60])
        // A first start.
        #expect(Self.found([gone, back]).isEmpty)
    }

    @Test("given a queue that holds fewer messages, then it is a gap unless one of its limits may have taken them")
    func fewer() throws {
        let looks = [Self.look(0)] + (1..<12).map { Self.look(Double($0), messages: 40) }
        var detector = StoreGapDetector(route: "orders", site: "dc2", epoch: 1)
        #expect(looks.prefix(11).flatMap { detector.note($0) }.isEmpty && detector.isUndecided)
        let finding = try #require(detector.note(looks[11]).last)
        #expect(finding.reason == .storeThinned && finding.count == 60 && finding.from == Self.start)
        #expect(!detector.isUndecided)
        // The statistics, which are late, say that it is as large as it may be.
        let trimmed = looks.enumerated().map { index, seen in
            var seen = seen
            seen.mayBeTrimmed = index > 6
            return seen
        }
        #expect(Self.found(trimmed).isEmpty)
        // The broker does not tell, or its leader is busy for a moment.
        #expect(Self.found([Self.look(0), Self.look(1, messages: nil), Self.look(12)]).isEmpty)
        let busy = (1..<6).map { Self.look(Double($0), messages: 0) }
        #expect(Self.found([Self.look(0)] + busy + [Self.look(6), Self.look(12)]).isEmpty)
    }

    @Test("given a queue that is purged while the relay fills it, then what was confirmed since is counted as well")
    func purgedUnderLoad() {
        func look(_ second: Double, messages: Int, confirmed: Int) -> StoreObservation {
            Self.look(second, messages: messages) {
                $0.confirmed = confirmed
                $0.publishedThen = confirmed
            }
        }
        // 50 a second come in, and 30 of 1,000 were taken: at no look are there fewer than before.
        func looks(without missing: Int) -> [StoreObservation] {
            [look(0, messages: 1000, confirmed: 0)]
                + (1..<13).map { look(Double($0), messages: 1000 + $0 * 50 - missing, confirmed: $0 * 50) }
        }
        #expect(Self.found(looks(without: 30)).map(\.count) == [30])
        #expect(Self.found(looks(without: 0)).isEmpty)
        // Another relay counts from 0.
        let other = (1..<13).map { look(Double($0), messages: 1010, confirmed: 5) }
        #expect(Self.found([look(0, messages: 1000, confirmed: 900)] + other).isEmpty)
    }

    @Test("given messages that the store holds and confirms only later, then they are not counted twice")
    func confirmedLate() {
        func look(_ second: Double, messages: Int, confirmed: Int, published: Int) -> StoreObservation {
            Self.look(second, messages: messages) {
                $0.confirmed = confirmed
                $0.publishedThen = published
            }
        }
        // 40 of those that are there are confirmed only afterwards.
        let late = (1..<13).map { look(Double($0), messages: 1060, confirmed: 1060, published: 1060) }
        #expect(Self.found([look(0, messages: 1000, confirmed: 960, published: 1010)] + late).isEmpty)
        let purged = (1..<13).map { look(Double($0), messages: 1040, confirmed: 1060, published: 1060) }
        #expect(Self.found([look(0, messages: 1000, confirmed: 960, published: 1010)] + purged).map(\.count) == [10])
    }

    @Test("given a queue older than what it keeps, then what was confirmed not long ago has to be there")
    func expiring() {
        func look(_ second: Double, messages: Int, confirmed: Int) -> StoreObservation {
            Self.look(second, messages: messages) {
                $0.confirmed = confirmed
                $0.publishedThen = confirmed
                $0.retention = 100
            }
        }
        // 10 a second come in, and 1,000 are there: as many expire.
        let steady = (0..<300).map { look(Double($0), messages: 1000, confirmed: $0 * 10) }
        #expect(Self.found(steady).isEmpty)
        let purged = (300..<320).map { look(Double($0), messages: ($0 - 300) * 10, confirmed: $0 * 10) }
        let findings = Self.found(steady + purged)
        #expect(findings.map(\.reason) == [.storeThinned])
        // Those of the last 90 s at the least.
        #expect(findings.allSatisfy { (700...1000).contains($0.count ?? 0) })
        // Nothing comes in any more, and everything expires.
        let ending = (300..<400).map { look(Double($0), messages: max(0, 1000 - ($0 - 300) * 10), confirmed: 3000) }
        #expect(Self.found(steady + ending).isEmpty)
    }

    @Test("given a look at a stream's end while messages come, then a look without any counts for more")
    func uncertainEnd() {
        func look(_ second: Double, end: Int64, confirmed: Int, published: Int) -> StoreObservation {
            Self.look(second, messages: nil) {
                $0.end = end
                $0.confirmed = confirmed
                $0.publishedThen = published
            }
        }
        // Given one look while nothing came, and one during which 250 did
        let exact = look(0, end: 99, confirmed: 100, published: 100)
        let uncertain = look(1, end: 299, confirmed: 250, published: 500)
        // When all of 500 are confirmed, and the stream ends 50 before that
        let torn = look(2, end: 449, confirmed: 500, published: 500)
        #expect(Self.found([exact, uncertain, torn]).map(\.count) == [50])
        #expect(Self.found([exact, uncertain, look(2, end: 499, confirmed: 500, published: 500)]).isEmpty)
    }

    @Test("given a stream that ends before what it confirmed, then it is a gap with the range and the number")
    func tail() throws {
        func look(_ second: Double, end: Int64?, confirmed: Int?) -> StoreObservation {
            Self.look(second, messages: nil) {
                $0.end = end
                $0.confirmed = confirmed
                $0.publishedThen = confirmed
            }
        }
        let growing = (1...10).map { look(Double($0), end: nil, confirmed: $0 * 10) }
        let findings = Self.found([look(0, end: 49, confirmed: 0)] + growing + [look(20, end: 134, confirmed: nil)])
        let finding = try #require(findings.last)
        #expect(finding.reason == .storeThinned && finding.count == 15)
        // Nobody had looked since the first: which of them are missing is not known.
        #expect(finding.from == Self.start && finding.to == Self.start + 20.5)
        #expect(Self.found([look(0, end: 49, confirmed: 0)] + growing + [look(20, end: 149, confirmed: 0)]).isEmpty)
    }

    @Test("given another relay, then what it stores counts from its beginning, whatever the last one says late")
    func anotherRelay() throws {
        func look(_ second: Double, by relay: Int, end: Int64?, confirmed: Int) -> StoreObservation {
            Self.look(second, messages: nil) {
                $0.relay = relay
                $0.end = end
                $0.confirmed = confirmed
                $0.publishedThen = confirmed
            }
        }
        // Given 100 messages by one relay, and 60 by the next, of which nothing was seen before its 40th
        let first = [look(0, by: 1, end: -1, confirmed: 0), look(1, by: 1, end: 99, confirmed: 100)]
        let second = [look(3, by: 2, end: nil, confirmed: 40), look(4, by: 1, end: nil, confirmed: 90)]
        // When the stream holds all of them, then nothing is missing; else so many are
        #expect(Self.found(first + second + [look(5, by: 2, end: 159, confirmed: 60)]).isEmpty)
        #expect(Self.found(first + second + [look(5, by: 2, end: 139, confirmed: 60)]).map(\.count) == [20])
        // What more the first had stored is nobody's loss.
        #expect(Self.found(first + second + [look(5, by: 2, end: 190, confirmed: 60)]).isEmpty)
    }

    @Test("given messages that came after a broker lost its newest ones, then the range is of those before")
    func tailUnderFlow() throws {
        func look(_ second: Double, end: Int64?, confirmed: Int) -> StoreObservation {
            Self.look(second, messages: nil) {
                $0.end = end
                $0.confirmed = confirmed
                $0.publishedThen = confirmed
            }
        }
        // Given 100 messages, ten a second, and 400 more since the broker came back without the newest 15 of them
        let before = (0...10).map { look(Double($0), end: 49 + Int64($0) * 10, confirmed: $0 * 10) }
        let after = (30...33).map { look(Double($0), end: nil, confirmed: 100 + ($0 - 29) * 100) }
        // When the end is seen
        let finding = try #require(Self.found(before + after + [look(34, end: 534, confirmed: 500)]).last)
        // Then the missing ones came before the others; and so where the store was deleted and has only what came since
        #expect(finding.reason == .storeThinned && finding.count == 15 && finding.from == Self.start + 8)
        let anew = try #require(Self.found(before + after + [look(34, end: 399, confirmed: 500)]).last)
        #expect(anew.count == 150 && anew.from == Self.start)
    }

    @Test("given a stream that ends before where it had ended when somebody looked before, then it is a gap")
    func knownEnd() throws {
        func look(_ second: Double, end: Int64?, confirmed: Int?) -> StoreObservation {
            Self.look(second, messages: nil) {
                $0.end = end
                $0.confirmed = confirmed
                $0.publishedThen = confirmed
            }
        }
        // Given what a process leaves behind that saw 50 messages come, and 100 confirmed after them
        var first = StoreGapDetector(route: "orders", site: "dc2", epoch: 1)
        _ = [look(0, end: 49, confirmed: 0), look(1, end: nil, confirmed: 100)].map { first.note($0) }
        let known = try #require(first.known)
        #expect(known.end == 149)
        // A look that goes on until the end is there that has to be goes on for what was confirmed meanwhile, too.
        #expect(first.leastEnd(confirmed: 100) == 149 && first.leastEnd(confirmed: 130) == 179)
        // When the next finds a stream that ends there or behind it, then nothing is missing; before it, so many are
        #expect(Self.found([look(100, end: 149, confirmed: nil)], known: known).isEmpty)
        #expect(Self.found([look(100, end: 180, confirmed: nil)], known: known).isEmpty)
        #expect(Self.found([look(100, end: -1, confirmed: nil)], known: known).map(\.count) == [150])
        #expect(Self.found([look(100, end: 19, confirmed: nil)], known: known).map(\.reason) == [.storeThinned])
        // What was confirmed since counts, if the relay began after that was written.
        var counting = StoreGapDetector(route: "orders", site: "dc2", epoch: 1, known: known, countedSince: Self.start)
        #expect(counting.note(look(100, end: 159, confirmed: 20)).map(\.count) == [10])
        var running = StoreGapDetector(route: "orders", site: "dc2", epoch: 1, known: known)
        #expect(running.note(look(100, end: 159, confirmed: 20)).isEmpty)
        // Another store, or one of another epoch, is no shorter one.
        var other = known
        other.epoch = 2
        #expect(Self.found([look(100, end: 19, confirmed: nil)], known: other).isEmpty)
        other = known
        other.queue = "two"
        #expect(Self.found([look(100, end: 19, confirmed: nil)], known: other).map(\.reason) == [.storeDeleted])
    }

    @Test("given a stream that was made since all is counted, then what it confirmed is known before its end is")
    func new() {
        func look(_ second: Double, end: Int64?, confirmed: Int) -> StoreObservation {
            Self.look(second, messages: nil) {
                $0.store?.incarnation = "1800000000500-new"
                $0.end = end
                $0.confirmed = confirmed
                $0.publishedThen = confirmed
            }
        }
        func detector(_ since: Double) -> StoreGapDetector {
            StoreGapDetector(route: "orders", site: "dc2", epoch: 1, countedSince: Self.start + since)
        }
        var new = detector(0)
        #expect(new.note(look(1, end: nil, confirmed: 30)).isEmpty)
        new.note(confirmed: 50, at: Self.start + 2)
        #expect(new.known?.end == 49)
        #expect(new.note(look(2, end: 9, confirmed: 50)).map(\.count) == [40])
        var old = detector(10)
        #expect(old.note(look(11, end: nil, confirmed: 30)).isEmpty)
        old.note(confirmed: 50, at: Self.start + 12)
        #expect(old.known?.end == nil)
    }

    @Test(
        "given messages that are confirmed while the end is looked for, then they are not counted behind that end again"
    )
    func confirmedMeanwhile() {
        // 30 were confirmed during the first look or just after it, and are in the stream that it found.
        let first = Self.look(0, messages: nil) {
            $0.end = 79
            $0.confirmed = 20
            $0.publishedThen = 50
        }
        let late = Self.look(0.5, messages: nil) {
            $0.confirmed = 40
            $0.publishedThen = 50
        }
        let second = Self.look(1, messages: nil) {
            $0.confirmed = 60
            $0.publishedThen = 60
        }
        let third = Self.look(2, messages: nil) {
            $0.end = 89
            $0.confirmed = 60
            $0.publishedThen = 60
        }
        #expect(Self.found([first, late, second, third]).isEmpty)
    }
}
