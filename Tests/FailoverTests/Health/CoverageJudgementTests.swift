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
        carried: VolumeLog.Volume? = .init(messages: 10, bytes: 1000),
        kept: StoreRetention? = nil,
        oldest: Int64? = nil,
        seenAgo: Double = 5
    ) -> CoverageJudgement.Verdict {
        CoverageJudgement(
            limits: .init(
                RouteConfiguration.Standby(
                    type: .stream,
                    timeToLive: ttl,
                    maxLength: maxLength,
                    maxLengthBytes: 1_000_000,
                    hold: .zero,
                    protectedBytes: kept == nil ? nil : 4_000_000
                ),
                kept: kept
            ),
            positions: ages.mapValues { $0.map { Position(now - $0 * 1000) } },
            carried: { _ in carried },
            start: oldest.map {
                StreamStart(offset: 5, time: now - $0 * 1000, epoch: 1, looked: .now - .seconds(seenAgo))
            },
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

    @Test("of a daemon that started later is known where the store was just seen to reach back")
    func reach() {
        #expect(Self.verdict(["a": 252], carried: nil, oldest: 252).report.seconds == 3348)
        #expect(Self.verdict(["a": 252], carried: nil, oldest: 251) == .unknown)
        #expect(Self.verdict(["a": 252], carried: nil, oldest: 300, seenAgo: 31) == .unknown)
    }

    @Test("of a protected store is never negative, and says how far it may be raised where that is not enough")
    func protected() {
        let kept = StoreRetention(age: 16_000_000, bytes: 2_000_000, messages: nil)
        let old = Self.verdict(["a": 4000], maxLength: 5, kept: kept)
        #expect(old.report.seconds == 12_000 && old.warning == nil)
        let large = Self.verdict(["a": 10], carried: .init(messages: 900, bytes: 1_900_000), kept: kept)
        #expect(large.report.known && large.warning == nil)
        let tooLarge = Self.verdict(["a": 10], carried: .init(messages: 900, bytes: 3_600_000), kept: kept)
        #expect(!tooLarge.report.known)
        #expect(tooLarge.warning?.contains("protect-unconsumed.up-to of 5400000") == true)
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
