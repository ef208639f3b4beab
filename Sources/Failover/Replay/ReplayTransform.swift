import AMQP
import NIOCore
import Pump
import Relay

/// Turns stored messages back into what was published, leaving out what lies outside of the window.
package final class ReplayTransform: MessageTransform {
    /// What a replay takes.
    package struct Window: Sendable, Hashable {
        /// The epoch that the messages were relayed in. Those of others in a stream were replayed before, or belong to a
        /// later one. What a queue holds of an earlier one was never replayed: it arrived late.
        package var epoch: Int
        /// The instant that ages are measured against: milliseconds since 1970.
        package var cut: Int64
        /// Older messages are expired, in milliseconds.
        package var timeToLive: Int64
        /// Messages from before this time are left out: milliseconds since 1970.
        package var since: Int64?
        /// Messages of the epoch from before this position are left out, since they were consumed. Those of earlier epochs,
        /// of which nothing of the kind is known, are not.
        package var consumedBefore: Int64?
        /// The first offset of a stream that is within `max-length`; lower ones count as expired.
        package var firstOffset: Int64?
        /// Where in the stream this run begins; lower offsets come along with the chunk that holds it.
        package var from: Int64?
        /// The operation whose seal ends the stream; `nil` for a queue.
        package var seal: String?
        /// The first message of the epoch from this position on ends it.
        package var until: Int64?

        package init(
            epoch: Int,
            cut: Int64,
            timeToLive: Int64,
            since: Int64? = nil,
            consumedBefore: Int64? = nil,
            firstOffset: Int64? = nil,
            from: Int64? = nil,
            seal: String? = nil,
            until: Int64? = nil
        ) {
            self.epoch = epoch
            self.cut = cut
            self.timeToLive = timeToLive
            self.since = since
            self.consumedBefore = consumedBefore
            self.firstOffset = firstOffset
            self.from = from
            self.seal = seal
            self.until = until
        }

        func takes(epoch: Int64) -> Bool {
            seal == nil ? epoch <= Int64(self.epoch) : epoch == Int64(self.epoch)
        }
    }

    private struct Place {
        var offset: Int64
        var fate: Fate
    }

    private enum Fate {
        case replayed
        case quarantined
        case consumed
        case expired
        case left
    }

    private let window: Window
    /// Messages that were copied as they were captured; `nil`: none was.
    private let copied: CopiedMessages?
    private let seal: [UInt8]?
    private let trustsUserID: Bool
    private let now: () -> Int64
    /// Tells of progress: all messages up to this offset of the stream are settled, and what was done with those of them
    /// that it had not told of.
    private let onSettled: (Int64?, ReplayTally) -> Void
    /// Tells of the ages of the messages that have come, whenever some of them are settled.
    private let onSeen: (MessageAges) -> Void
    private var ages: MessageAges?
    private var rewriter: PropertyRewriter
    private let mark: ByteBuffer
    /// The offsets of slots that are not settled, of a stream, and what is done with them.
    private var places: [Place] = []
    private var firstSlot: UInt64 = 0

    package init(
        _ window: Window,
        trustsUserID: Bool,
        copied: CopiedMessages? = nil,
        now: @escaping () -> Int64 = WallClock.milliseconds,
        onSettled: @escaping (Int64?, ReplayTally) -> Void = { _, _ in },
        onSeen: @escaping (MessageAges) -> Void = { _ in }
    ) {
        self.window = window
        self.trustsUserID = trustsUserID
        self.copied = copied
        self.now = now
        self.onSettled = onSettled
        self.onSeen = onSeen
        seal = window.seal.map { Array($0.utf8) }
        rewriter = PropertyRewriter { raw, name in EnvelopeHeaders.isForeign(raw, name) }
        rewriter.clearsUserID = !trustsUserID
        var headers = HeaderEncoder()
        headers.boolean(EnvelopeHeaders.replayed, true)
        mark = headers.buffer
    }

    package func disposition(of message: PumpMessage, slot: UInt64) -> Disposition {
        var offset: Int64?
        let disposition: Disposition
        do {
            if let copied, message.batch.withExchange(at: message.index, copied.contain) {
                disposition = try message.batch.withRawProperties(at: message.index) { raw throws(WireError) in
                    try self.disposition(ofCopied: raw, copied, message.streamOffset, &offset)
                }
            } else {
                disposition = try message.batch.withRawProperties(at: message.index) { raw throws(WireError) in
                    try self.disposition(of: raw, message.streamOffset, &offset)
                }
            }
        } catch {
            disposition = .quarantine(.malformed("\(error)"))
        }
        note(disposition, offset: offset, slot: slot)
        return disposition
    }

    /// - Parameters:
    ///   - read: its offset, where it was not delivered with it.
    private func disposition(
        of raw: UnsafeRawBufferPointer,
        _ read: UInt64?,
        _ offset: inout Int64?
    ) throws(WireError) -> Disposition {
        let outer = try PropertyLayout(raw)
        var stored = try StoredMessage(raw, layout: outer)
        if let read { stored.offset = Int64(clamping: read) }
        offset = stored.offset
        if let time = stored.time {
            let mayExpire = outer.has(BasicProperties.Flag.expiration)
            if ages == nil { ages = MessageAges(first: time, newest: time, mayExpire: mayExpire) }
            ages?.add(time, mayExpire: mayExpire)
        }
        if let range = stored.seal {
            return seal.map { raw[range].elementsEqual($0) } == true ? .finish : .skip(.ownMessage)
        }
        if let from = window.from, let offset = stored.offset, offset < from { return .skip(.outsideWindow) }
        guard let epoch = stored.epoch, window.takes(epoch: epoch), let time = stored.time else {
            return .skip(.outsideWindow)
        }
        let isOfEpoch = epoch == Int64(window.epoch)
        if let until = window.until, isOfEpoch, time >= until { return .finish }
        // What lies beyond the length is not read but for what shares a chunk with the first, and so not counted.
        if let first = window.firstOffset, let offset = stored.offset, offset < first { return .skip(.outsideWindow) }
        if window.cut.minus(time) > window.timeToLive { return .skip(.expired) }
        if let since = window.since, time < since { return .skip(.outsideWindow) }
        if let position = window.consumedBefore, isOfEpoch, time < position { return .skip(.outsideWindow) }

        let range = stored.original ?? 0..<raw.count
        let inner = UnsafeRawBufferPointer(rebasing: raw[range])
        let layout = try stored.original == nil ? outer : PropertyLayout(inner)
        rewriter.additions.clear()
        for entry in stored.kept {
            rewriter.additions.writeBytes(UnsafeRawBufferPointer(rebasing: raw[entry]))
        }
        return try publish(inner, layout, time, part: stored.original)
    }

    /// A message without an envelope of this life.
    private func disposition(
        ofCopied raw: UnsafeRawBufferPointer,
        _ copied: CopiedMessages,
        _ read: UInt64?,
        _ offset: inout Int64?
    ) throws(WireError) -> Disposition {
        let layout = try PropertyLayout(raw)
        offset = if let read { Int64(clamping: read) } else { try StoredMessage(raw, layout: layout).offset }
        guard let offset, offset >= max(window.from ?? 0, window.firstOffset ?? 0) else { return .skip(.outsideWindow) }
        // One that is not known to be too old is not.
        let time = copied.time(at: offset) ?? window.cut
        if window.cut.minus(time) > window.timeToLive { return .skip(.expired) }
        if let since = window.since, time < since { return .skip(.outsideWindow) }
        rewriter.additions.clear()
        copied.writeEnvelope(offset: offset, time: time, to: &rewriter.additions)
        return try publish(raw, layout, time, part: nil)
    }

    /// - Parameters:
    ///   - raw: the properties of what was published.
    ///   - time: what its expiration is measured from.
    ///   - part: where the properties lie in those that the store has.
    private func publish(
        _ raw: UnsafeRawBufferPointer,
        _ layout: PropertyLayout,
        _ time: Int64,
        part: Range<Int>?
    ) throws(WireError) -> Disposition {
        rewriter.additions.writeImmutableBuffer(mark)
        // Brokers before 4.0 refuse a message with another; to those that take it, it is a transient one.
        let hasOddMode = !layout.deliveryMode.isEmpty && !(1...2).contains(raw[layout.deliveryMode.lowerBound])
        rewriter.deliveryMode = hasOddMode ? 1 : nil
        rewriter.expiration = nil
        if layout.has(BasicProperties.Flag.expiration) {
            let text = raw[(layout.expiration.lowerBound + 1)..<layout.expiration.upperBound]
            if let value = Int64(String(decoding: text, as: UTF8.self)) {
                let left = value.minus(max(0, now().minus(time)))
                guard left > 0 else { return .skip(.expired) }
                rewriter.expiration = Array("\(left)".utf8)
            }
        }
        return .publish(.spliced(rewriter, layout, part: part))
    }

    /// A message that is published again keeps the place that it has.
    private func note(_ disposition: Disposition, offset: Int64?, slot: UInt64) {
        let fate: Fate =
            switch disposition {
            case .skip(.expired): .expired
            case .skip, .finish: .left
            default: .replayed
            }
        let place = Int(slot - firstSlot)
        if place < places.count {
            places[place].fate = fate
        } else {
            places.append(Place(offset: offset ?? -1, fate: fate))
        }
    }

    package func quarantined(_ slot: UInt64) {
        let place = Int(slot - firstSlot)
        if places.indices.contains(place) { places[place].fate = .quarantined }
    }

    package func returned(_ slot: UInt64) {
        let place = Int(slot - firstSlot)
        if places.indices.contains(place) { places[place].fate = .consumed }
    }

    package func settled(upTo slot: UInt64) {
        let count = min(Int(slot - firstSlot), places.count)
        guard count > 0 else { return }
        var tally = ReplayTally()
        for place in places[..<count] {
            switch place.fate {
            case .replayed: tally.replayed += 1
            case .quarantined: tally.quarantined += 1
            case .consumed: tally.consumed += 1
            case .expired: tally.expired += 1
            case .left: break
            }
        }
        let last = places[count - 1].offset
        places.removeFirst(count)
        firstSlot += UInt64(count)
        onSettled(last >= 0 ? last : nil, tally)
        if let ages { onSeen(ages) }
    }
}

/// What a replay did with messages that are settled.
package struct ReplayTally: Sendable, Hashable {
    /// Confirmed by the site.
    package var replayed: UInt64 = 0
    /// Put into quarantine.
    package var quarantined: UInt64 = 0
    /// Wanted by none of the queues that had not consumed them.
    package var consumed: UInt64 = 0
    /// Left out as too old.
    package var expired: UInt64 = 0

    static func += (sum: inout ReplayTally, more: ReplayTally) {
        sum.replayed += more.replayed
        sum.quarantined += more.quarantined
        sum.consumed += more.consumed
        sum.expired += more.expired
    }
}
