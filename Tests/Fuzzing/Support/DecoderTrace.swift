import NIOCore

@testable import AMQP

/// What ``InboundDecoder`` makes of the reads of a connection with two channels, as texts that can be compared.
struct DecoderTrace {
    struct Seen: Equatable {
        /// For each channel what has an order among itself: deliveries, and all the rest but heartbeats.
        var deliveries: [[String]] = [[], [], []]
        var answers: [[String]] = [[], [], []]
        var violation: ProtocolViolation?
    }

    private(set) var seen = Seen()
    private var decoder = InboundDecoder()
    private var received = 0

    init(_ reads: [ByteBuffer]) throws(FuzzFinding) {
        decoder.maximumPayload = PeerFrames.maximumPayload
        for channel: UInt16 in 1...2 {
            decoder.open(channel)
            for tag in ["c", "other"] { decoder.addConsumer(Array(tag.utf8), channel: channel) }
        }
        var pending = ByteBuffer()
        for var read in reads {
            received += read.readableBytes
            pending.writeBuffer(&read)
            do throws(ProtocolViolation) {
                try takeFrames(&pending)
            } catch {
                collect()
                seen.violation = error
                return
            }
            collect()
            try checkMemory()
            pending.discardReadBytes()
        }
    }

    private mutating func takeFrames(_ pending: inout ByteBuffer) throws(ProtocolViolation) {
        while true {
            switch try decoder.next(&pending) {
            case .needsMore:
                return
            case .method(let method, let channel):
                // The connection hands on what came before, and refuses a method of a channel that it does not have.
                collect()
                guard channel <= 2 else { throw .closedChannel(channel) }
                seen.answers[Int(channel)].append("\(method)")
                seen.deliveries[Int(channel)].append("\(method.id)")
            case .content(let method, let batch, let channel):
                collect()
                seen.answers[Int(channel)].append("\(method) \(Self.describe(batch, 0))")
            }
        }
    }

    private mutating func collect() {
        while let ready = decoder.takeReady() {
            let channel = Int(ready.channel)
            seen.answers[channel] += ready.confirms.map { "\($0)" }
            guard let batch = ready.batch else { continue }
            seen.deliveries[channel] += batch.entries.indices.map { Self.describe(batch, $0) }
            decoder.recycle(batch)
        }
    }

    /// What is under way takes no more memory than some times what was received.
    private func checkMemory() throws(FuzzFinding) {
        for channel in decoder.channels.all {
            guard let batch = channel?.assembler.batch else { continue }
            try require(
                batch.bytes.readableBytes <= received && batch.fragments.count <= 2 + received / 512,
                "\(batch.bytes.readableBytes) bytes and \(batch.fragments.count) fragments of \(received) bytes"
            )
        }
    }

    static func describe(_ batch: DeliveryBatch, _ index: Int) -> String {
        let entry = batch.entries[index]
        let body = batch.body(at: index)
        return "\(entry.deliveryTag) \(entry.isRedelivered) \(entry.consumer) \(batch.exchange(at: index))"
            + " \(batch.routingKey(at: index)) \(Array(batch.rawProperties(at: index).readableBytesView))"
            + " \(body.readableBytes)=\(entry.bodyLength) \(body.hashValue)"
    }
}
