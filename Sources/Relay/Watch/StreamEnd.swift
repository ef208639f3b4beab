import AMQP

/// Finds out how far a stream reaches, by a look at its newest chunk.
enum StreamEnd {
    /// How long a stream that holds something may take to deliver it.
    private static let patience = Duration.seconds(2)
    /// A chunk is delivered at once; what comes later is of the next one.
    private static let pause = Duration.milliseconds(200)

    /// The offset of the newest message, or -1 where none came.
    static func look(at stream: String, on connection: AMQPConnection) async throws(TopologyError) -> Int64 {
        try await connection.declaring(stream) { (channel) async throws(AMQPError) in
            let consumer = try await channel.consumer(
                queue: stream,
                prefetch: 2000,
                arguments: ["x-stream-offset": "last"]
            )
            let newest = NewestOffset()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    do {
                        for try await delivery in consumer {
                            await newest.note(delivery)
                            await consumer.acknowledge(delivery)
                        }
                    } catch {
                        // The channel has ended, or this task was cancelled: what came counts.
                    }
                }
                group.addTask { await newest.waitUntilQuiet(for: pause, atMost: patience) }
                await group.next()
                group.cancelAll()
            }
            return await newest.offset
        }
    }
}

/// The highest offset that was delivered so far.
private actor NewestOffset {
    private(set) var offset: Int64 = -1
    private var changed: ContinuousClock.Instant?

    func note(_ delivery: Delivery) {
        guard let found = delivery.properties.headers?["x-stream-offset"]?.integerValue else { return }
        offset = max(offset, found)
        changed = .now
    }

    func waitUntilQuiet(for pause: Duration, atMost patience: Duration) async {
        let begun = ContinuousClock.now
        while ContinuousClock.now - begun < patience, !Task.isCancelled {
            if let changed, ContinuousClock.now - changed >= pause { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
