import Management
import RopewayConfiguration
import Testing

@testable import Relay

@Suite("Protecting what is unconsumed")
struct UnconsumedProtectionTests {
    private static let start = ContinuousClock.now
    private static let year: Int64 = 365 * 86_400_000

    private static func standby(
        _ type: RouteConfiguration.QueueType = .stream,
        protectedBytes: Int? = 20_000_000
    ) -> RouteConfiguration.Standby {
        .init(
            type: type,
            timeToLive: .seconds(60),
            maxLength: 1000,
            maxLengthBytes: 3_000_000,
            hold: .seconds(40),
            protectedBytes: protectedBytes
        )
    }

    @Test("is nothing where the configuration does not ask for it")
    func off() {
        #expect(UnconsumedProtection(Self.standby(protectedBytes: nil), at: Self.start) == nil)
        let kept = StoreRetention(Self.standby(protectedBytes: nil))
        #expect(kept == StoreRetention(age: 100_000, bytes: 3_000_000, messages: 1000))
    }

    @Test("keeps all that it may until it is known what is unconsumed, then what is needed, ten minutes later")
    func falls() throws {
        var protection = try #require(UnconsumedProtection(Self.standby(), at: Self.start))
        let most = StoreRetention(age: Self.year, bytes: 20_000_000, messages: nil)
        #expect(protection.retention == most)
        protection.note(oldestAge: nil, carried: nil, at: Self.start + .seconds(900))
        for second in stride(from: 900, through: 1499, by: 30) {
            protection.note(oldestAge: 10_000, carried: 1000, at: Self.start + .seconds(second))
            #expect(protection.retention == most)
        }
        protection.note(oldestAge: 10_000, carried: 1000, at: Self.start + .seconds(1500))
        #expect(protection.retention == StoreRetention(age: 100_000, bytes: 3_000_000, messages: nil))
    }

    @Test("rises at once, in powers of two, before a limit is reached, and never above what it may be")
    func rises() throws {
        var protection = try #require(UnconsumedProtection(Self.standby(), at: Self.start))
        let settled = Self.start + .seconds(600)
        protection.note(oldestAge: 0, carried: 0, at: settled)
        for age in stride(from: Int64(0), to: 10_000_000, by: 7_000) {
            protection.note(oldestAge: age, carried: UInt64(age), at: settled + .milliseconds(age))
            let kept = protection.retention
            #expect(kept.age > age * 2 - 1 && kept.age <= max(100_000, age * 4 + 100_000), "\(age): \(kept.age)")
            #expect(kept.bytes >= min(age * 2, 20_000_000) && kept.bytes <= 20_000_000)
        }
        protection.note(oldestAge: nil, carried: nil, at: settled + .seconds(10_000))
        #expect(protection.retention.age == Self.year)
    }

    @Test("falls to the highest that was needed in the last ten minutes, not to what is needed at that moment")
    func fallsToHighest() throws {
        var protection = try #require(UnconsumedProtection(Self.standby(), at: Self.start))
        for second in 0...600 {
            protection.note(oldestAge: second == 300 ? 90_000 : 0, carried: 0, at: Self.start + .seconds(second))
        }
        #expect(protection.retention.age == 400_000)
    }

    @Test("leaves the age of a queue's messages alone, which no policy changes later, and does not count them")
    func queues() throws {
        var protection = try #require(UnconsumedProtection(Self.standby(.quorum), at: Self.start))
        protection.note(oldestAge: 0, carried: 0, at: Self.start + .seconds(600))
        #expect(protection.retention == StoreRetention(age: Self.year, bytes: 3_000_000, messages: nil))
        let definition = StoreLimits(standby: Self.standby(.quorum), retention: protection.retention).definition
        #expect(definition["max-length"] == nil && definition["message-ttl"] == .integer(Self.year))
    }
}
