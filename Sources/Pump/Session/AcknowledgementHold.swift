import AMQP

/// What a queue is not told yet of messages that need nothing more.
///
/// Where that is written down first, what is written is never less than what the queue has forgotten. It lasts for all
/// sessions of a pump, and is confined to its event loop.
final class AcknowledgementHold {
    /// Tags to acknowledge.
    struct Batch {
        var singles: [UInt64] = []
        var upTo: UInt64?
        /// How many messages they stand for.
        var count: UInt64 = 0
    }

    /// How many messages the queue was told of, in all sessions.
    private(set) var told: UInt64 = 0
    /// Whether the session has ended, and only the rest of it is to be told.
    var isEnding = false
    private var held = Batch()
    private var lane: ChannelLane?
    /// The last tag up to which all are settled: a channel of one consumer counts them from 1.
    private var highest: UInt64 = 0
    /// Those behind it that are.
    private var ahead: [UInt64] = []

    /// Begins with another channel. What was held of the one before comes again.
    func begin(_ lane: ChannelLane?) {
        self.lane = lane
        isEnding = false
        held = Batch()
        highest = 0
        ahead = []
    }

    func settle(upTo tag: UInt64) {
        guard tag > highest else { return }
        held.count += tag - highest - UInt64(ahead.count { $0 <= tag })
        ahead.removeAll { $0 <= tag }
        highest = tag
        held.upTo = tag
    }

    func settle(_ tag: UInt64) {
        guard tag > highest else { return }
        ahead.append(tag)
        held.singles.append(tag)
        held.count += 1
    }

    /// What is held; `nil` where nothing is.
    func take() -> Batch? {
        guard held.count > 0 else { return nil }
        defer { held = Batch() }
        return held
    }

    /// Tells the queue, unless its channel is gone: then it gives these messages again.
    func tell(_ batch: Batch) {
        guard let lane, lane.failure == nil else { return }
        for tag in batch.singles { lane.acknowledge(tag, multiple: false) }
        if let tag = batch.upTo { lane.acknowledge(tag, multiple: true) }
        lane.flush()
        told += batch.count
    }
}
