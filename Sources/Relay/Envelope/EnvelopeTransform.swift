import AMQP
import Consumption
import NIOCore
import Pump
import RopewayConfiguration

/// Gives each message on its way into a standby store its envelope.
package final class EnvelopeTransform: MessageTransform {
    /// What the envelope of a route says and how its store treats messages.
    package struct Settings: Sendable {
        package var origin: String
        package var epoch: Int
        package var store: RouteConfiguration.QueueType
        package var trustsUserID: Bool

        package init(origin: String, epoch: Int, store: RouteConfiguration.QueueType, trustsUserID: Bool) {
            self.origin = origin
            self.epoch = epoch
            self.store = store
            self.trustsUserID = trustsUserID
        }
    }

    private let settings: Settings
    private let identity = MessageIdentity()
    /// Tells the time in milliseconds since 1970.
    private let now: () -> Int64
    /// Splices the envelope in.
    private var rewriter: PropertyRewriter
    /// Only takes out what is not the application's.
    private var cleaner: PropertyRewriter
    private let envelope: ByteBuffer
    private let idOffset: Int
    private let timeOffset: Int

    private let drain: DrainWatch?
    /// Gives messages their times, and counts where they were routed.
    private var positions: PositionCounter?
    /// Which canaries are this process's.
    private let instance: String?
    /// Where they go on to: past the store, which keeps none.
    private let canaryRoute: PublishRoute?
    /// Canaries that came in and wait for everything before them to be settled, and for their own confirm.
    private var canaries: [(slot: UInt64, sent: SteadyTime)] = []
    /// Sentinels that came in and wait for everything before them to be settled.
    private var sentinels: [(slot: UInt64, id: String)] = []
    /// The position of the message at hand.
    private var position: Int64 = 0

    /// - Parameters:
    ///   - drain: told of each sentinel once everything before it is in the store.
    ///   - positions: told of what is carried.
    ///   - canaryRoute: where this process's canaries are published to; without, they end here.
    package init(
        _ settings: Settings,
        drain: DrainWatch? = nil,
        positions: RoutePositions? = nil,
        canaryRoute: PublishRoute? = nil,
        now: @escaping () -> Int64 = WallClock.milliseconds,
        steadyNow: @escaping () -> SteadyTime = SteadyTime.now
    ) {
        self.settings = settings
        self.drain = drain
        self.now = now
        self.canaryRoute = canaryRoute
        instance = positions?.instance
        self.positions = positions.map { PositionCounter($0, steadyNow: steadyNow) }
        rewriter = PropertyRewriter { raw, name in EnvelopeHeaders.isForeign(raw, name) }
        rewriter.clearsUserID = !settings.trustsUserID
        cleaner = rewriter
        var headers = HeaderEncoder()
        headers.text(EnvelopeHeaders.id, String(repeating: "0", count: MessageIdentity.length))
        idOffset = headers.buffer.writerIndex - MessageIdentity.length
        headers.integer(EnvelopeHeaders.time, 0)
        timeOffset = headers.buffer.writerIndex - 8
        headers.text(EnvelopeHeaders.origin, settings.origin)
        headers.integer(EnvelopeHeaders.epoch, Int64(settings.epoch))
        envelope = headers.buffer
        rewriter.additions = headers.buffer
    }

    package func disposition(of message: PumpMessage, slot: UInt64) -> Disposition {
        let layout: PropertyLayout
        let needsOriginal: Bool
        let time = now()
        do {
            let sentinelID: String?
            (layout, needsOriginal, sentinelID) = try message.batch.withRawProperties(at: message.index) {
                raw throws(WireError) in
                let layout = try PropertyLayout(raw)
                if message.bodyLength == 0, let id = try sentinel(raw, layout) {
                    return (layout, false, id)
                }
                let needsOriginal = try loses(raw, layout)
                position =
                    positions?.position(of: message, slot: slot, properties: raw, layout: layout, now: time) ?? time
                return (layout, needsOriginal, nil)
            }
            if let sentinelID { return meet(sentinelID, message, slot, time) }
        } catch {
            return .quarantine(.malformed("\(error)"))
        }
        if needsOriginal {
            do {
                return try dispositionKeepingOriginal(of: message, slot: slot, layout)
            } catch {
                return .quarantine(.malformed("\(error)"))
            }
        }
        if rewriter.dropsHeaders {
            rewriter.dropsHeaders = false
            rewriter.deliveryMode = nil
            rewriter.additions = envelope
        }
        identity.write(slot: slot, to: &rewriter.additions, at: idOffset)
        rewriter.additions.setInteger(position, at: timeOffset)
        return .publish(.spliced(rewriter, layout))
    }

    private func meet(
        _ sentinelID: String,
        _ message: PumpMessage,
        _ slot: UInt64,
        _ time: Int64
    ) -> Disposition {
        if let instance, let instant = Canary.instant(of: sentinelID, instance: instance) {
            positions?.sawCanary(
                publishedAt: instant,
                slot: slot,
                isRedelivered: message.isRedelivered,
                now: time
            )
            // One that is published again waits already.
            if canaries.last.map({ $0.slot < slot }) ?? true { canaries.append((slot, instant)) }
            if let canaryRoute { return .probe(.asDelivered, canaryRoute) }
        } else {
            sentinels.append((slot, sentinelID))
        }
        return .skip(.ownMessage)
    }

    package func settled(upTo slot: UInt64) {
        positions?.settled(upTo: slot)
        while let first = canaries.first, first.slot < slot {
            canaries.removeFirst()
            positions?.canaryArrived(sentAt: first.sent)
        }
        while let first = sentinels.first, first.slot < slot {
            sentinels.removeFirst()
            drain?.pass(first.id)
        }
    }

    /// The id of a sentinel; `nil` for all other messages. A broker that delivers one again puts headers before its own.
    private func sentinel(_ raw: UnsafeRawBufferPointer, _ layout: PropertyLayout) throws(WireError) -> String? {
        var headers = RawHeaders(raw, layout: layout)
        while let header = try headers.next() {
            if BrokerHeaders.contain(raw, header.name) { continue }
            guard raw.equals(header.name, "x-ropeway-sentinel"), header.value.count > 4 else { return nil }
            return String(decoding: raw[(header.value.lowerBound + 4)..<header.value.upperBound], as: UTF8.self)
        }
        return nil
    }

    /// The original property list goes along as a byte array, and the store sees none of the original headers.
    private func dispositionKeepingOriginal(
        of message: PumpMessage,
        slot: UInt64,
        _ layout: PropertyLayout
    ) throws(WireError) -> Disposition {
        let original = try cleaner.rewrite(message.rawProperties)
        var headers = HeaderEncoder()
        headers.bytes(EnvelopeHeaders.properties, original)
        rewriter.dropsHeaders = true
        rewriter.deliveryMode = 2
        rewriter.additions = envelope
        identity.write(slot: slot, to: &rewriter.additions, at: idOffset)
        rewriter.additions.setInteger(position, at: timeOffset)
        rewriter.additions.writeImmutableBuffer(headers.buffer)
        return .publish(.spliced(rewriter, layout))
    }

    /// Whether the store would change the message's properties.
    ///
    /// A queue keeps everything; but in a classic one only persistent messages survive a restart.
    private func loses(_ raw: UnsafeRawBufferPointer, _ layout: PropertyLayout) throws(WireError) -> Bool {
        switch settings.store {
        case .quorum: return false
        case .classic: return layout.deliveryMode.isEmpty || raw[layout.deliveryMode.lowerBound] != 2
        case .stream: return try StreamLoss.changes(raw, layout)
        }
    }
}
