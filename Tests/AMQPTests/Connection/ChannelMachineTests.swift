import Testing

@testable import AMQP

@Suite("The life of a channel without I/O")
struct ChannelMachineTests {
    private static let queueOK = Method.queueDeclareOK(QueueDeclareOK(queue: "q", messageCount: 0, consumerCount: 0))
    private static let closeOK = Method.channelCloseOK(ChannelCloseOK())
    private static func close(_ code: UInt16 = 404) -> Method {
        .channelClose(ChannelClose(replyCode: code, replyText: "words"))
    }

    private static func answered(_ action: ChannelMachine<Int>.Action) -> Int? {
        if case .answer(let token) = action { token } else { nil }
    }

    @Test("answers calls in the order in which they were made")
    func order() throws {
        var machine = ChannelMachine<Int>()
        try machine.call(.init(answer: .queueDeclareOK, token: 1))
        try machine.call(.init(answer: .basicGetOK, alternative: .basicGetEmpty, token: 2))
        try machine.call(.init(answer: .queueDeclareOK, token: 3))
        #expect(Self.answered(try machine.received(Self.queueOK)) == 1)
        // Out of order is a violation
        #expect(throws: ProtocolViolation.self) { try machine.received(Self.queueOK) }
        #expect(Self.answered(try machine.received(.basicGetEmpty(BasicGetEmpty()))) == 2)
        #expect(Self.answered(try machine.received(Self.queueOK)) == 3)
        #expect(throws: ProtocolViolation.self) { try machine.received(Self.queueOK) }
    }

    @Test("closed by the broker fails every call, once")
    func closedByBroker() throws {
        var machine = ChannelMachine<Int>()
        for token in 1...3 { try machine.call(.init(answer: .queueDeclareOK, token: token)) }
        guard case .closedByBroker(let error, let tokens) = try machine.received(Self.close()) else {
            Issue.record("not closed")
            return
        }
        #expect(error.code == .channelClosedByBroker && error.replyCode == 404 && error.reason == "words")
        #expect(tokens == [1, 2, 3])
        let later = machine.fail(with: error)
        #expect(later.isEmpty)
        #expect(machine.failure?.replyCode == 404)
        #expect(throws: AMQPError.self) { try machine.call(.init(answer: .queueDeclareOK, token: 4)) }
    }

    @Test("closing takes no more calls, ignores what crosses, and ends with close-ok")
    func closing() throws {
        var machine = ChannelMachine<Int>()
        try machine.call(.init(answer: .queueDeclareOK, token: 1))
        try machine.call(.init(answer: .channelCloseOK, token: 2))
        #expect(machine.failure?.code == .closed && !machine.isOpen)
        #expect(throws: AMQPError.self) { try machine.call(.init(answer: .queueDeclareOK, token: 3)) }
        #expect(Self.answered(try machine.received(Self.queueOK)) == 1)
        guard case .ignore = try machine.received(Self.queueOK) else {
            Issue.record("not ignored")
            return
        }
        #expect(Self.answered(try machine.received(Self.closeOK)) == 2)
        guard case .ignore = try machine.received(Self.close()) else {
            Issue.record("not ignored")
            return
        }
    }

    @Test("crossing closes wait for the answer to ours")
    func crossing() throws {
        var machine = ChannelMachine<Int>()
        try machine.call(.init(answer: .queueDeclareOK, token: 1))
        try machine.call(.init(answer: .channelCloseOK, token: 2))
        guard case .closesCrossed(let error, let tokens) = try machine.received(Self.close(406)) else {
            Issue.record("not crossed")
            return
        }
        #expect(error.replyCode == 406 && tokens == [1])
        #expect(Self.answered(try machine.received(Self.closeOK)) == 2)
    }

    @Test("takes or refuses every method in every state, and never traps")
    func everyMethodInEveryState() throws {
        var random = RandomValues(seed: 6)
        for state in 0...4 {
            for method in random.everyMethod() {
                var machine = ChannelMachine<Int>()
                if state == 1 { try machine.call(.init(answer: .queueDeclareOK, token: 1)) }
                if state >= 2 { try machine.call(.init(answer: .channelCloseOK, token: 2)) }
                if state == 3 { _ = try machine.received(Self.close()) }
                if state == 4 { _ = machine.fail(with: AMQPError(.connectionLost, reason: "gone")) }
                _ = try? machine.received(method)
                _ = machine.fail(with: AMQPError(.connectionLost, reason: "gone"))
                #expect(machine.failure != nil)
            }
        }
    }
}
