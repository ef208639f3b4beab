import NIOCore

extension EventLoop {
    /// Runs `body` on the loop and waits for what its future brings.
    ///
    /// A task that is cancelled before asks for nothing; one that is cancelled while it waits stops waiting at once.
    /// What it asked for goes on at the broker, and the answer is dropped when it comes.
    ///
    /// - Throws: ``AMQPError`` cancelled, and what the future fails with.
    func answer<Value: Sendable>(
        _ body: @escaping @Sendable () -> EventLoopFuture<Value>
    ) async throws -> Value {
        let cancelled = AMQPError(.cancelled, reason: "the task was cancelled")
        guard !Task.isCancelled else { throw cancelled }
        // The first to complete it counts: the answer, or the cancellation.
        let promise = makePromise(of: Value.self)
        return try await withTaskCancellationHandler {
            execute { body().cascade(to: promise) }
            return try await promise.futureResult.get()
        } onCancel: {
            promise.fail(cancelled)
        }
    }
}
