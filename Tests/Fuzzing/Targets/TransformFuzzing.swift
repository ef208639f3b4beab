import Failover
import NIOCore
import Pump
import Relay
import RopewayConfiguration

@testable import AMQP

/// Relays a message and replays it; or replays whatever an input says that a store holds.
enum TransformFuzzing {
    private static let epoch = 3
    private static let now: Int64 = 1_700_000_000_000
    private static let stores: [RouteConfiguration.QueueType] = [.stream, .quorum, .classic]

    static func run(_ input: inout FuzzInput) throws(FuzzFinding) {
        let options = input.byte()
        let store = stores[Int(options >> 2) % stores.count]
        let trustsUserID = options & 1 != 0
        let bodySize = options & 2 != 0 ? 0 : 3
        let raw = input.rest()
        guard let original = batch(raw, bodySize: bodySize) else { return }
        let replay = ReplayTransform(window, trustsUserID: trustsUserID, now: { now })
        // Whatever a store holds is replayed, left out or put into quarantine.
        _ = try apply(replay.disposition(of: PumpMessage(original, at: 0), slot: 0), to: raw)
        replay.settled(upTo: 1)

        let settings = EnvelopeTransform.Settings(origin: "dc1", epoch: epoch, store: store, trustsUserID: trustsUserID)
        let envelope = EnvelopeTransform(settings, now: { now })
        guard let stored = try apply(envelope.disposition(of: PumpMessage(original, at: 0), slot: 0), to: raw),
            let relayed = batch(stored, bodySize: bodySize)
        else { return }
        let disposition = replay.disposition(of: PumpMessage(relayed, at: 0), slot: 1)
        guard let before = decode(raw) else {
            _ = try apply(disposition, to: stored)
            return
        }
        guard let replayed = try apply(disposition, to: stored) else {
            // It was too old already when it came.
            let lifetime = before.expiration.flatMap { Int64($0) }
            try require(lifetime.map { $0 <= 0 } == true, "was relayed and is not replayed: \(before)")
            return
        }
        guard let after = decode(replayed) else { throw FuzzFinding("what is replayed can't be decoded: \(before)") }
        try compare(after, with: before, trustsUserID: trustsUserID)
    }

    private static var window: ReplayTransform.Window {
        ReplayTransform.Window(epoch: epoch, cut: now, timeToLive: 3_600_000, since: now - 3_600_000)
    }

    /// Everything of the application is as it was.
    private static func compare(
        _ after: BasicProperties,
        with before: BasicProperties,
        trustsUserID: Bool
    ) throws(FuzzFinding) {
        var (after, expected) = (after, before)
        let own = after.headers?.fields.filter { !isForeign($0.name) } ?? []
        let theirs = before.headers?.fields.filter { !isForeign($0.name) } ?? []
        try require(own == theirs, "the headers \(theirs) became \(own)")
        try require(after.headers?[EnvelopeHeaders.replayed] == true, "it is not marked as replayed")
        after.headers = nil
        expected.headers = nil
        if !trustsUserID { expected.userID = nil }
        if let mode = before.deliveryMode, !(1...2).contains(mode) { expected.deliveryMode = 1 }
        // Nothing of its time has passed, but its digits are written again.
        if let lifetime = before.expiration.flatMap({ Int64($0) }) { expected.expiration = "\(lifetime)" }
        try require(after == expected, "\(expected) became \(after)")
    }

    private static func isForeign(_ name: String) -> Bool {
        name.utf8.starts(with: "x-ropeway-".utf8)
            || ["x-delivery-count", "x-acquired-count", "x-stream-offset"].contains { $0.utf8.elementsEqual(name.utf8) }
    }

    /// The raw properties that are published, or `nil` where nothing is.
    private static func apply(_ disposition: Disposition, to raw: [UInt8]) throws(FuzzFinding) -> [UInt8]? {
        switch disposition {
        case .publish(.asDelivered):
            return raw
        case .publish(.replaced(let list)):
            return Array(list.readableBytesView)
        case .publish(.spliced(let rewriter, _, let part)):
            let source = ByteBuffer(bytes: raw[part ?? raw.indices])
            // Properties that are measured and hold a header that can't be walked over go into quarantine.
            guard let result = try? rewriter.rewrite(source) else { return nil }
            return Array(result.readableBytesView)
        case .publishTo, .probe, .skip, .quarantine, .finish:
            return nil
        }
    }

    private static func decode(_ raw: [UInt8]) -> BasicProperties? {
        var rest = ByteBuffer(bytes: raw)
        guard let properties = try? BasicProperties(decoding: &rest), rest.readableBytes == 0 else { return nil }
        return properties
    }

    /// A delivery with these properties, put together as a connection does.
    private static func batch(_ properties: [UInt8], bodySize: Int) -> DeliveryBatch? {
        var decoder = InboundDecoder()
        decoder.maximumPayload = 1 << 20
        decoder.open(1)
        decoder.addConsumer([UInt8(ascii: "c")], channel: 1)
        var bytes = ByteBuffer()
        let deliver = BasicDeliver(consumerTag: "c", deliveryTag: 1, exchange: "x", routingKey: "k")
        PeerFrames.method(.basicDeliver(deliver), 1, &bytes)
        var header = ByteBuffer()
        header.writeMultipleIntegers(UInt16(60), UInt16(0), UInt64(bodySize))
        header.writeBytes(properties)
        PeerFrames.frame(2, 1, Array(header.readableBytesView), to: &bytes)
        if bodySize > 0 { PeerFrames.frame(3, 1, PeerFrames.pattern(bodySize), to: &bytes) }
        guard case .needsMore = try? decoder.next(&bytes) else { return nil }
        return decoder.takeReady()?.batch
    }
}
