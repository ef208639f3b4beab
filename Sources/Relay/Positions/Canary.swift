import AMQP
import Consumption
import NIOCore

/// A message without content that Ropeway puts into a capture itself: what comes out behind it entered the capture later.
///
/// It is a sentinel, and is not stored. Its id tells when it was sent, by the clock of the process that sent it.
package enum Canary {
    /// The id of one that is sent at an instant.
    static func id(_ instant: SteadyTime, instance: String) -> String { "canary \(instant.milliseconds) \(instance)" }

    /// When a canary was sent; `nil` for other sentinels, and for those of other processes.
    static func instant(of id: String, instance: String) -> SteadyTime? {
        let words = id.split(separator: " ", maxSplits: 2)
        guard words.count == 3, words[0] == "canary", words[2] == instance, let time = Int64(words[1]) else {
            return nil
        }
        return SteadyTime(time)
    }

    /// Sends one into a capture. The channel must be in confirm mode.
    ///
    /// - Returns: whether the capture took it.
    package static func send(
        _ instant: SteadyTime,
        into capture: String,
        instance: String,
        on channel: AMQPChannel
    ) async throws(AMQPError) -> Bool {
        let result = try await channel.publish(
            ByteBuffer(),
            properties: BasicProperties(
                headers: [EnvelopeHeaders.sentinel: .string(id(instant, instance: instance))],
                deliveryMode: 1
            ),
            // No header of it could send copies elsewhere.
            exchange: "",
            routingKey: capture,
            mandatory: true
        )
        return result == .confirmed
    }
}
