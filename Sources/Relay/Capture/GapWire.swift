import AMQP

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The tripwire of a capture: what its limit drops is dead-lettered here, and the first message of it stays.
///
/// A dead-letter exchange also gets what expires, and short-lived messages that expire in a capture are no gap. So a
/// headers exchange stands in front: messages that expired in this very capture go round in a circle, which RabbitMQ
/// ends; everything else, whatever it died of earlier in its life, goes on by the alternate exchange into the queue.
struct GapWire: Sendable {
    let names: ObjectNames

    /// Takes what the capture dead-letters.
    var filter: String { names.gap + ".filter" }
    /// The queue, and the fanout exchange in front of it.
    var queue: String { names.gap }

    /// Declares exchanges, queue and bindings; nothing changes where they are there.
    func declare(on channel: AMQPChannel) async throws(AMQPError) {
        try await channel.declareExchange(queue, type: "fanout", isInternal: true)
        try await channel.declareExchange(
            filter,
            type: "headers",
            isInternal: true,
            arguments: ["alternate-exchange": .string(queue)]
        )
        // "first" is where RabbitMQ below 3.13 tells of a message's only death, "last" is in newer versions.
        for death in ["first", "last"] {
            try await channel.bindExchange(
                filter,
                to: filter,
                arguments: [
                    "x-match": "all-with-x",
                    "x-\(death)-death-queue": .string(names.capture),
                    "x-\(death)-death-reason": "expired",
                ]
            )
        }
        // Refusing what comes later keeps the first, which tells since when. Nobody waits for a confirm here.
        try await channel.declareQueue(
            queue,
            arguments: [
                "x-queue-type": "classic", "x-max-length": 1, "x-overflow": "reject-publish",
                Incarnation.key: .string(Incarnation.fresh()),
            ]
        )
        try await channel.bindQueue(queue, to: queue)
    }

    /// Looks into the queue's message and gives it back.
    ///
    /// It is taken rather than counted first: a classic queue answers how many messages are ready before it takes back
    /// one that was just rejected, so that the second of two looks in a row would see none.
    func state(on channel: AMQPChannel) async throws(AMQPError) -> GapState {
        guard let message = try await channel.get(queue) else {
            // Somebody else may be looking at it right now, or has just given it back.
            let isTripped = try await channel.declareQueue(queue, passive: true).messages > 0
            return GapState(isTripped: isTripped, since: nil)
        }
        let since = droppedAt(message)
        await channel.reject(message.deliveryTag, requeue: true)
        return GapState(isTripped: true, since: since)
    }

    /// Clears the tripwire.
    func acknowledge(on channel: AMQPChannel) async throws(AMQPError) {
        try await channel.purgeQueue(queue)
    }

    /// Deletes exchanges and queue.
    func remove(on channel: AMQPChannel) async throws(AMQPError) {
        try await channel.deleteExchange(filter)
        try await channel.deleteExchange(queue)
        try await channel.deleteQueue(queue)
    }

    private func droppedAt(_ message: Delivery) -> Date? {
        for death in message.properties.headers?["x-death"]?.arrayValue ?? [] {
            guard let table = death.tableValue, table["queue"]?.stringValue == names.capture,
                case .timestamp(let seconds) = table["time"]
            else { continue }
            return Date(timeIntervalSince1970: Double(seconds))
        }
        return nil
    }
}
