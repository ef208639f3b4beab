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
        do throws(AMQPError) {
            let restored = try await connection.withLimit(policy.restoreLimit) { () async throws(AMQPError) in
                try await restore(on: connection)
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
        let feed = feed
        connection.onPublishingStatus { status in
            switch status {
            case .open: feed.tell(.unblocked)
            case .blocked(let reason): feed.tell(.blocked(reason: reason))
            }
        }
        return connection
    }

    // MARK: Restoring

    private func restore(on connection: AMQPConnection) async throws(AMQPError) -> [Int: AMQPChannel] {
        let (topology, channels, next) = state.withLock { ($0.topology, $0.channelsToRestore, $0.generation + 1) }
        if !topology.isEmpty { try await declare(topology, on: connection) }
        var restored: [Int: AMQPChannel] = [:]
        for id in channels {
            guard let record = state.withLock({ $0.channels[id] }), record.failure == nil else { continue }
            let channel = try await connection.openChannel()
            try await channel.selectConfirms()
            if let count = record.sharedPrefetch { try await channel.setPrefetch(count, wholeChannel: true) }
            for (consumer, _) in record.consumers {
                try await start(consumer, on: channel, channelID: id, generation: next)
            }
            restored[id] = channel
        }
        return restored
    }

    /// Starts a consumer, with the present name of its queue.
    func start(
        _ consumer: ConsumerFeed,
        on channel: AMQPChannel,
        channelID: Int,
        generation: Int
    ) async throws(AMQPError) {
        let queue = currentName(ofQueue: consumer.consume.queue)
        try await consumer.start(on: channel, queue: queue, generation: generation) { consumer, error in
            let isRestored = self.state.withLock { $0.generation >= generation }
            if isRestored { return self.consumerEnded(consumer, channelID: channelID, error) }
            // The connection is all there or it is not used.
            if let error { channel.loopView.failConnection(error) }
        }
    }

    /// Declares what was declared before. All at once: a broker that is far away is asked twice, not once for each.
    private func declare(_ topology: TopologyRecord, on connection: AMQPConnection) async throws(AMQPError) {
        let channel = try await connection.openChannel()
        let declarations = topology.declarations
        let answers = try await channel.answers(
            declarations.map { declaration in
                switch declaration {
                case .exchange(let declare):
                    (.exchangeDeclare(declare), .exchangeDeclareOK, "declare exchange '\(declare.exchange)' again")
                case .queue(let declare, let name):
                    (.queueDeclare(declare), .queueDeclareOK, "declare queue '\(name)' again")
                }
            }
        )
        for (declaration, answer) in zip(declarations, answers) {
            guard case .queue(let declare, let originalName) = declaration, declare.queue.isEmpty,
                case .queueDeclareOK(let ok) = answer
            else { continue }
            let old = state.withLock { state in
                let old = state.topology.presentName(originalName)
                state.topology.renamed(originalName, to: ok.queue)
                return old
            }
            feed.tell(.queueRenamed(from: old, to: ok.queue))
        }
        // Read again: these have the new names.
        let bindings = state.withLock { $0.topology.bindings }
        _ = try await channel.answers(
            bindings.map { binding in
                switch binding {
                case .queue(let bind):
                    (.queueBind(bind), .queueBindOK, "bind queue '\(bind.queue)' to '\(bind.exchange)' again")
                case .exchange(let bind):
                    (.exchangeBind(bind), .exchangeBindOK, "bind exchange '\(bind.destination)' again")
                }
            }
        )
        try await channel.close()
    }
}
