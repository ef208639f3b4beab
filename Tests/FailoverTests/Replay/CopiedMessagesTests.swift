import NIOCore
import Pump
import RelayHarness
import Testing

@testable import AMQP
@testable import Failover
@testable import Relay

@Suite("Messages that were copied into a store as they were captured")
struct CopiedMessagesTests {
    private static let now: Int64 = 1_700_000_000_000
    private static let store = "ropeway.p.r.standby"

    private static var copied: CopiedMessages {
        var times = ChunkTimes()
        times.note(offset: 0, time: now - 7_200_000)
        times.note(offset: 10, time: now - 1_000)
        return CopiedMessages(
            store: store,
            times: times,
            envelope: DerivedEnvelope(incarnation: "1-a", origin: "dc1", epoch: 3)
        )
    }

    private static func batch(_ exchange: String, offset: Int64, _ more: FieldTable = [:]) throws -> DeliveryBatch {
        var headers = more
        headers["x-stream-offset"] = .int64(offset)
        return try DeliveryBatch.delivered(BasicProperties(headers: headers, deliveryMode: 2), exchange: exchange)
    }

    private static func disposition(
        _ exchange: String,
        offset: Int64 = 12,
        _ more: FieldTable = [:],
        since: Int64? = nil,
        firstOffset: Int64? = nil
    ) throws -> Disposition {
        let window = ReplayTransform.Window(
            epoch: 3,
            cut: now,
            timeToLive: 3_600_000,
            since: since,
            firstOffset: firstOffset,
            seal: "operation"
        )
        let replay = ReplayTransform(window, trustsUserID: false, copied: copied, now: { now })
        return replay.disposition(of: PumpMessage(try batch(exchange, offset: offset, more), at: 0), slot: 0)
    }

    private static func fate(_ disposition: Disposition) -> String {
        switch disposition {
        case .publish, .publishTo, .probe: "replayed"
        case .skip(let reason): "\(reason)"
        case .quarantine: "quarantine"
        case .finish: "finish"
        }
    }

    @Test("are those that applications published, whatever they carry of an earlier life")
    func known() throws {
        let earlier: FieldTable = ["x-ropeway-epoch": .int64(1), "x-ropeway-time": .int64(1), "x-ropeway-id": "old"]
        #expect(try Self.fate(Self.disposition("orders")) == "replayed")
        #expect(try Self.fate(Self.disposition("orders", earlier)) == "replayed")
        // A seal among them is an application's.
        #expect(try Self.fate(Self.disposition("orders", ["x-ropeway-seal": "operation"])) == "replayed")
        #expect(try Self.fate(Self.disposition("ropeway.p.r.replay", earlier)) == "replayed")
    }

    @Test("are not what Ropeway put into the stream")
    func own() throws {
        #expect(try Self.fate(Self.disposition("", ["x-ropeway-sentinel": "s"])) == "outsideWindow")
        #expect(try Self.fate(Self.disposition("", ["x-ropeway-seal": "operation"])) == "finish")
        #expect(try Self.fate(Self.disposition("", ["x-ropeway-seal": "barrier/3/0"])) == "ownMessage")
        let enveloped: FieldTable = ["x-ropeway-epoch": .int64(3), "x-ropeway-time": .int64(Self.now)]
        #expect(try Self.fate(Self.disposition("\(Self.store).e3", enveloped)) == "replayed")
        #expect(try Self.fate(Self.disposition("\(Self.store).e1", [:])) == "outsideWindow")
    }

    @Test("are as old as the chunk that holds them")
    func ages() throws {
        #expect(try Self.fate(Self.disposition("orders", offset: 3)) == "expired")
        #expect(try Self.fate(Self.disposition("orders", offset: 10)) == "replayed")
        #expect(try Self.fate(Self.disposition("orders", offset: 10, since: Self.now - 500)) == "outsideWindow")
        #expect(try Self.fate(Self.disposition("orders", offset: 10, firstOffset: 11)) == "outsideWindow")
    }
}
