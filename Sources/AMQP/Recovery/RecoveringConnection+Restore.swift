import NIOCore
import Synchronization

/// Having everything back on a new connection.
extension RecoveringConnection {
    /// - Returns: the channels by their numbers here.
    func restore(
        on connection: AMQPConnection,
        _ attempt: RestoreAttempt
    ) async throws(AMQPError) -> [Int: AMQPChannel] {
        let (topology, channels) = state.withLock { ($0.topology, $0.channelsToRestore) }
        try await make(topology.declarations(policy.topology).map { Redeclaration($0) }, on: connection)
        // Read again: the queues have their new names.
        let bindings = state.withLock { [policy] in $0.topology.bindings(policy.topology) }
        try await make(bindings.map { Redeclaration($0) }, on: connection)
        var restored: [Int: AMQPChannel] = [:]
        for id in channels { restored[id] = try await restore(channel: id, on: connection, attempt) }
        return restored
    }

    // MARK: Topology

    /// Declares again, all at once: a broker that is far away is asked once, not once for each. What it refuses closes the
    /// channel: where that is put up with, the rest goes on another one.
    private func make(_ all: [Redeclaration], on connection: AMQPConnection) async throws(AMQPError) {
        var rest = all[...]
        while !rest.isEmpty {
            let channel = try await connection.openChannel()
            let (answers, failure) = try await channel.outcomes(rest.map { ($0.method, $0.answer, $0.attempted) })
            for (redeclaration, answer) in zip(rest, answers) { note(answer, of: redeclaration) }
            rest = rest.dropFirst(answers.count)
            guard let failure, let refused = rest.first else { return try await channel.close() }
            guard await policy.skips(refused.object, failure) else { throw failure }
            state.withLock { refused.forget(in: &$0.topology) }
            feed.tell(.skipped(refused.object, failure))
            rest = rest.dropFirst()
        }
    }

    /// The broker gives a queue that it names another name on each connection.
    private func note(_ answer: Method, of redeclaration: Redeclaration) {
        guard case .queueDeclareOK(let ok) = answer,
            case .declaration(.queue(let declare, let name)) = redeclaration.kind,
            declare.queue.isEmpty
        else { return }
        let old = state.withLock { state in
            let old = state.topology.presentName(name)
            state.topology.renamed(name, to: ok.queue)
            return old
        }
        feed.tell(.queueRenamed(from: old, to: ok.queue))
    }

    // MARK: Channels and consumers

    /// Opens a channel again with its consumers; `nil` where nobody wants it any more.
    private func restore(
        channel id: Int,
        on connection: AMQPConnection,
        _ attempt: RestoreAttempt
    ) async throws(AMQPError) -> AMQPChannel? {
        while true {
            let (found, next) = state.withLock { ($0.channels[id], $0.generation + 1) }
            guard let record = found, record.failure == nil else { return nil }
            let channel = try await connection.openChannel()
            try await channel.selectConfirms()
            if let count = record.sharedPrefetch { try await channel.setPrefetch(count, wholeChannel: true) }
            var isRefused = false
            for (consumer, queue) in record.consumers where !isRefused {
                do throws(AMQPError) {
                    try await start(consumer, on: channel, channelID: id, generation: next, attempt)
                } catch {
                    let object = RecoveredObject.consumer(tag: consumer.tag, queue: queue)
                    guard await policy.skips(object, error) else { throw error }
                    _ = state.withLock { $0.remove(consumer, channel: id) }
                    consumer.buffer.finish(error)
                    feed.tell(.skipped(object, error))
                    isRefused = true
                }
            }
            // The refusal has closed the channel: the others are started on another.
            if !isRefused { return channel }
        }
    }

    /// Starts a consumer, with the present name of its queue.
    ///
    /// - Parameter attempt: where the connection is being restored.
    func start(
        _ consumer: ConsumerFeed,
        on channel: AMQPChannel,
        channelID: Int,
        generation: Int,
        _ attempt: RestoreAttempt? = nil
    ) async throws(AMQPError) {
        let queue = currentName(ofQueue: consumer.consume.queue)
        try await consumer.start(on: channel, queue: queue, generation: generation) { consumer, error in
            let ended = RestoreAttempt.Ended(
                consumer: consumer,
                channelID: channelID,
                channel: channel,
                error: error
            )
            if attempt?.note(ended) == true { return }
            self.consumerEnded(consumer, channelID: channelID, error)
        }
    }
}

/// One thing to declare again, as a call to make.
private struct Redeclaration {
    enum Kind {
        case declaration(TopologyRecord.Declaration)
        case binding(TopologyRecord.Binding)
    }

    let kind: Kind
    let method: Method
    let answer: MethodID
    let object: RecoveredObject
    var attempted: String {
        switch kind {
        case .declaration: "declare \(object) again"
        case .binding: "make \(object) again"
        }
    }

    init(_ declaration: TopologyRecord.Declaration) {
        kind = .declaration(declaration)
        switch declaration {
        case .exchange(let declare):
            (method, answer) = (.exchangeDeclare(declare), .exchangeDeclareOK)
            object = .exchange(declare.exchange)
        case .queue(let declare, let name):
            (method, answer) = (.queueDeclare(declare), .queueDeclareOK)
            object = .queue(name)
        }
    }

    init(_ binding: TopologyRecord.Binding) {
        kind = .binding(binding)
        switch binding {
        case .queue(let bind):
            (method, answer) = (.queueBind(bind), .queueBindOK)
            object = .queueBinding(queue: bind.queue, exchange: bind.exchange, routingKey: bind.routingKey)
        case .exchange(let bind):
            (method, answer) = (.exchangeBind(bind), .exchangeBindOK)
            object = .exchangeBinding(
                destination: bind.destination,
                source: bind.source,
                routingKey: bind.routingKey
            )
        }
    }

    func forget(in topology: inout TopologyRecord) {
        switch kind {
        case .declaration(let declaration): topology.forget(declaration)
        case .binding(let binding): topology.forget(binding)
        }
    }
}
