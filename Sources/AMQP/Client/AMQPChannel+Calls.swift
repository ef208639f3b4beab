import NIOCore

/// What all methods of a channel are made of: a call on its event loop and the wait for the answer.
extension AMQPChannel {
    /// What RabbitMQ answers with 540 NOT_IMPLEMENTED, and with closing the connection.
    func notImplemented(_ attempted: String, _ reason: String, hint: String) -> AMQPError {
        AMQPError(
            .notSupported,
            replyCode: 540,
            reason: reason,
            attempted: attempted,
            endpoint: endpoint,
            hint: hint
        )
    }

    func call(_ method: Method, _ answer: MethodID, _ attempted: String) async throws(AMQPError) {
        _ = try await self.answer(method, answer, attempted)
    }

    func answer(
        _ method: Method,
        _ answer: MethodID,
        _ attempted: String
    ) async throws(AMQPError) -> Method {
        try await run(attempted) { lane in lane.call(method, answer: answer).map { $0.method } }
    }

    /// Makes calls all at once, and waits for the answers.
    ///
    /// - Returns: the answers before the first call that failed, and why that one did.
    func outcomes(
        _ calls: [(Method, MethodID, attempted: String)]
    ) async throws(AMQPError) -> (answers: [Method], failure: AMQPError?) {
        let endpoint = endpoint
        return try await run("make calls") { lane in
            let answers = calls.map { method, answer, _ in lane.call(method, answer: answer).map { $0.method } }
            return EventLoopFuture.whenAllComplete(answers, on: lane.eventLoop).map { results in
                var done: [Method] = []
                for (call, result) in zip(calls, results) {
                    switch result {
                    case .success(let method): done.append(method)
                    case .failure(let error):
                        return (done, AMQPError.from(error, attempted: call.attempted, endpoint: endpoint))
                    }
                }
                return (done, nil)
            }
        }
    }

    /// Runs `body` on the event loop and waits for what its future brings.
    ///
    /// - Throws: ``AMQPError`` that says what was attempted.
    func run<Value: Sendable>(
        _ attempted: String,
        _ body: @escaping @Sendable (ChannelLane) -> EventLoopFuture<Value>
    ) async throws(AMQPError) -> Value {
        let lane = lane
        do {
            return try await eventLoop.answer { body(lane.value) }
        } catch {
            throw AMQPError.from(error, attempted: attempted, endpoint: endpoint)
        }
    }

    /// Whether it is the connection that has ended, rather than this channel alone.
    func isConnectionGone() async -> Bool {
        let lane = lane
        let isGone = try? await eventLoop.submit { lane.value.isConnectionGone }.get()
        return isGone != false
    }
}
