import AMQP
import Testing

@testable import Pump

@Suite("What a pump keeps from one session to the next")
struct PumpMemoryTests {
    private static func refused(_ reason: String) -> PumpError {
        .destination(AMQPError(.channelClosedByBroker, replyCode: 406, reason: reason))
    }

    private static let lost = PumpError.destination(AMQPError(.connectionLost, reason: "the peer closed it"))

    @Test("given the same words of refusal twice, when the next session begins, then it isolates until one is found")
    func isolation() {
        var memory = PumpMemory()
        // Given words that come once, and others that come twice
        memory.note(Self.refused("one"), route: .asDelivered)
        #expect(!memory.isolatesSuspect)
        memory.note(Self.refused("two"), route: .asDelivered)
        #expect(!memory.isolatesSuspect)
        memory.note(Self.refused("two"), route: .asDelivered)
        #expect(memory.isolatesSuspect)
        // When a session is refused one and puts it into quarantine
        memory.note(.failed(Self.refused("two")), quarantined: 1, route: .asDelivered)
        // Then the next moves many at once again
        #expect(!memory.isolatesSuspect)
    }

    @Test("given a suspect, when the connection is lost or the session ends well, then nobody is suspected any more")
    func noSuspect() {
        for end in [PumpSession.End.failed(Self.lost), .stopped(drained: true)] {
            var memory = PumpMemory()
            for _ in 0..<2 { memory.note(Self.refused("two"), route: .asDelivered) }
            memory.note(end, quarantined: 0, route: .asDelivered)
            #expect(!memory.isolatesSuspect)
        }
    }

    @Test("given the size that a destination takes, when it was away, then the size is asked for again")
    func maximumBody() {
        var memory = PumpMemory()
        memory.note(
            Self.refused("PRECONDITION_FAILED - message size 20971520 is larger than configured max size 16777216"),
            route: .asDelivered
        )
        #expect(memory.maximumBody == 16_777_216)
        memory.note(.source(AMQPError(.connectionLost, reason: "gone")), route: .asDelivered)
        #expect(memory.maximumBody == 16_777_216)
        memory.note(Self.lost, route: .asDelivered)
        #expect(memory.maximumBody == nil)
    }

    @Test("given failures, when a session moves something, then the error and the count of refused sessions are gone")
    func counters() {
        var memory = PumpMemory()
        memory.note(.refusedTooLong(after: .seconds(30)), route: .asDelivered)
        memory.note(.refusedTooLong(after: .seconds(60)), route: .asDelivered)
        memory.add(PumpCounters())
        #expect(memory.refusedSessions == 2 && memory.error != nil)
        var counters = PumpCounters()
        counters.confirmed = 5
        memory.add(counters)
        memory.add(counters)
        #expect(memory.refusedSessions == 0 && memory.error == nil && memory.past.confirmed == 10)
    }

    @Test("given errors that come again however much is moved, then the wait for the next session goes on growing")
    func recurring() {
        let violation = AMQPError(.protocolViolation, reason: "a delivery for a consumer that was never started")
        let lost = AMQPError(.connectionLost, reason: "the connection ended")
        #expect(PumpError.source(violation).recursWhateverMoved && PumpError.destination(violation).recursWhateverMoved)
        #expect(!PumpError.source(lost).recursWhateverMoved)
        #expect(PumpError.protocolFault("a confirm of nothing").recursWhateverMoved)
    }
}
