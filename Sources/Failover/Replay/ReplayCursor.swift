import AMQP
import Foundation
import NIOCore
import Relay

/// How far the replay of a route got, as it stands in the route's cursor queue on the promoted site.
package struct ReplayCursor: Sendable, Hashable, Codable {
    /// The operation that replays; a cursor of another one says nothing.
    package var operation: String
    /// The last offset of the stream up to which everything is replayed; `nil` for a queue, whose messages are gone.
    package var offset: Int64?
    /// Messages up to there that were replayed.
    package var replayed: UInt64
    /// Messages up to there that were too old.
    package var expired: UInt64
    /// Messages up to there that went into quarantine.
    package var quarantined: UInt64
    /// Messages up to there that none of the queues wanted which had not consumed them.
    package var consumed: UInt64
    /// How many of the window's later stages have been reached.
    package var stage: Int
    /// What is known to be missing.
    package var losses: [ReplayLoss]
    /// What was seen of a queue; `nil` for a stream.
    package var rest: StoreRest?

    /// Reads a cursor; `nil` for what is none, and for numbers that leave no room to count on from.
    init?(json: Data) {
        guard let cursor = try? JSONDecoder().decode(ReplayCursor.self, from: json),
            (0...StoredMessage.largestOffset).contains(cursor.offset ?? 0),
            max(cursor.replayed, cursor.expired, cursor.quarantined, cursor.consumed)
                <= UInt64(StoredMessage.largestOffset), cursor.stage >= 0, cursor.rest?.isPossible != false
        else { return nil }
        self = cursor
    }

    package init(operation: String) {
        self.operation = operation
        offset = nil
        replayed = 0
        expired = 0
        quarantined = 0
        consumed = 0
        stage = 0
        losses = []
        rest = nil
    }

    private enum CodingKeys: String, CodingKey {
        case operation, offset, replayed, expired, quarantined, consumed, stage, losses, rest
    }

    /// Reads a cursor; one of an earlier version knows of no stages, no losses and no rest.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        operation = try container.decode(String.self, forKey: .operation)
        offset = try container.decodeIfPresent(Int64.self, forKey: .offset)
        replayed = try container.decode(UInt64.self, forKey: .replayed)
        expired = try container.decode(UInt64.self, forKey: .expired)
        quarantined = try container.decode(UInt64.self, forKey: .quarantined)
        consumed = try container.decodeIfPresent(UInt64.self, forKey: .consumed) ?? 0
        stage = try container.decodeIfPresent(Int.self, forKey: .stage) ?? 0
        losses = try container.decodeIfPresent([ReplayLoss].self, forKey: .losses) ?? []
        rest = try container.decodeIfPresent(StoreRest.self, forKey: .rest)
    }
}

extension CursorQueue {
    /// Reads the cursor and leaves it there.
    func read(on channel: AMQPChannel) async throws -> ReplayCursor? {
        guard let delivery = try await channel.get(name) else { return nil }
        try? await channel.reject(delivery.deliveryTag, requeue: true)
        return ReplayCursor(json: Data(delivery.body.readableBytesView))
    }

    /// Writes the cursor and waits until the broker has it. The channel must be in confirm mode.
    func write(_ cursor: ReplayCursor, on channel: AMQPChannel) async throws {
        let data = try JSONEncoder().encode(cursor)
        let result = try await channel.publish(
            ByteBuffer(bytes: data),
            properties: Self.properties,
            exchange: "",
            routingKey: name,
            mandatory: true
        )
        guard result == .confirmed else {
            throw AMQPError(.closedByBroker, reason: "the cursor queue '\(name)' did not take the cursor")
        }
    }
}
