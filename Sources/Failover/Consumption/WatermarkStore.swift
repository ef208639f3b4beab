import AMQP
import Consumption
import Foundation
import NIOCore
import Relay

/// The watermarks of a pair on its standby site: a short stream, of which the newest message counts.
///
/// Each message has all watermarks. They are written under the lock of the site, and of messages of one epoch those of the
/// highest generation of that lock count: a holder that was frozen, and writes late, says nothing any more.
package struct WatermarkStore: Sendable {
    /// How long reading may take.
    private static let patience = Duration.seconds(10)

    let site: Site
    let stream: String

    package init(site: Site, pair: String) {
        self.site = site
        stream = PairNames(pair: pair).watermarks
    }

    /// Declares the stream, where it is not there yet.
    package func prepare(on connection: AMQPConnection) async throws(TopologyError) {
        let stream = stream
        try await connection.declaring(stream) { (channel) async throws(AMQPError) in
            // What is kept besides the newest message is only what a segment holds: a stream never drops the one in use.
            try await channel.declareQueue(
                stream,
                arguments: [
                    "x-queue-type": "stream", "x-max-length-bytes": 4_000_000,
                    "x-stream-max-segment-size-bytes": 2_000_000,
                ]
            )
        }
    }

    /// Writes watermarks and waits for the confirm. The channel must be in confirm mode.
    package func write(_ watermarks: Watermarks, on channel: AMQPChannel) async throws {
        try await publish(ByteBuffer(bytes: try watermarks.json()), mark: nil, on: channel)
    }

    /// Reads what counts; `nil` where there is no stream, or nothing in it.
    ///
    /// - Throws: where the site does not answer, or what stands there can't be read.
    package func read() async throws -> Watermarks? {
        guard try await site.existingQueue(stream) != nil else { return nil }
        let stream = stream
        return try await AMQPConnection.withConnection(
            try site.connection(name: "ropeway watermarks", for: .control)
        ) { connection in
            // What stands before the mark is all that was written before.
            let mark = UUID().uuidString
            let channel = try await connection.openChannel()
            try await channel.selectConfirms()
            try await publish(ByteBuffer(), mark: mark, on: channel)
            let consumer = try await channel.consumer(
                queue: stream,
                prefetch: 16,
                arguments: ["x-stream-offset": "first"]
            )
            var newest: Watermarks?
            var failure: WatermarksError?
            try await connection.withLimit(Self.patience) {
                for try await delivery in consumer {
                    try? await consumer.acknowledge(delivery)
                    if let found = delivery.properties.headers?[Self.markHeader] {
                        if found == .string(mark) { return }
                        continue
                    }
                    do throws(WatermarksError) {
                        let watermarks = try Watermarks(json: Data(delivery.body.readableBytesView))
                        failure = nil
                        if newest.map({ watermarks.isNewer(than: $0) }) ?? true { newest = watermarks }
                    } catch {
                        failure = error
                    }
                }
                throw AMQPError(.closedByBroker, reason: "the stream '\(stream)' ended before its mark")
            }
            if let failure { throw failure }
            return newest
        }
    }

    private static let markHeader = "x-ropeway-mark"

    private func publish(_ body: ByteBuffer, mark: String?, on channel: AMQPChannel) async throws(AMQPError) {
        let result = try await channel.publish(
            body,
            properties: BasicProperties(
                contentType: mark == nil ? "application/json" : nil,
                headers: mark.map { [Self.markHeader: .string($0)] },
                deliveryMode: 2
            ),
            // No header of it could send copies elsewhere.
            exchange: "",
            routingKey: stream,
            mandatory: true
        )
        guard result == .confirmed else {
            throw AMQPError(.closedByBroker, reason: "the stream '\(stream)' did not take what was written")
        }
    }
}

extension Watermarks {
    fileprivate func isNewer(than other: Watermarks) -> Bool {
        (epoch, generation) >= (other.epoch, other.generation)
    }

    /// Up to where the queues of a route had consumed, by their names.
    package func positions(route: String) -> [String: Int64] {
        (routes[route] ?? [:]).mapValues(\.position.milliseconds)
    }
}
