import Testing

@testable import Consumption

@Suite("Up to when what channels were given is settled")
struct ChannelCensusTests {
    private let settings = JudgementSettings()
    private var census = ChannelCensus()

    private mutating func list(_ seconds: Int64, _ held: [String: UInt64?]) -> ChannelCensus.Report? {
        census.observe(
            held.map { ChannelCensus.Channel(id: $0.key, unacknowledged: $0.value) },
            sent: SteadyTime(seconds * 1000),
            settings: settings
        )
        return census.report
    }

    @Test("Given channels, when each was idle once, then what was delivered before the first instant is settled")
    mutating func idleOnce() {
        #expect(list(100, ["a": 0, "b": 3])?.settledBefore == nil)
        #expect(list(110, ["a": 7, "b": 0])?.settledBefore == SteadyTime(85_000))
        #expect(list(120, ["a": 0, "b": nil])?.settledBefore == SteadyTime(95_000))
    }

    @Test("Given a channel that no list had, when it shows up busy, then it holds nothing from before the list")
    mutating func new() {
        _ = list(100, ["a": 0])
        _ = list(120, ["a": 0])
        #expect(list(130, ["a": 0, "b": 5])?.settledBefore == SteadyTime(105_000))
        #expect(list(200, ["a": 0, "b": 5])?.settledBefore == SteadyTime(105_000))
    }

    @Test("Given a channel that the first lists did not have, when it shows up busy, then it may have been missing")
    mutating func missingAtFirst() {
        _ = list(100, ["a": 0])
        let report = list(110, ["a": 0, "b": 5])
        #expect(report?.settledBefore == nil && report?.busy == 1)
    }

    @Test("Given a busy channel, when a list does not have it, then it counts until it was missing for long")
    mutating func missing() {
        _ = list(100, ["a": 0, "b": 5])
        #expect(list(110, ["a": 0])?.busy == 1)
        #expect(list(120, ["a": 0])?.busy == 1)
        #expect(list(125, ["a": 0])?.settledBefore == SteadyTime(110_000))
    }

    @Test("Given more channels than are followed, then nothing is known")
    mutating func tooMany() {
        let many = (0...ChannelCensus.limit).map { ("\($0)", UInt64?.some(0)) }
        #expect(list(100, Dictionary(uniqueKeysWithValues: many)) == nil)
    }
}
