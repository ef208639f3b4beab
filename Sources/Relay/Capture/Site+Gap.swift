import AMQP

extension Site {
    /// How long the broker may take. RabbitMQ 4.0 tries for more than a minute where the tripwire's node is down.
    private static let acknowledgementLimit = Duration.seconds(10)

    /// Sets the tripwire of a route's capture up again, once somebody has taken note of the gap.
    ///
    /// - Parameter names: the route whose capture is on this site.
    /// - Throws: ``TopologyError``: ``TopologyError/Code/objectMissing`` where the route has no tripwire here,
    ///   ``TopologyError/Code/unreachable`` where the site does not answer.
    package func acknowledgeGap(of names: ObjectNames) async throws(TopologyError) {
        do {
            let title = "ropeway \(names.pair) \(names.route) acknowledge"
            try await AMQPConnection.withConnection(connection(name: title, for: .control)) { connection in
                try await connection.withLimit(Self.acknowledgementLimit) { () async throws(TopologyError) in
                    try await connection.declaring(names.gap) { (channel) async throws(AMQPError) in
                        try await GapWire(names: names).acknowledge(on: channel)
                    }
                }
            }
        } catch {
            throw TopologyError(error, at: name, object: names.gap)
        }
    }
}
