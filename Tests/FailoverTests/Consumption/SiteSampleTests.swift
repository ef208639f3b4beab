import Consumption
import Foundation
import Management
import Relay
import RopewayConfiguration
import Testing

@testable import Failover

@Suite("What a site told of itself, piece by piece")
struct SiteSampleTests {
    private var sample = SiteSample(settings: JudgementSettings())
    private var canaries = CanaryLedger()

    private func times(_ seconds: Int64, took milliseconds: Int64 = 0) -> SiteSample.Times {
        .init(sent: SteadyTime(seconds * 1000), answered: SteadyTime(seconds * 1000 + milliseconds))
    }

    private func page(
        _ names: [String],
        of pages: Int = 1,
        isComplete: Bool = true
    ) -> ObservedPage<Management.QueueObservation> {
        ObservedPage(
            items: names.map { Management.QueueObservation(name: $0, type: "classic") },
            pageCount: pages,
            isComplete: isComplete
        )
    }

    private func node(uptime: Int64) throws -> Node {
        let text = #"{"name": "a", "running": true, "uptime": \#(uptime)}"#
        return try JSONDecoder().decode(Node.self, from: Data(text.utf8))
    }

    private static let route = RouteConfiguration(
        name: "orders",
        exchange: "orders",
        bindings: .upstream,
        capture: .init(type: nil, maxLengthBytes: 1),
        standby: .init(
            type: .stream,
            timeToLive: .seconds(1),
            maxLength: nil,
            maxLengthBytes: 1,
            hold: .seconds(1)
        ),
        replay: .init(window: .watermark, rate: nil),
        acceptsRoutingChange: false,
        trustsUserID: false
    )

    @Test("given pages, when all of a listing came, then it is complete; one that is missing makes none")
    mutating func listing() {
        #expect(sample.note(page(["a", "b"], of: 2), number: 1, times(1), following: ["a", "c"]).listed == nil)
        let second = sample.note(page(["c"], of: 2), number: 2, times(2), following: ["a", "c"])
        #expect(second.seen == ["c"])
        #expect(second.listed?.names == ["a", "b", "c"] && second.listed?.since == SteadyTime(1_000))
        _ = sample.note(page(["a"], of: 3), number: 1, times(3), following: [])
        #expect(sample.note(page(["c"], of: 3), number: 3, times(4), following: []).listed == nil)
        _ = sample.note(page(["a"], of: 2, isComplete: false), number: 1, times(5), following: [])
        #expect(sample.note(page(["c"], of: 2), number: 2, times(6), following: []).listed == nil)
    }

    private mutating func holders(
        _ seconds: Int64,
        channels: [ChannelObservation],
        connections: [ConnectionObservation] = [],
        consumers: [ConsumerObservation] = [],
        isComplete: Bool = true
    ) throws -> ChannelCensus.Report? {
        sample.note(ObservedPage(items: channels, isComplete: isComplete), times(seconds))
        sample.note(ObservedPage(items: connections), times(seconds + 1), canary: "canary", canaries)
        sample.note(ObservedPage(items: consumers), times(seconds + 2))
        sample.note([try node(uptime: 100_000 + seconds * 1000)], times(seconds + 3))
        return sample.census.report
    }

    @Test("given the lists of all that can hold messages, then they make a census; without one of them none")
    mutating func census() throws {
        let idle = ChannelObservation(name: "c", unacknowledged: 0)
        #expect(try holders(100, channels: [idle])?.settledBefore == SteadyTime(85_000))
        // One list was cut: what was known stays.
        #expect(try holders(110, channels: [idle], isComplete: false)?.settledBefore == SteadyTime(85_000))
        #expect(try holders(120, channels: [idle])?.settledBefore == SteadyTime(105_000))
        let uncommitted = ChannelObservation(name: "c", unacknowledged: 0, uncommittedAcknowledgements: 2)
        #expect(try holders(130, channels: [uncommitted])?.settledBefore == SteadyTime(105_000))
    }

    @Test("given a connection of a protocol without channels, then nothing is known of what it holds")
    mutating func foreign() throws {
        let mqtt = ConnectionObservation(name: "m", protocol: "MQTT 3-1-1")
        #expect(try holders(100, channels: [], connections: [mqtt])?.busy == 1)
        #expect(try holders(110, channels: [], connections: [mqtt])?.settledBefore == nil)
    }

    @Test("given the relay's own channels, then they may hold what they like; not one that consumes elsewhere as well")
    mutating func own() throws {
        let channels = ["a", "b"].map { ChannelObservation(name: $0, unacknowledged: 7) }
        let consumers = [
            ConsumerObservation(queue: "ropeway.p.orders.capture", channel: "a"),
            ConsumerObservation(queue: "ropeway.p.orders.capture", channel: "b"),
            ConsumerObservation(queue: "billing", channel: "b"),
        ]
        #expect(try holders(100, channels: channels, consumers: consumers)?.busy == 1)
        let alone = Array(consumers.prefix(2))
        #expect(try holders(120, channels: channels, consumers: alone)?.settledBefore == nil)
        #expect(try holders(140, channels: channels, consumers: alone)?.settledBefore == SteadyTime(125_000))
    }

    @Test("given a node that was restarted, then the census begins anew")
    mutating func restarted() throws {
        _ = try holders(100, channels: [])
        sample.note([try node(uptime: 1_000)], times(110))
        #expect(sample.census.report == nil)
    }

    @Test("given lists that took their time, then their figures count as older: a cache may answer again")
    mutating func cached() {
        _ = sample.note(page(["q"]), number: 1, times(100, took: 2_000), following: ["q"])
        let look = sample.look(
            at: "q",
            for: Self.route,
            passives: PassiveLooks(),
            raft: nil,
            now: SteadyTime(103_000)
        )
        #expect(look?.sent == SteadyTime(90_000) && look?.answered == SteadyTime(102_000))
        #expect(look?.passive == nil && look?.facts.surroundings == nil && look?.totals == nil)
    }

    @Test("given canaries that the site has not counted for long, then its figures are too old for a while")
    mutating func late() throws {
        func look(_ seconds: Int64) -> Bool? {
            sample.look(
                at: "q",
                for: Self.route,
                passives: PassiveLooks(),
                raft: nil,
                now: SteadyTime(seconds * 1000)
            )?.isFresh
        }
        let connection = ConnectionObservation(name: "c", protocol: "AMQP 0-9-1", clientName: "canary")
        _ = sample.note(page(["q"]), number: 1, times(1), following: ["q"])
        for second in 1...30 { canaries.sent(at: SteadyTime(Int64(second) * 1000)) }
        // The nineteenth is missing, eleven seconds old; then the eighteenth.
        let fresh = ChannelObservation(name: "c (1)", unacknowledged: 0, connection: "c", published: 18)
        _ = try holders(30, channels: [fresh], connections: [connection])
        #expect(look(31) == true)
        let late = ChannelObservation(name: "c (1)", unacknowledged: 0, connection: "c", published: 16)
        _ = try holders(30, channels: [late], connections: [connection])
        #expect(look(31) == false && look(151) == false && look(152) == true)
    }

    @Test("given a channel that no figures tell of, then it was not counted since its first canary")
    mutating func canaryLedger() {
        #expect(canaries.age(ofCount: 0, asked: SteadyTime(99_000)) == 0)
        for second in 1...10_000 { canaries.sent(at: SteadyTime(Int64(second) * 1000)) }
        #expect(canaries.age(ofCount: 10_000, asked: SteadyTime(10_050_000)) == 0)
        #expect(canaries.age(ofCount: 9_990, asked: SteadyTime(10_000_000)) == 9_000)
        #expect(canaries.age(ofCount: 0, asked: SteadyTime(10_000_000)) >= 2_000_000)
        canaries.begin()
        #expect(canaries.age(ofCount: 0, asked: SteadyTime(10_000_000)) == 0)
    }

    @Test("given passive declarations, then the one before the look vouches for it")
    func passives() {
        var passives = PassiveLooks()
        func look(_ seconds: Int64, isGone: Bool = false) -> PassiveLooks.Look {
            .init(answer: nil, isGone: isGone, sent: SteadyTime(seconds), answered: SteadyTime(seconds + 1))
        }
        passives.note(look(10), of: "q")
        passives.note(look(20, isGone: true), of: "q")
        #expect(passives.best(of: "q", before: SteadyTime(21))?.sent == SteadyTime(20))
        #expect(passives.best(of: "q", before: SteadyTime(20))?.sent == SteadyTime(10))
        #expect(passives.isGone("q", since: SteadyTime(20)) && !passives.isGone("q", since: SteadyTime(21)))
        passives.keep([])
        #expect(passives.best(of: "q", before: SteadyTime(21)) == nil)
    }
}
