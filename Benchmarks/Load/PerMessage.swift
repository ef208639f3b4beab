import AMQP
import ArgumentParser
import Foundation
import MessageFormat
import NIOCore
import Pump
import RabbitStream
import Relay
import RopewayConfiguration

/// What single steps of a message's way take, without a broker.
struct PerMessage: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures what the steps of a message's way take in the daemon, without a broker.",
        discussion: "Prints nanoseconds of CPU a message as JSON: the least of several rounds."
    )
    @Option(help: "The size of a body in bytes.") var size = 256
    @Option(help: "How many messages are handled in each round.") var count = 200_000
    @Option(help: "How many rounds.") var rounds = 5

    func validate() throws {
        guard (0...1_000_000).contains(self.size), self.count >= Self.batch, self.rounds > 0 else {
            throw ValidationError("--size takes 0 to 1,000,000, --count \(Self.batch) and more, --rounds 1 and more")
        }
    }

    private static let batch = 512

    func run() throws {
        var steps: [(String, () throws -> Void)] = [
            ("AMQP: properties decoded", try self.decoding()),
            ("route: envelope spliced in", try self.envelope()),
            ("pump: state machine", self.stateMachine()),
            ("stream: chunk verified and walked", try self.chunk()),
        ]
        for layout in StreamLayout.allCases {
            steps.append(("stream: entry written, \(layout)", try self.writing(layout)))
            steps.append(("stream: entry read, \(layout)", try self.reading(layout)))
        }
        var results: [String: Int] = [:]
        for (name, step) in steps { results[name] = try self.least(step) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(results), as: UTF8.self))
    }

    /// Nanoseconds of CPU of this thread a message, in the fastest round; each call of `step` handles one batch.
    private func least(_ step: () throws -> Void) throws -> Int {
        let batches = self.count / Self.batch
        var least = UInt64.max
        for _ in 0..<self.rounds {
            let begun = self.nanoseconds()
            for _ in 0..<batches { try step() }
            least = min(least, (self.nanoseconds() - begun) / UInt64(batches * Self.batch))
        }
        return Int(least)
    }

    /// The CPU time of this thread.
    private func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    // MARK: What is handled

    /// The list of an application's message: what most clients send.
    private func properties() throws -> ByteBuffer {
        var list = ByteBuffer()
        let headers: FieldTable = ["tenant": .string("north"), "attempt": .int32(1)]
        try BasicProperties(
            contentType: "application/json",
            headers: headers,
            deliveryMode: 2,
            messageID: "018f3a52-7c1e-7b9a-9f5d-0f6c2a1b3c4d",
            timestamp: 1_764_500_000
        ).encode(into: &list)
        return list
    }

    private func delivered() throws -> DeliveryBatch {
        let list = try self.properties()
        let body = ByteBuffer(repeating: 120, count: self.size)
        let batch = DeliveryBatch()
        try Array("orders".utf8).withUnsafeBytes { exchange in
            try Array("order.created".utf8).withUnsafeBytes { key in
                for tag in 0..<Self.batch {
                    try batch.append(tag: UInt64(tag), exchange: exchange, routingKey: key, fragment: nil) { buffer in
                        buffer.writeImmutableBuffer(list)
                        let end = buffer.writerIndex
                        buffer.writeImmutableBuffer(body)
                        return end
                    }
                }
            }
        }
        return batch
    }

    /// The same, with the envelope of a route.
    private func stored() throws -> ByteBuffer {
        let batch = try self.delivered()
        var (list, scratch) = (ByteBuffer(), ByteBuffer())
        let disposition = EnvelopeTransform(Self.settings).disposition(of: PumpMessage(batch, at: 0), slot: 0)
        guard case .publish(let properties) = disposition else { throw CleanExit.message("\(disposition)") }
        try batch.withRawProperties(at: 0) { raw throws(WireError) in
            try properties.withList(raw, scratch: &scratch) { list.writeBytes($0) }
        }
        return list
    }

    private static let settings = EnvelopeTransform.Settings(
        origin: "dc1",
        epoch: 1,
        store: .stream,
        trustsUserID: false
    )

    // MARK: Steps

    private func decoding() throws -> () throws -> Void {
        let batch = try self.delivered()
        return {
            for index in 0..<Self.batch { _ = try batch.properties(at: index) }
        }
    }

    private func envelope() throws -> () throws -> Void {
        let batch = try self.delivered()
        let transform = EnvelopeTransform(Self.settings)
        var scratch = ByteBuffer()
        var slot: UInt64 = 0
        var bytes = 0
        return {
            for index in 0..<Self.batch {
                let disposition = transform.disposition(of: PumpMessage(batch, at: index), slot: slot)
                guard case .publish(let properties) = disposition else { continue }
                try batch.withRawProperties(at: index) { raw throws(WireError) in
                    try properties.withList(raw, scratch: &scratch) { bytes += $0.count }
                }
                slot += 1
            }
            transform.settled(upTo: slot)
        }
    }

    private func stateMachine() -> () throws -> Void {
        let now = NIODeadline.now()
        var machine = PumpStateMachine(PumpSettings(limits: PumpLimits()), firstSequence: 1, now: now)
        var tag: UInt64 = 1
        var sequence: UInt64 = 1
        return {
            _ = machine.received(tag..<(tag + UInt64(Self.batch)), redelivered: 0)
            tag += UInt64(Self.batch)
            while let slot = machine.next(canPublish: true, now: now) {
                machine.published(slot, sequence: sequence, bytes: 256, now: now)
                sequence += 1
            }
            let verdict = PumpStateMachine.Verdict(sequence: sequence - 1, isMultiple: true, isTaken: true)
            machine.judged(CollectionOfOne(verdict), now: now)
            _ = machine.takeSettlement(now: now)
        }
    }

    private func entry(_ list: ByteBuffer, _ layout: StreamLayout, to buffer: inout ByteBuffer) throws {
        let exchange: StaticString = "orders"
        let key: StaticString = "order.created"
        try list.withUnsafeReadableBytes { list in
            try EntryWriter(layout).write(
                list,
                exchange: UnsafeRawBufferPointer(start: exchange.utf8Start, count: exchange.utf8CodeUnitCount),
                routingKey: UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount),
                bodyLength: self.size,
                to: &buffer
            )
        }
        buffer.writeRepeatingByte(120, count: self.size)
    }

    private func writing(_ layout: StreamLayout) throws -> () throws -> Void {
        let list = try self.stored()
        var buffer = ByteBuffer()
        return {
            buffer.clear()
            for _ in 0..<Self.batch { try self.entry(list, layout, to: &buffer) }
        }
    }

    private func reading(_ layout: StreamLayout) throws -> () throws -> Void {
        var entry = ByteBuffer()
        try self.entry(try self.stored(), layout, to: &entry)
        var buffer = ByteBuffer()
        return {
            buffer.clear()
            for _ in 0..<Self.batch {
                try entry.withUnsafeReadableBytes { bytes in
                    let reader = try EntryReader(bytes, layout)
                    try reader.writeProperties(to: &buffer)
                    _ = reader.appendBody(to: &buffer)
                }
            }
        }
    }

    /// A chunk with an entry for each message.
    private func chunk() throws -> () throws -> Void {
        var (data, entry) = (ByteBuffer(), ByteBuffer())
        try self.entry(try self.stored(), .records, to: &entry)
        for _ in 0..<Self.batch {
            data.writeInteger(UInt32(entry.readableBytes))
            data.writeImmutableBuffer(entry)
        }
        // It is not known to this program how the checksum is made: the first attempt tells.
        var checksum: UInt32 = 0
        var frame = Self.frame(data, checksum)
        do {
            try Chunk(reading: frame).verifyChecksum()
        } catch .checksumMismatch(_, let found) {
            checksum = found
            frame = Self.frame(data, checksum)
        }
        return {
            let chunk = try Chunk(reading: frame)
            try chunk.verifyChecksum()
            var entries = chunk.entries
            while try entries.next() != nil {}
        }
    }

    private static func frame(_ data: ByteBuffer, _ checksum: UInt32) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(0x50 as UInt8, 0 as UInt8, UInt16(batch), UInt32(batch))
        frame.writeMultipleIntegers(0 as Int64, 1 as UInt64, 0 as UInt64)
        frame.writeMultipleIntegers(checksum, UInt32(data.readableBytes), 0 as UInt32, 0 as UInt32)
        frame.writeImmutableBuffer(data)
        return frame
    }
}
