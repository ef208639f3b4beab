import AMQP
import RopewayConfiguration

extension Site {
    /// Refuses to consume a stream without acknowledgements, which no broker does. What can't be looked at is left to it.
    func refuseStream(_ queue: String, on connection: AMQPConnection) async throws(TopologyError) {
        guard let details = try? await existingQueue(queue, on: connection), details.declaredType == .stream else {
            return
        }
        throw TopologyError(
            .notSupported,
            "queue '\(queue)' of site '\(name)' is a stream, which is not consumed with ack-mode no-ack",
            hint: "set ack-mode to on-confirm or on-publish",
            object: queue
        )
    }
}
