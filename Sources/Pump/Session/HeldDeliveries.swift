import AMQP
import DequeModule
import NIOCore

/// The deliveries that a session has and that are not all settled yet, by slot.
struct HeldDeliveries {
    private struct Group {
        let batch: DeliveryBatch
        let firstSlot: UInt64
        /// The slot after the last one. Kept here, since asking the batch for it costs a call for each message.
        let endSlot: UInt64
        let bytes: Int
        let arrived: NIODeadline
    }

    private var groups: Deque<Group> = []
    /// Where the last message that was asked for lies: the next one is there, or right behind.
    private var cursor = 0
    /// What they keep in memory.
    private(set) var bytes = 0

    /// The same, counted again.
    var countedBytes: Int { groups.reduce(0) { $0 + $1.bytes } }

    mutating func append(_ batch: DeliveryBatch, firstSlot: UInt64, bytes: Int, arrived: NIODeadline) {
        let endSlot = firstSlot + UInt64(batch.count)
        groups.append(Group(batch: batch, firstSlot: firstSlot, endSlot: endSlot, bytes: bytes, arrived: arrived))
        self.bytes += bytes
    }

    /// When the oldest of them came.
    var oldestArrival: NIODeadline? { groups.first?.arrived }

    /// The message of a slot.
    mutating func find(_ slot: UInt64) -> (DeliveryBatch, Int)? {
        if cursor < groups.count {
            let group = groups[cursor]
            if slot >= group.firstSlot, slot < group.endSlot { return (group.batch, Int(slot - group.firstSlot)) }
        }
        var low = 0
        var high = groups.count
        while low < high {
            let middle = (low + high) / 2
            if groups[middle].endSlot <= slot {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < groups.count, groups[low].firstSlot <= slot else { return nil }
        cursor = low
        return (groups[low].batch, Int(slot - groups[low].firstSlot))
    }

    /// Takes the first batch of which every slot lies below `slot`.
    mutating func takeSettled(below slot: UInt64) -> DeliveryBatch? {
        guard let first = groups.first, first.endSlot <= slot else { return nil }
        groups.removeFirst()
        cursor = max(0, cursor - 1)
        bytes -= first.bytes
        return first.batch
    }

    /// The slot of a message that came back, by what it looks like.
    ///
    /// Returns come in publish order: the first outstanding message that looks the same is the one. Properties count too,
    /// since a headers exchange routes by them alone: as they are, else the most headers with the same value. A message
    /// whose properties were rewritten is known by its body and key.
    func slot(like message: PumpMessage, ignoringKey: Bool, isOutstanding: (UInt64) -> Bool) -> UInt64? {
        let body = message.body
        let key = message.routingKey
        let properties = message.rawProperties
        // Made only for what does not match as it is: RabbitMQ 4 may rewrite the headers of what it returns.
        lazy var likeness = (try? message.properties()).map { HeaderLikeness($0) }
        var alike: UInt64?
        var most = -1
        for group in groups {
            for index in group.batch.entries.indices {
                let slot = group.firstSlot + UInt64(index)
                guard isOutstanding(slot), group.batch.entries[index].bodyLength == body.readableBytes,
                    group.batch.body(at: index) == body,
                    ignoringKey || group.batch.routingKey(at: index) == key
                else { continue }
                if group.batch.rawProperties(at: index) == properties { return slot }
                if alike == nil { alike = slot }
                guard let likeness, let own = try? group.batch.properties(at: index),
                    let shared = likeness.sharedHeaders(with: own), shared > most
                else { continue }
                if likeness.isWhole(shared) { return slot }
                (alike, most) = (slot, shared)
            }
        }
        return alike
    }
}
