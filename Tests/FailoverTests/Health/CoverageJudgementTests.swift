import Consumption
import ControlModel
import Relay
import RopewayConfiguration
import Testing

@testable import Failover

@Suite("Coverage")
struct CoverageJudgementTests {
    private static let now: Int64 = 1_800_000_000_000

    private static func verdict(
        _ ages: [String: Int64?],
        ttl: Duration = .seconds(3600),
        maxLength: Int? = nil,
        carried: VolumeLog.Volume? = .init(messages: 10, bytes: 1000)
    ) -> CoverageJudgement.Verdict {
        CoverageJudgement(
            standby: .init(
                type: .stream,
                timeToLive: ttl,
                maxLength: maxLength,
                maxLengthBytes: 1_000_000,
                hold: .zero
            ),
            positions: ages.mapValues { $0.map { Position(now - $0 * 1000) } },
            carried: { _ in carried },
            now: now
        ).verdict
    }

    @Test("is what is left until the oldest that may be unconsumed leaves the store")
    func left() {
        let verdict = Self.verdict(["a": 252, "b": 10])
        #expect(verdict.report.known && verdict.report.seconds == 3348)
        #expect(verdict.warning == nil)
    }

    @Test("is unknown where one queue is, or what came since")
    func unknown() {
        #expect(Self.verdict(["a": 252, "b": nil]) == .unknown)
        #expect(Self.verdict(["a": 252], carried: nil) == .unknown)
        #expect(Self.verdict([:]) == .unknown)
    }

    @Test("is negative once the store has dropped what may be unconsumed, and says which ttl would have been enough")
    func negative() {
        let verdict = Self.verdict(["a": 4000, "b": 10])
        #expect(verdict.report.known && verdict.report.seconds == -400)
        #expect(verdict.warning?.contains("queue 'a'") == true && verdict.warning?.contains("ttl of 84m") == true)
        #expect(verdict.error(since: nil)?.code == "coverage-negative")
    }

    @Test("that gets short is warned of before anything is lost")
    func short() {
        let verdict = Self.verdict(["a": 3000])
        #expect(verdict.report.seconds == 600)
        #expect(verdict.error(since: nil)?.code == "coverage-short")
    }

    @Test("is not claimed where the store's length may have cut it", arguments: [true, false])
    func length(bySize: Bool) {
        let carried = VolumeLog.Volume(messages: 900, bytes: bySize ? 900_000 : 10)
        let verdict = Self.verdict(["a": 10], maxLength: bySize ? nil : 1000, carried: carried)
        #expect(!verdict.report.known)
        #expect(verdict.warning?.contains(bySize ? "max-length-bytes of 1350000" : "max-length of 1350") == true)
    }

    @Test("knows what was carried since a position, at most, in bounded memory")
    func volume() {
        var log = VolumeLog()
        for step in 1...10_000 {
            log.note(Position(Int64(step * 100)), carried: .init(messages: UInt64(step), bytes: UInt64(step * 10)))
        }
        for position in [100, 12_345, 500_000, 999_950, 1_000_000] {
            let exact = UInt64(10_000 - position / 100)
            let found = log.carried(since: Position(Int64(position)))
            #expect(found.map { $0.messages >= exact } == true, "\(position): \(String(describing: found))")
        }
        #expect(log.carried(since: Position(99)) == nil)
        #expect(log.carried(since: Position(1_000_000))?.messages == 0)
    }
}
