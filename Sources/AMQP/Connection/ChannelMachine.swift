import DequeModule

/// The life of a channel without I/O: calls are answered in the order in which they were made, and either side closes.
///
/// `Token` is whatever the caller wants back with an answer.
struct ChannelMachine<Token> {
    enum State {
        /// Can transition to: closing, closed.
        case open
        /// We sent close and await close-ok. Can transition to: closed.
        case closing
        case closed(AMQPError)
    }

    struct Call {
        var answer: MethodID
        /// basic.get has two answers.
        var alternative: MethodID?
        var token: Token
    }

    enum Action {
        case answer(Token)
        /// The broker ended a consumer.
        case consumerCancelled(tag: String)
        /// Answer with close-ok and fail these calls.
        case closedByBroker(AMQPError, [Token])
        /// The broker closed the channel before it saw our close. Answer with close-ok, fail these calls, and await the
        /// answer to our close.
        case closesCrossed(AMQPError, [Token])
        /// The broker asks to pause or to go on with publishing; answer with flow-ok.
        case flow(active: Bool)
        case ignore
    }

    private(set) var state = State.open
    private var calls: Deque<Call> = []

    var isOpen: Bool {
        if case .open = state { true } else { false }
    }

    var failure: AMQPError? {
        switch state {
        case .open: nil
        case .closing: AMQPError(.closed, reason: "the channel is being closed")
        case .closed(let error): error
        }
    }

    /// Notes a call whose method is about to be sent.
    mutating func call(_ call: Call) throws(AMQPError) {
        if let failure { throw failure }
        calls.append(call)
        if call.answer == .channelCloseOK { state = .closing }
    }

    mutating func received(_ method: Method) throws(ProtocolViolation) -> Action {
        if case .closed = state { return .ignore }
        switch method {
        case .channelClose(let close):
            let error = AMQPError(.channelClosedByBroker, replyCode: close.replyCode, reason: close.replyText)
            if case .closing = state {
                // Both sides close at once: the broker still answers our close, and until then the number is taken.
                let before = calls.dropLast().map(\.token)
                calls.removeFirst(before.count)
                return .closesCrossed(error, before)
            }
            return .closedByBroker(error, fail(with: error))
        case .basicCancel(let cancel):
            return .consumerCancelled(tag: cancel.consumerTag)
        case .channelFlow(let flow):
            return .flow(active: flow.active)
        default:
            break
        }
        guard let first = calls.first, first.answer == method.id || first.alternative == method.id else {
            // What the broker sent before it saw our close.
            if case .closing = state { return .ignore }
            throw .unexpectedMethod("\(method.id)")
        }
        calls.removeFirst()
        if method.id == .channelCloseOK {
            state = .closed(AMQPError(.closed, reason: "the channel was closed"))
        }
        return .answer(first.token)
    }

    /// The connection is gone. Returns what no answer will come to.
    mutating func fail(with error: AMQPError) -> [Token] {
        if case .closed = state { return [] }
        state = .closed(error)
        let tokens = calls.map(\.token)
        calls.removeAll()
        return tokens
    }
}
