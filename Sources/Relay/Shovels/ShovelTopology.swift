import AMQP
import RopewayConfiguration

/// The queues at the ends of a shovel: looked at, waited for, or declared.
struct ShovelTopology: Sendable {
    let configuration: ShovelConfiguration
    let names: ObjectNames

    /// The queue that the shovel consumes.
    var sourceQueue: String {
        switch configuration.source.origin {
        case .queue(let queue), .stream(let queue, _): queue
        case .exchange: names.capture
        }
    }

    /// Makes sure that there is a queue to consume. That of a source exchange is durable and stays, so that what is
    /// published while nobody consumes it is kept.
    func prepareSource(on connection: AMQPConnection) async throws(TopologyError) {
        let source = configuration.source
        // A quarantine is declared with what it is given first, by whoever puts that there.
        let isPredeclared = source.isPredeclared || source.quarantined != nil
        try await prepare(sourceQueue, source.queueArguments, isPredeclared, on: connection)
        guard case .exchange(let exchange, let routingKey) = source.origin else { return }
        try await connection.declaring(exchange) { (channel) async throws(AMQPError) in
            try await channel.bindQueue(sourceQueue, to: exchange, routingKey: routingKey)
        }
    }

    /// Makes sure that the destination's queue is there. An exchange is never declared: nothing would be bound to it.
    func prepareDestination(on connection: AMQPConnection) async throws(TopologyError) {
        let destination = configuration.destination
        switch destination.target {
        case .queue(let queue):
            try await prepare(queue, destination.queueArguments, destination.isPredeclared, on: connection)
        case .stream: break
        case .exchange(let name, _):
            guard let name, !name.isEmpty else { return }
            try await connection.declaring(name) { (channel) async throws(AMQPError) in
                try await channel.declareExchange(name, passive: true)
            }
        }
    }

    /// A queue that is there is taken as it is, whatever its arguments.
    private func prepare(
        _ queue: String,
        _ arguments: [String: ArgumentValue],
        _ isPredeclared: Bool,
        on connection: AMQPConnection
    ) async throws(TopologyError) {
        do throws(TopologyError) {
            try await connection.declaring(queue) { (channel) async throws(AMQPError) in
                _ = try await channel.declareQueue(queue, passive: true)
            }
        } catch {
            guard error.code == .objectMissing, !isPredeclared else { throw error }
            let table = FieldTable(arguments)
            try await connection.declaring(queue) { (channel) async throws(AMQPError) in
                _ = try await channel.declareQueue(queue, arguments: table)
            }
            let type = arguments["x-queue-type"].flatMap { value -> RouteConfiguration.QueueType? in
                guard case .string(let type) = value else { return nil }
                return RouteConfiguration.QueueType(rawValue: type)
            }
            await NewQueue.settle(type ?? .classic)
        }
    }

    /// After how many messages the shovel is done, as its source stands when it is first connected.
    func end(on connection: AMQPConnection) async throws(TopologyError) -> UInt64? {
        switch configuration.source.deleteAfter {
        case .never, .duration: return nil
        case .messages(let count): return UInt64(count)
        case .queueLength:
            return try await connection.declaring(sourceQueue) { (channel) async throws(AMQPError) in
                let (_, messages, _) = try await channel.declareQueue(sourceQueue, passive: true)
                guard messages == 0, let delivery = try await channel.get(sourceQueue) else { return UInt64(messages) }
                // A quorum queue whose leader is slow to answer says 0 as well; basic.get asks the leader.
                try? await channel.reject(delivery.deliveryTag, requeue: true)
                throw AMQPError(
                    .notSupported,
                    reason: "the broker says that the queue is empty, and it is not; asked again later"
                )
            }
        }
    }
}

extension FieldTable {
    /// The table of arguments of a configuration, sorted by name.
    init(_ arguments: [String: ArgumentValue]) {
        self.init(
            arguments.sorted { $0.key < $1.key }.map { name, value -> (String, FieldValue) in
                switch value {
                case .string(let text): (name, .string(text))
                case .integer(let number): (name, .int64(number))
                case .boolean(let flag): (name, .boolean(flag))
                }
            }
        )
    }
}
