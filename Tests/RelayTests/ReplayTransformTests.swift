import AMQP
import NIOCore
import Pump
import Relay
import Testing

@Suite("A replay, message by message")
struct ReplayTransformTests {
    /// Two minutes after 1970, in milliseconds.
    private static let now: Int64 = 120_000

    private static func disposition(
        time: FieldValue,
        expiration: String? = nil,
        timeToLive: Int64 = 60_000
    ) throws -> Disposition {
        let transform = ReplayTransform(
            ReplayTransform.Window(epoch: 1, cut: Self.now, timeToLive: timeToLive),
            trustsUserID: false,
            now: { Self.now }
        )
        let properties = BasicProperties(
            headers: ["x-ropeway-time": time, "x-ropeway-epoch": .int64(1)],
            expiration: expiration
        )
        return transform.disposition(of: try DeliveryBatch.of(properties), at: 0, slot: 0)
    }

    /// What a disposition comes down to.
    private static func word(_ disposition: Disposition) -> String {
        switch disposition {
        case .publish: "published"
        case .skip(let reason): "\(reason)"
        case .quarantine: "quarantined"
        case .finish: "finished"
        }
    }

    @Test(
        "leaves out what is older than the store keeps, whatever time stands in it",
        arguments: [
            (60_000, "published"), (59_999, "expired"), (0, "expired"), (Int64.min, "expired"), (-1, "expired"),
            (120_001, "published"), (Int64.max, "published"),
        ] as [(Int64, String)]
    )
    func age(time: Int64, outcome: String) throws {
        // Given a message that somebody put into the store with a time of his own; when it is replayed two minutes after
        // 1970; then it counts by its age, and no number is too large
        #expect(Self.word(try Self.disposition(time: .int64(time))) == outcome)
    }

    @Test(
        "reduces an expiration by the age, and leaves out what it leaves nothing of",
        arguments: [
            ("10001", "published"), ("10000", "expired"), ("0", "expired"), ("-1", "expired"),
            ("9223372036854775807", "published"), ("-9223372036854775808", "expired"), ("soon", "published"),
            ("92233720368547758070", "published"),
        ]
    )
    func expiration(text: String, outcome: String) throws {
        // Given a message that is ten seconds old
        let disposition = try Self.disposition(time: .int64(Self.now - 10_000), expiration: text)
        #expect(Self.word(disposition) == outcome)
    }

    @Test("leaves out what has no time or epoch of an envelope")
    func foreign() throws {
        #expect(Self.word(try Self.disposition(time: .string("yesterday"))) == "outsideWindow")
        #expect(Self.word(try Self.disposition(time: .void)) == "outsideWindow")
    }
}
