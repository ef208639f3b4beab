import MessageFormat
import MessageFormatHarness
import NIOCore
import Pump
import RelayHarness
import RopewayConfiguration
import SeededRandomness
import Testing

@testable import AMQP
@testable import Failover
@testable import Relay

/// The way of a message without brokers: the envelope of the relay, the entry in the stream as each version has it, and the
/// replay.
@Suite("A message that is stored over the stream protocol")
struct StoredOverStreamsTests {
    private static let now: Int64 = 1_700_000_000_000

    @Test("is replayed as it was published, whatever it has, in each layout", arguments: StreamLayout.allCases)
    func same(layout: StreamLayout) throws {
        for seed: UInt64 in 0..<600 {
            // Given what an application published
            var random = RandomProperties(seed: seed)
            var properties = random.properties()
            // What is older than its own lifetime is not replayed, and who published it is not passed on.
            properties.expiration = nil
            properties.userID = nil
            try compare(properties, layout, "seed \(seed)")
        }
    }

    @Test(
        "is so with values that no version of a stream keeps",
        arguments: [
            BasicProperties(headers: ["x-opt-a": 1, "x-basic-type": "t"], deliveryMode: 2),
            BasicProperties(headers: ["x-exchange": "e", "x-routing-key": "k", "x-cc": "c"], deliveryMode: 2),
            BasicProperties(headers: ["CC": .array([.string("a")]), "n": 1], deliveryMode: 2),
            BasicProperties(deliveryMode: 0), BasicProperties(deliveryMode: 9), BasicProperties(),
            BasicProperties(deliveryMode: 2, timestamp: .max), BasicProperties(deliveryMode: 2, clusterID: "c"),
            BasicProperties(headers: ["d": .decimal(scale: 2, value: 995)], deliveryMode: 2),
        ],
        StreamLayout.allCases
    )
    func odd(properties: BasicProperties, layout: StreamLayout) throws {
        try compare(properties, layout, "\(properties)")
    }

    private func compare(_ properties: BasicProperties, _ layout: StreamLayout, _ what: String) throws {
        // When it is stored
        let settings = EnvelopeTransform.Settings(origin: "dc1", epoch: 3, store: .stream, trustsUserID: false)
        let envelope = EnvelopeTransform(settings, now: { Self.now })
        let delivered = try DeliveryBatch.delivered(properties)
        let stored = try Self.published(envelope.disposition(of: PumpMessage(delivered, at: 0), slot: 0), of: delivered)
        let entry = try Entry(exchange: "ropeway.p.r.standby.e3", routingKey: "k", stored).encoded(layout)
        // And read, and replayed
        let read = try DeliveryBatch.delivered(Entry(entry, layout).properties)
        let window = ReplayTransform.Window(epoch: 3, cut: Self.now, timeToLive: 3_600_000)
        let replay = ReplayTransform(window, trustsUserID: false, now: { Self.now }, onSettled: { _, _ in })
        let replayed = try Self.published(replay.disposition(of: PumpMessage(read, at: 0), slot: 0), of: read)
        // Then only the envelope tells it from what was published
        var (was, isNow) = (properties, replayed)
        // What is neither transient nor persistent is refused by brokers before 4.0.
        if let mode = was.deliveryMode, !(1...2).contains(mode) { was.deliveryMode = 1 }
        let own = (isNow.headers?.fields ?? []).filter { $0.name.hasPrefix("x-ropeway-") }.map(\.name)
        #expect(
            Set(own) == [
                "x-ropeway-id", "x-ropeway-time", "x-ropeway-origin", "x-ropeway-epoch", "x-ropeway-replayed",
            ],
            "\(what)"
        )
        isNow.headers?.fields.removeAll { $0.name.hasPrefix("x-ropeway-") }
        was.headers?.fields.sort { ($0.name, "\($0.value)") < ($1.name, "\($1.value)") }
        isNow.headers?.fields.sort { ($0.name, "\($0.value)") < ($1.name, "\($1.value)") }
        if was.headers?.isEmpty ?? true { was.headers = nil }
        if isNow.headers?.isEmpty ?? true { isNow.headers = nil }
        #expect("\(was)" == "\(isNow)", "\(what)")
    }

    /// The properties that a message goes on with.
    private static func published(_ disposition: Disposition, of batch: DeliveryBatch) throws -> BasicProperties {
        guard case .publish(let properties) = disposition else { throw UnexpectedDisposition(disposition: disposition) }
        var scratch = ByteBuffer()
        var copy = ByteBuffer()
        try batch.withRawProperties(at: 0) { raw throws(WireError) in
            try properties.withList(raw, scratch: &scratch) { list in copy.writeBytes(list) }
        }
        return try BasicProperties(decoding: &copy)
    }

    private struct UnexpectedDisposition: Error {
        let disposition: Disposition
    }
}
