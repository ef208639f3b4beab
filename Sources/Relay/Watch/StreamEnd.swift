import AMQP

/// Finds out how far a stream reaches, by a look at its newest chunk.
enum StreamEnd {
    /// How long a stream that holds something may take to deliver it.
    private static let patience = Duration.seconds(2)
    /// How often it is looked for an offset that has to be there.
    private static let looks = 3
    private static let prefetch = 2000
    /// So many deliveries are acknowledged at a time, so that more may come.
    private static let acknowledged = prefetch / 4

    /// The offset of the newest message, or -1 where none came.
    ///
    /// - Parameter expected: an offset that the stream has to reach: looking ends there. Where it seems to end before, it is
    ///   looked at again, with more patience: on a busy machine a chunk may come in pieces.
    static func look(
        at stream: String,
        on connection: AMQPConnection,
        atLeast expected: Int64
    ) async throws(TopologyError) -> Int64 {
        var end: Int64 = -1
        for attempt in 1...looks {
            // A chunk is delivered at once; what comes later is of the next one.
            let pause = Duration.milliseconds(attempt == 1 ? 200 : 1000)
            end = max(end, try await look(at: stream, on: connection, pause: pause, atLeast: expected))
            if end >= expected { break }
        }
        return end
    }

    private static func look(
        at stream: String,
        on connection: AMQPConnection,
        pause: Duration,
        atLeast expected: Int64
    ) async throws(TopologyError) -> Int64 {
        try await connection.declaring(stream) { (channel) async throws(AMQPError) in
            let consumer = try await channel.consumer(
                queue: stream,
                prefetch: UInt16(prefetch),
                arguments: ["x-stream-offset": "last"]
            )
            let newest = NewestOffset()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    do {
                        var count = 0
                        for try await delivery in consumer {
                            await newest.note(delivery)
                            count += 1
                            guard count % acknowledged == 0 else { continue }
                            try? await consumer.acknowledge(delivery, multiple: true)
                        }
                    } catch {
                        // The channel has ended, or this task was cancelled: what came counts.
                    }
                }
                group.addTask { await newest.wait(for: expected, untilQuietFor: pause, atMost: patience) }
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

    /// Waits until an offset has come that was expected, or nothing comes any more. A stream that others publish to is
    /// never quiet.
    func wait(for expected: Int64, untilQuietFor pause: Duration, atMost patience: Duration) async {
        let begun = ContinuousClock.now
        while ContinuousClock.now - begun < patience, !Task.isCancelled {
            if expected >= 0, offset >= expected { return }
            if let changed, ContinuousClock.now - changed >= pause { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
