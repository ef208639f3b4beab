import AMQP

extension Site {
    /// How many messages a queue holds that can be delivered now, by its own word; of a stream whether it holds any: 0 or
    /// `nil` for a number that is not known.
    ///
    /// - Throws: ``TopologyError``, where the queue or its site does not answer within 10 s.
    package func liveMessages(of queue: String, type: String) async throws(TopologyError) -> Int? {
        do {
            return try await AMQPConnection.withConnection(connection(name: "ropeway look", for: .look)) {
                connection in
                try await connection.withLimit(Self.lookLimit) { () async throws(TopologyError) in
                    if type == "stream" {
                        return try await StreamEnd.look(at: queue, on: connection, atLeast: 0) < 0 ? 0 : nil
                    }
                    return try await connection.declaring(queue) { (channel) async throws(AMQPError) in
                        try await channel.declareQueue(queue, passive: true).messages
                    }
                }
            }
        } catch {
            throw TopologyError(error, at: name, object: queue)
        }
    }

    /// How many consumers a queue has, by its own word; of those of which one is active and others wait, the active one.
    ///
    /// - Throws: ``TopologyError``, where the queue or its site does not answer within 10 s.
    package func liveConsumers(of queue: String) async throws(TopologyError) -> Int {
        do {
            return try await AMQPConnection.withConnection(connection(name: "ropeway look", for: .look)) {
                connection in
                try await connection.withLimit(Self.lookLimit) { () async throws(TopologyError) in
                    try await connection.declaring(queue) { (channel) async throws(AMQPError) in
                        try await channel.declareQueue(queue, passive: true).consumers
                    }
                }
            }
        } catch {
            throw TopologyError(error, at: name, object: queue)
        }
    }
}
