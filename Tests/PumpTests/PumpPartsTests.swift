import AMQP
import NIOCore
import SeededRandomness
import Testing

@testable import Pump

@Suite("The parts of a pump")
struct PumpPartsTests {
    @Test("tokens keep to the rate over any second, and give a burst of a twentieth", arguments: [1, 7, 100, 5000])
    func tokens(rate: Int) {
        var random = SeededGenerator(seed: UInt64(rate))
        var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        var tokens = RateTokens(rate: rate, now: now)
        let start = now
        var taken: [NIODeadline] = []
        // Given a clock that goes on in steps of up to 20 ms, with someone who takes whatever there is
        while now - start < .seconds(20) {
            while tokens.take(now: now) { taken.append(now) }
            now = now + .nanoseconds(Int64(random.next() % 20_000_000))
        }
        // Then the sum is the rate, within the burst
        let burst = max(1, rate / 20)
        #expect(abs(taken.count - rate * 20) <= burst + 1)
        for (index, time) in taken.enumerated().dropFirst(rate + burst + 1) {
            #expect(time - taken[index - rate - burst - 1] >= .milliseconds(999))
        }
    }

    @Test("tokens do not pile up while nobody takes them")
    func idleTokens() {
        let start = NIODeadline.uptimeNanoseconds(0)
        var tokens = RateTokens(rate: 1000, now: start)
        var count = 0
        while tokens.take(now: start + .hours(1)) { count += 1 }
        #expect(count == 51)
    }

    @Test("tokens that are spent beforehand are made up for")
    func debt() {
        // Given a thousand a second, of which a single message takes two thousand
        let start = NIODeadline.uptimeNanoseconds(0)
        var tokens = RateTokens(rate: 1000, now: start)
        tokens.spend(2000)
        // Then nothing is allowed until these have come, less the burst of 50
        let allowed = [0, 1950, 1952].map { tokens.allows(now: start + .milliseconds($0)) }
        #expect(allowed == [false, false, true])
    }

    @Test("a clock that stands still gives nothing and harms nothing")
    func frozenClock() {
        let start = NIODeadline.uptimeNanoseconds(10)
        var tokens = RateTokens(rate: 0, now: start)
        let taken = [start, start, start + .seconds(1)].map { tokens.take(now: $0) }
        #expect(taken == [true, false, true])
    }

    @Test(
        "the size limit is read from the broker's words",
        arguments: [
            ("PRECONDITION_FAILED - message size 20971520 is larger than configured max size 16777216", 16_777_216),
            ("PRECONDITION_FAILED - message size 2048 larger than max size 1024", 1024),
            ("PRECONDITION_FAILED - message size 7 is larger than configured max size 5 bytes", 5),
            ("PRECONDITION_FAILED - user_id property set to 'bob7' but authenticated user was 'guest'", nil),
            ("PRECONDITION_FAILED - invalid expiration '12x'", nil),
            ("", nil),
        ] as [(String, Int?)]
    )
    func sizeLimit(reason: String, expected: Int?) {
        #expect(Refusal.sizeLimit(in: reason) == expected)
    }

    @Test("a time of the event loop is the same time of day whenever it is asked for")
    func sessionStart() {
        // Given a session that started at a time of day
        let now = NIODeadline.uptimeNanoseconds(5_000_000_700)
        let start = SessionStart(now, milliseconds: 1_000_000)
        // When a time before, and one after it, are asked for
        // Then each is as far from the start as by the loop's clock
        #expect(start.wallClock(now + .nanoseconds(1_999_999)) == 1_000_001)
        #expect(start.wallClock(now - .milliseconds(20)) == 999_980)
        #expect(start.wallClock(now) == 1_000_000)
    }

    @Test("counters add up field by field")
    func counters() {
        var one = PumpCounters()
        one.received = 1
        one.confirmed = 2
        one.flushes = 3
        let sum = one + one
        #expect(sum.received == 2 && sum.confirmed == 4 && sum.flushes == 6 && sum.published == 0)
    }

    @Test(
        "a refusal is of one message where the broker names what belongs to each, and of all where it belongs to the route",
        arguments: [
            (403, "ACCESS_REFUSED - access to topic 'k' in exchange 'x' in vhost '/' refused for user 'u'", true, true),
            (403, "ACCESS_REFUSED - write access to topic 'k' in exchange 'x' in vhost '/' refused", true, true),
            (403, "ACCESS_REFUSED - access to exchange 'access to topic 'k' in vhost '/' refused", true, false),
            (403, "ACCESS_REFUSED - cannot publish to internal exchange 'x' in vhost '/'", true, false),
            (404, "NOT_FOUND - no exchange 'x' in vhost '/'", true, false),
            (403, "ACCESS_REFUSED - something else", false, false), (540, "NOT_IMPLEMENTED", false, false),
        ] as [(UInt16, String, Bool, Bool)]
    )
    func refusal(code: UInt16, reason: String, isOfOneAsDelivered: Bool, isOfOneOnRoute: Bool) throws {
        let error = AMQPError(.channelClosedByBroker, replyCode: code, reason: reason)
        let toExchange = try PublishRoute(exchange: "x", routingKey: nil)
        let toKey = try PublishRoute(exchange: "x", routingKey: "k")
        #expect((Refusal(error, route: .asDelivered) == .ofOneMessage) == isOfOneAsDelivered)
        #expect((Refusal(error, route: toExchange) == .ofOneMessage) == isOfOneOnRoute)
        #expect(Refusal(error, route: toKey) == nil)
        #expect(Refusal(AMQPError(.closedByBroker, replyCode: code, reason: reason), route: .asDelivered) == nil)
    }

    @Test("a source is starved only where messages have waited at every look and none came")
    func starved() {
        let start = ContinuousClock.now
        // Given looks as (second, waiting, received so far), with whether it is starved then
        let looks: [(Int, Int, UInt64, Bool)] = [
            (0, 0, 0, false), (60, 5, 0, false), (70, 5, 0, false), (80, 4, 1, false), (109, 4, 1, false),
            (111, 0, 1, false), (120, 7, 1, false), (149, 9, 1, false), (150, 9, 1, true),
        ]
        var watch = SourceWatch(patience: .seconds(30))
        for (second, waiting, received, isStarved) in looks {
            let starved = watch.note(waiting: waiting, received: received, at: start + .seconds(second))
            #expect(starved == isStarved, "after \(second) s")
        }
    }
}
