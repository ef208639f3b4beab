import AMQP
import Pump
import RelayHarness
import RopewayConfiguration
import Testing

@testable import Relay

@Suite("A sentinel of a drain")
struct SentinelTests {
    /// What the relay makes of a message, and which sentinels it says have passed then.
    private static func fate(_ headers: FieldTable) throws -> (isSkipped: Bool, hasPassed: Bool) {
        let drain = DrainWatch()
        let settings = EnvelopeTransform.Settings(origin: "dc1", epoch: 3, store: .quorum, trustsUserID: false)
        let transform = EnvelopeTransform(settings, drain: drain, now: { 1_700_000_000_000 })
        let batch = try DeliveryBatch.delivered(BasicProperties(headers: headers, deliveryMode: 2))
        let disposition = transform.disposition(of: PumpMessage(batch, at: 0), slot: 0)
        transform.settled(upTo: 1)
        guard case .skip(.ownMessage) = disposition else { return (false, drain.hasPassed("id")) }
        return (true, drain.hasPassed("id"))
    }

    @Test(
        "is never stored, also where its broker delivers it again",
        arguments: [
            [:], ["x-delivery-count": 1], ["x-acquired-count": 2, "x-delivery-count": 1], ["x-stream-offset": 7],
        ] as [FieldTable]
    )
    func deliveredAgain(brokers: FieldTable) throws {
        // A broker puts its headers in front.
        var headers = brokers
        headers["x-ropeway-sentinel"] = "id"
        let fate = try Self.fate(headers)
        #expect(fate.isSkipped && fate.hasPassed)
    }

    @Test("is nothing that an application publishes without a body")
    func others() throws {
        #expect(try !Self.fate(["x-delivery-count": 1, "theirs": "id"]).isSkipped)
        #expect(try !Self.fate([:]).isSkipped)
    }
}
