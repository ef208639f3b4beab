import Foundation
import NIOCore
import Pump
import RelayHarness
import Testing

@testable import AMQP
@testable import Failover
@testable import Relay

@Suite("A store in which somebody else put something")
struct HostileStoreTests {
    private static let now: Int64 = 1_700_000_000_000

    /// What a replay makes of it: `replayed`, or why not.
    private static func fate(
        _ properties: BasicProperties,
        cut: Int64 = now,
        from: Int64? = nil
    ) throws -> (fate: String, offset: Int64?) {
        var settled: Int64?
        let window = ReplayTransform.Window(epoch: 3, cut: cut, timeToLive: 3_600_000, from: from)
        let replay = ReplayTransform(window, trustsUserID: false, now: { now }) { offset, _ in settled = offset }
        let disposition = replay.disposition(of: PumpMessage(try DeliveryBatch.delivered(properties), at: 0), slot: 0)
        replay.settled(upTo: 1)
        return switch disposition {
        case .publish, .publishTo, .probe: ("replayed", settled)
        case .skip(let reason): ("\(reason)", settled)
        case .quarantine: ("quarantine", settled)
        case .finish: ("finish", settled)
        }
    }

    private static func stored(time: Int64, expiration: String? = nil, offset: Int64? = nil) -> BasicProperties {
        var headers: FieldTable = ["x-ropeway-time": .int64(time), "x-ropeway-epoch": .int64(3)]
        if let offset { headers["x-stream-offset"] = .int64(offset) }
        return BasicProperties(headers: headers, expiration: expiration)
    }

    @Test(
        "ages are told however far away the time of a message is",
        arguments: [
            (now, now, "replayed"), (now - 3_600_001, now, "expired"), (.min, now, "expired"), (.max, now, "replayed"),
            (.max, .min / 2, "replayed"), (.min, .min, "replayed"), (.min, .max, "expired"),
        ] as [(Int64, Int64, String)]
    )
    func times(time: Int64, cut: Int64, fate: String) throws {
        #expect(try Self.fate(Self.stored(time: time), cut: cut).fate == fate)
    }

    @Test("what was consumed is left out, and nothing of an earlier epoch, which arrived late")
    func consumed() throws {
        func fate(epoch: Int64, time: Int64, until: Int64? = nil) throws -> String {
            let window = ReplayTransform.Window(
                epoch: 3,
                cut: Self.now,
                timeToLive: 3_600_000,
                consumedBefore: Self.now - 100,
                until: until
            )
            let replay = ReplayTransform(window, trustsUserID: false, now: { Self.now }, onSettled: { _, _ in })
            let headers: FieldTable = ["x-ropeway-time": .int64(time), "x-ropeway-epoch": .int64(epoch)]
            let batch = try DeliveryBatch.delivered(BasicProperties(headers: headers))
            return switch replay.disposition(of: PumpMessage(batch, at: 0), slot: 0) {
            case .publish, .publishTo, .probe: "replayed"
            case .skip(let reason): "\(reason)"
            case .quarantine: "quarantine"
            case .finish: "finish"
            }
        }
        // Given a queue, in which the late ones of epoch 2 lie before those of epoch 3
        #expect(try fate(epoch: 2, time: Self.now - 5000) == "replayed")
        #expect(try fate(epoch: 3, time: Self.now - 101) == "outsideWindow")
        #expect(try fate(epoch: 3, time: Self.now - 100) == "replayed")
        // Then the end of a part of the replay is one of epoch 3 too
        #expect(try fate(epoch: 2, time: Self.now, until: .min) == "replayed")
        #expect(try fate(epoch: 3, time: Self.now - 5000, until: .min) == "finish")
    }

    @Test(
        "so is what is left of a lifetime",
        arguments: [
            ("1000", "replayed"), ("0", "expired"), ("-9223372036854775808", "expired"),
            ("9223372036854775807", "replayed"), ("99999999999999999999", "replayed"), ("", "replayed"),
        ]
    )
    func lifetimes(expiration: String, fate: String) throws {
        #expect(try Self.fate(Self.stored(time: Self.now - 100, expiration: expiration)).fate == fate)
    }

    @Test(
        "an offset that no stream has is none",
        arguments: [(7, 7), (1 << 62, 1 << 62), (.max, nil), (-1, nil), (.min, nil)] as [(Int64, Int64?)]
    )
    func offsets(offset: Int64, taken: Int64?) throws {
        #expect(try Self.fate(Self.stored(time: Self.now, offset: offset), from: 0).offset == taken)
    }

    @Test(
        "a cursor that can't be counted on from is none",
        arguments: [
            #"{"operation":"p","offset":9223372036854775807,"replayed":1,"expired":0,"quarantined":0}"#,
            #"{"operation":"p","offset":-1,"replayed":1,"expired":0,"quarantined":0}"#,
            #"{"operation":"p","offset":1,"replayed":18446744073709551615,"expired":0,"quarantined":0}"#,
            #"{"operation":"p","replayed":-1,"expired":0,"quarantined":0}"#, "{}", "",
        ]
    )
    func cursors(text: String) {
        #expect(ReplayCursor(json: Data(text.utf8)) == nil)
    }

    @Test("a cursor is read as it was written")
    func cursor() throws {
        var cursor = ReplayCursor(operation: "p")
        cursor.offset = 1 << 40
        cursor.replayed = 12
        #expect(ReplayCursor(json: try JSONEncoder().encode(cursor)) == cursor)
    }
}
