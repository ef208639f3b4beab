import NIOCore

/// What is waited for besides the answers on channels.
extension ConnectionHandler {
    /// The reason of connection.blocked while the broker is in an alarm.
    var blockedReason: String? {
        if case .blocked(let reason) = publishing.status { reason } else { nil }
    }

    /// Completes once the socket takes bytes, or the connection has ended.
    func whenWritable() -> EventLoopFuture<Void> {
        guard failure == nil, !canWrite else { return eventLoop.makeSucceededVoidFuture() }
        let promise = eventLoop.makePromise(of: Void.self)
        awaitingWritability.append(promise)
        return promise.futureResult
    }

    /// Lets those go on who wait for the socket.
    func notifyWritability() {
        guard failure != nil || canWrite else { return }
        let waiting = awaitingWritability
        awaitingWritability = []
        for promise in waiting { promise.succeed() }
    }

    func updateSecret(_ secret: String, reason: String) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        if let failure {
            promise.fail(failure)
            return promise.futureResult
        }
        do throws(WireError) {
            let update = ConnectionUpdateSecret(newSecret: Array(secret.utf8), reason: reason)
            try write(checked: .connectionUpdateSecret(update), channel: 0)
            secretUpdates.append(promise)
            flush()
        } catch {
            promise.fail(AMQPError(.invalidArgument, reason: "\(error)"))
        }
        return promise.futureResult
    }
}
