import NIOCore
import Transport

/// What this side asks of an open connection, and when.
extension StreamConnectionStateMachine {
    /// Notes a request that is about to be sent.
    ///
    /// - Throws: ``StreamError``: closed, notSupported, invalidArgument; nothing is noted then.
    mutating func request(_ request: Request, _ token: Token, at now: NIODeadline) throws(StreamError) -> ClientFrame {
        try checkOpen(for: request.key)
        return add(request, .none, token, now)
    }

    /// Takes an id for a publisher, and notes the request.
    mutating func declarePublisher(
        reference: String?,
        stream: String,
        _ token: Token,
        at now: NIODeadline
    ) throws(StreamError) -> (id: UInt8, ClientFrame) {
        try checkOpen(for: .declarePublisher)
        guard let id = publishers.take(for: stream) else { throw Self.noID("publishers") }
        let request = Request.declarePublisher(id: id, reference: reference, stream: stream)
        return (id, add(request, .takes(publisher: id), token, now))
    }

    /// Takes an id for a subscription, and notes the request. The id that the request has is replaced.
    mutating func subscribe(
        _ subscription: Request.Subscription,
        _ token: Token,
        at now: NIODeadline
    ) throws(StreamError) -> (id: UInt8, ClientFrame) {
        try checkOpen(for: .subscribe)
        guard let id = subscriptions.take(for: subscription.stream) else { throw Self.noID("subscriptions") }
        var subscription = subscription
        subscription.id = id
        return (id, add(.subscribe(subscription), .takesSubscription(id), token, now))
    }

    mutating func deletePublisher(_ id: UInt8, _ token: Token, at now: NIODeadline) throws(StreamError) -> ClientFrame {
        try checkOpen(for: .deletePublisher)
        return add(.deletePublisher(id: id), .gives(publisher: id), token, now)
    }

    mutating func unsubscribe(_ id: UInt8, _ token: Token, at now: NIODeadline) throws(StreamError) -> ClientFrame {
        try checkOpen(for: .unsubscribe)
        return add(.unsubscribe(id: id), .givesSubscription(id), token, now)
    }

    /// Forgets a request that could not be put on the wire, and gives its id back.
    mutating func withdraw(_ frame: ClientFrame) {
        guard case .request(let request, let correlation) = frame else { return }
        guard let entry = pending.take(correlation, key: request.key) else { return }
        switch entry.effect {
        case .takes(publisher: let id): publishers.give(id)
        case .takesSubscription(let id): subscriptions.give(id)
        case .none, .gives, .givesSubscription: break
        }
    }

    private func checkOpen(for key: CommandKey) throws(StreamError) {
        guard state == .open else { throw StreamError(.closed, reason: "the connection is not open") }
        guard supports(key) else {
            let version = serverProperties["version"] ?? "of an unknown version"
            throw StreamError(.notSupported, reason: "the broker, \(version), does not have the command \(key)")
        }
        guard !pending.isFull else {
            let count = PendingRequests<Token>.maximum
            throw StreamError(.outputFull, reason: "\(count) requests wait for their answers")
        }
    }

    private mutating func add(
        _ request: Request,
        _ effect: PendingRequests<Token>.Effect,
        _ token: Token,
        _ now: NIODeadline
    ) -> ClientFrame {
        let entry = PendingRequests<Token>.Entry(
            key: request.key,
            effect: effect,
            deadline: now + parameters.requestTimeout,
            token: token
        )
        return .request(request, correlation: pending.add(entry))
    }

    private static func noID(_ what: String) -> StreamError {
        StreamError(
            .invalidArgument,
            reason: "all 256 \(what) of the connection are in use",
            hint: "open another connection"
        )
    }

    /// This side wants to close. Returns the frame to send; `nil` where the transport is simply closed.
    mutating func close(code: ResponseCode = .ok, reason: String = "goodbye") -> ClientFrame? {
        guard state == .open else {
            state = .closed
            return nil
        }
        state = .closing
        handshakeCorrelation = pending.nextCorrelation()
        return .request(.close(code: code, reason: reason), correlation: handshakeCorrelation)
    }

    /// The connection is gone. Returns what no answer will come to.
    mutating func end() -> [Token] {
        state = .closed
        return pending.takeAll()
    }
}

/// What time does to a connection.
extension StreamConnectionStateMachine {
    struct Due {
        var expired: [Token] = []
        var heartbeat = HeartbeatMonitor.Action.none
    }

    /// From now on heartbeats are sent and missed.
    mutating func startHeartbeats(at now: NIODeadline) {
        guard negotiated.heartbeat > 0 else { return }
        let monitor = HeartbeatMonitor(interval: .seconds(Int64(negotiated.heartbeat)), now: now)
        heartbeat = monitor
        heartbeatDue = now + monitor.period
    }

    mutating func didRead(_ count: Int, endsFrame: Bool, at now: NIODeadline) {
        heartbeat?.didRead(count, endsFrame: endsFrame, at: now)
    }

    mutating func didWrite(at now: NIODeadline) { heartbeat?.didWrite(at: now) }

    /// When to call ``tick(at:isReading:)`` next; `nil` where nothing is waited for.
    var nextDeadline: NIODeadline? {
        [heartbeatDue, pending.earliestDeadline].compactMap { $0 }.min()
    }

    /// What is due.
    mutating func tick(at now: NIODeadline, isReading: Bool) -> Due {
        var due = Due(expired: pending.takeExpired(at: now))
        if let heartbeatDue, heartbeatDue <= now, let period = heartbeat?.period {
            due.heartbeat = heartbeat?.tick(now: now, isReading: isReading) ?? .none
            self.heartbeatDue = now + period
        }
        return due
    }
}

extension StreamError {
    /// The broker's no.
    static func refused(_ code: ResponseCode) -> StreamError {
        StreamError(.refused, responseCode: code, reason: "the broker refuses: \(code)")
    }
}
