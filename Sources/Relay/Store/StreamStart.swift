import AMQP

/// Where a stream began when it was looked at: its oldest message.
package struct StreamStart: Sendable, Hashable {
    /// How many messages were there before: 0 where nothing was ever dropped.
    package var offset: Int64
    /// When the relay first saw the oldest message that tells: milliseconds since 1970; `nil` where none does.
    package var time: Int64?
    /// The pair's epoch at that time.
    package var epoch: Int64?
    private let looked: ContinuousClock.Instant

    package init(offset: Int64, time: Int64?, epoch: Int64?, looked: ContinuousClock.Instant = .now) {
        self.offset = offset
        self.time = time
        self.epoch = epoch
        self.looked = looked
    }

    package func isOlder(than age: Duration) -> Bool { ContinuousClock.now - looked > age }

    /// Whether everything that was relayed in an epoch was there, and none of it was relayed before an instant.
    package func isWhole(ofEpoch epoch: Int, noneBefore instant: Int64) -> Bool {
        guard let time, let own = self.epoch, time >= instant else { return false }
        // What is older was dropped first.
        return offset == 0 || own < Int64(epoch)
    }
}

extension StreamStart {
    /// How long a stream that holds something may take to deliver it.
    private static let patience = Duration.seconds(2)
    /// Messages that tell no time, such as the seal of a promotion, are passed over, so many at most.
    private static let looks = 20

    /// Where a stream begins; `nil` where nothing came.
    static func look(at stream: String, on connection: AMQPConnection) async throws(TopologyError) -> StreamStart? {
        let looked = ContinuousClock.now
        return try await connection.declaring(stream) { (channel) async throws(AMQPError) in
            let consumer = try await channel.consumer(
                queue: stream,
                prefetch: UInt16(looks),
                arguments: ["x-stream-offset": "first"]
            )
            return await withTaskGroup(of: StreamStart?.self) { group in
                group.addTask { await oldest(of: consumer, stream, looked) }
                group.addTask {
                    try? await Task.sleep(for: patience)
                    return nil
                }
                let found = await group.next() ?? nil
                group.cancelAll()
                return found
            }
        }
    }

    /// An error ends it like a stream that delivers nothing: where it begins is not known.
    private static func oldest(
        of consumer: AMQPConsumer,
        _ stream: String,
        _ looked: ContinuousClock.Instant
    ) async -> StreamStart? {
        var iterator = consumer.makeAsyncIterator()
        var start: StreamStart?
        for _ in 0..<looks {
            guard let delivery = try? await iterator.next() else { break }
            let headers = delivery.properties.headers
            guard let offset = headers?["x-stream-offset"]?.integerValue else { continue }
            start = start ?? StreamStart(offset: offset, time: nil, epoch: nil, looked: looked)
            // What was copied as it was captured may carry the envelope of an earlier life.
            guard delivery.exchange.hasPrefix(stream),
                let time = headers?[EnvelopeHeaders.time]?.integerValue
            else { continue }
            start?.time = time
            start?.epoch = headers?[EnvelopeHeaders.epoch]?.integerValue
            break
        }
        return start
    }
}
