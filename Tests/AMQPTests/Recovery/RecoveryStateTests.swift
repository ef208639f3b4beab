import Testing

@testable import AMQP

@Suite("A connection over its generations, without I/O")
struct RecoveryStateTests {
    private final class Consumer {}
    private typealias State = RecoveryState<String, String, Consumer>

    @Test("given channels and a consumer, when the connection is replaced, then they are on the new one")
    func generations() {
        var state = State()
        let nothing = state.opened("one", [:])
        #expect(nothing == [])
        #expect(state.generation == 1 && state.isOpen(generation: 1) && !state.isOpen(generation: 2))
        let first = state.add("first of one")
        let second = state.add("second of one")
        let consumer = Consumer()
        state.topology.declared(QueueDeclare(queue: "q", autoDelete: true), as: "q")
        state.add(consumer, queue: "q", channel: second)
        state.setSharedPrefetch(5, channel: second)
        // When it is lost, and one channel is closed while it is away
        let wasOpen = state.lost()
        #expect(wasOpen && !state.isOpen(generation: 1))
        #expect(state.channelsToRestore == [first, second])
        let ended = state.endChannel(first, AMQPError(.closed, reason: "closed"), keepsReason: false)
        #expect(ended?.live == "first of one" && ended?.consumers.isEmpty == true)
        // Then what was restored for it before is not wanted
        let unwanted = state.opened("two", [first: "first of two", second: "second of two"])
        #expect(unwanted == ["first of two"])
        #expect(state.generation == 2)
        #expect(state.channels[second]?.live == "second of two")
        #expect(state.channels[second]?.sharedPrefetch == 5)
        #expect(state.channels[second]?.consumers.first?.consumer === consumer)
        // And a consumer ends once, and takes its auto-delete queue along
        let isRemoved = state.remove(consumer, channel: second)
        let isRemovedAgain = state.remove(consumer, channel: second)
        #expect(isRemoved && !isRemovedAgain)
        #expect(state.topology.declarations().isEmpty && state.topology.bindings().isEmpty)
    }

    @Test("given a channel that the broker closed, when the connection is replaced, then it stays closed")
    func closedChannel() {
        var state = State()
        _ = state.opened("one", [:])
        let id = state.add("channel")
        let consumer = Consumer()
        state.topology.declared(QueueDeclare(queue: "q", autoDelete: true), as: "q")
        state.add(consumer, queue: "q", channel: id)
        let error = AMQPError(.channelClosedByBroker, replyCode: 406, reason: "no")
        let ended = state.endChannel(id, error, keepsReason: true)
        #expect(ended?.consumers.first === consumer)
        // The broker has deleted the queue with its last consumer
        #expect(state.topology.declarations().isEmpty && state.topology.bindings().isEmpty)
        let twice = state.endChannel(id, error, keepsReason: true)
        #expect(twice == nil)
        #expect(state.channels[id]?.failure?.replyCode == 406)
        let isReplaced = state.lost()
        #expect(isReplaced && state.channelsToRestore.isEmpty)
        let closed = state.opened("two", [id: "again"])
        #expect(closed == ["again"])
        // And closing it forgets it
        let forgotten = state.endChannel(id, error, keepsReason: false)
        #expect(forgotten == nil)
        #expect(state.channels.isEmpty)
    }

    @Test("given its end, then nothing is opened, lost or ended again")
    func end() {
        var state = State()
        _ = state.opened("one", [:])
        let id = state.add("channel")
        let consumer = Consumer()
        state.add(consumer, queue: "q", channel: id)
        let ended = state.ended(AMQPError(.closed, reason: "over"))
        #expect(ended?.connection == "one" && ended?.consumers.first === consumer)
        let endedAgain = state.ended(AMQPError(.cancelled, reason: "later"))
        #expect(endedAgain == nil)
        let isReplaced = state.lost()
        #expect(!isReplaced)
        let openedAgain = state.opened("two", [:])
        #expect(openedAgain == nil)
        #expect(state.channels.isEmpty && !state.isOpen(generation: 1))
    }

    private static let refused = AMQPError(.authenticationFailed, reason: "no")
    private static let absent = AMQPError(.couldNotConnect, reason: "no")

    @Test("given errors, when the policy is asked, then it gives up on those that trying again does not mend")
    func policy() {
        let ordinary = RecoveryPolicy()
        #expect(ordinary.givesUp(Self.refused, failedAttempts: 1, generation: 3))
        #expect(!ordinary.givesUp(Self.absent, failedAttempts: 1_000, generation: 3))
        // The first connection
        #expect(ordinary.givesUp(Self.absent, failedAttempts: 1, generation: 0))
        let patient = RecoveryPolicy(maximumAttempts: 3, retriesFirstConnection: true, givesUpOn: [])
        #expect(!patient.givesUp(Self.absent, failedAttempts: 2, generation: 0))
        #expect(patient.givesUp(Self.absent, failedAttempts: 3, generation: 0))
        #expect(!patient.givesUp(Self.refused, failedAttempts: 1, generation: 1))
        #expect(RecoveryPolicy(maximumAttempts: 0).givesUp(Self.absent, failedAttempts: 1, generation: 1))
    }
}
