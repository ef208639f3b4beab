import NIOCore
import Synchronization
import Transport

/// Connecting, restoring, and connecting again.
extension RecoveringConnection {
    /// Keeps the connection up until it is ended or gives up.
    func run() async {
        var backoff = Backoff(policy: policy.backoff)
        var failedAttempts = 0
        let clock = ContinuousClock()
        while true {
            var failure: AMQPError
            do throws(AMQPError) {
                let connection = try await connect()
                failedAttempts = 0
                let start = clock.now
                // Not cut off by a cancellation: whoever uses the connection ends it.
                failure = await connection.waitUntilClosed()
                guard lost(failure) else { return }
                if clock.now - start > policy.backoff.ceiling(attempt: backoff.attempt) { backoff.reset() }
            } catch {
                failure = error
                failedAttempts += 1
                if hasEnded { return }
                let generation = self.generation
                if policy.givesUp(error, failedAttempts: failedAttempts, generation: generation) {
                    end(error)
                    return
                }
            }
            if Task.isCancelled {
                end(AMQPError(.cancelled, reason: "the task was cancelled", attempted: "connect again"))
                return
            }
            let wait = backoff.next()
            if failedAttempts > 0 { feed.tell(.attemptFailed(failure, nextAfter: wait)) }
            // One that is cancelled meanwhile ends with the attempt.
            try? await clock.sleep(for: wait)
        }
    }

    private var hasEnded: Bool {
        state.withLock { state in
            if case .ended = state.phase { true } else { false }
        }
    }

    private func lost(_ error: AMQPError) -> Bool {
        guard state.withLock({ $0.lost() }) else { return false }
        feed.tell(.lost(error))
        signal.change()
        return true
    }

    /// Ends everything. Only the first call has an effect.
    ///
    /// - Returns: the connection that is to be closed.
    @discardableResult
    func end(_ error: AMQPError) -> AMQPConnection? {
        guard let (connection, consumers) = state.withLock({ $0.ended(error) }) else { return nil }
        for consumer in consumers { consumer.buffer.finish(error) }
        feed.end(.ended(error))
        signal.change()
        return connection
    }

    /// Makes a connection that has everything on it.
    private func connect() async throws(AMQPError) -> AMQPConnection {
        var configuration = configuration
        if let credentials = policy.credentials {
            do {
                configuration.credentials = try await credentials()
            } catch {
                let reason = "there are no credentials to log in with: \(error)"
                throw AMQPError(.couldNotConnect, reason: reason, attempted: "connect")
            }
        }
        let connection = try await AMQPConnection.connect(configuration, on: eventLoop)
        let attempt = RestoreAttempt()
        let restored: [Int: AMQPChannel]
        do throws(AMQPError) {
            restored = try await connection.withLimit(policy.restoreLimit) { () async throws(AMQPError) in
                try await restore(on: connection, attempt)
            }
            guard let unwanted = state.withLock({ $0.opened(connection, restored) }) else {
                throw AMQPError(.closed, reason: "the connection was closed")
            }
            // They are closed meanwhile, and the connection stands whether or not they can be.
            for channel in unwanted { channel.eventLoop.execute { channel.loopView.close() } }
        } catch {
            connection.drop()
            guard error.code == .closed else { throw error }
            let reason = "what was on the connection could not be restored within \(policy.restoreLimit)"
            throw AMQPError(.timedOut, reason: reason, attempted: "connect again", endpoint: connection.endpoint)
        }
        feed.tell(.connected(connection.endpoint, generation: generation))
        signal.change()
        // What ended while the rest was restored ends like anything that ends later.
        for ended in attempt.finish() where restored[ended.channelID] === ended.channel {
            consumerEnded(ended.consumer, channelID: ended.channelID, ended.error)
        }
        let feed = feed
        connection.onPublishingStatus { status in
            switch status {
            case .open: feed.tell(.unblocked)
            case .blocked(let reason): feed.tell(.blocked(reason: reason))
            }
        }
        return connection
    }
}
