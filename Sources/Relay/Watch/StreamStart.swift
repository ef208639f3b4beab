import AMQP

/// Finds out how far back a stream reaches, by a look at its first messages.
enum StreamStart {
    /// How long a stream that holds something may take to deliver it.
    private static let patience = Duration.seconds(2)
    /// Messages without a time, such as the seal of a promotion, that are passed over.
    private static let looks = 20

    /// When the relay first saw the oldest message, in milliseconds since 1970; `nil` where none came that tells.
    static func oldest(of stream: String, on connection: AMQPConnection) async throws(TopologyError) -> Int64? {
        try await connection.declaring(stream) { (channel) async throws(AMQPError) in
            let consumer = try await channel.consumer(
                queue: stream,
                prefetch: UInt16(looks),
                arguments: ["x-stream-offset": "first"]
            )
            return await withTaskGroup(of: Int64?.self) { group in
                group.addTask {
                    var left = looks
                    var iterator = consumer.makeAsyncIterator()
                    // An error ends it like a stream that delivers nothing: the oldest is not known.
                    while left > 0, let delivery = try? await iterator.next() {
                        if let time = delivery.properties.headers?[EnvelopeHeaders.time]?.integerValue { return time }
                        left -= 1
                    }
                    return nil
                }
                group.addTask {
                    try? await Task.sleep(for: patience)
                    return nil
                }
                let first = await group.next() ?? nil
                group.cancelAll()
                return first
            }
        }
    }
}
