import AMQP
import Foundation
import Management
import Pump
import RopewayConfiguration
import Testing
import Transport

@testable import Relay

@Suite("A capture that is a stream")
struct StreamCaptureTests {
    private static func declaration(_ type: RouteConfiguration.QueueType?) -> CaptureDeclaration {
        CaptureDeclaration(
            names: ObjectNames(pair: "p", route: "r"),
            route: RouteConfiguration(
                name: "r",
                exchange: "x",
                bindings: .upstream,
                capture: .init(type: type, maxLengthBytes: 100_000_000),
                standby: .init(
                    type: .stream,
                    timeToLive: .seconds(60),
                    maxLength: nil,
                    maxLengthBytes: 1_000_000,
                    hold: .zero
                ),
                replay: .init(window: .all, rate: nil),
                acceptsRoutingChange: false,
                trustsUserID: false
            )
        )
    }

    @Test("is declared with segments that are small against what it may hold, and nothing that only queues have")
    func declared() throws {
        let arguments = Self.declaration(.stream).arguments(for: .stream)
        #expect(arguments["x-queue-type"]?.stringValue == "stream")
        #expect(arguments["x-stream-max-segment-size-bytes"]?.integerValue == 5_000_000)
        #expect(arguments["x-ropeway-incarnation"] != nil)
        #expect(arguments.fields.count == 3)
        #expect(CaptureDeclaration.segmentBytes(of: 1_000_000) == 1_000_000)
        #expect(CaptureDeclaration.segmentBytes(of: 1_000_000_000_000) == 100_000_000)
        let policies = Self.declaration(.stream).policies(for: .stream, wire: .classic, on: BrokerVersion(4, 0))
        #expect(policies.map(\.object) == ["ropeway.p.r.capture"])
        #expect(policies.map(\.definition) == [["max-length-bytes": .integer(100_000_000)]])
    }

    @Test("is one only where the configuration says so")
    func asked() throws {
        try Self.declaration(.stream).validate(.stream, existing: nil)
        #expect(throws: TopologyError.self) { try Self.declaration(nil).validate(.stream, existing: nil) }
        #expect(throws: TopologyError.self) { try Self.declaration(.quorum).validate(.stream, existing: nil) }
    }

    @Test("is behind by what lies between its end and what was copied")
    func lag() {
        var tracker = LagTracker()
        let start = ContinuousClock.now
        let copied = LagTracker.Progress(ChunkProgress(copied: 1_000, taken: 1_040))
        tracker.sample(at: start, roundTrip: .milliseconds(1), waiting: 60, copied)
        let lag = tracker.lag(at: start, copied)
        #expect(lag.messages == 100)
        let all = LagTracker.Progress(ChunkProgress(copied: 1_100, taken: 1_100))
        tracker.sample(at: start + .seconds(1), roundTrip: .milliseconds(1), waiting: 0, all)
        #expect(tracker.lag(at: start + .seconds(1), all) == RouteLag(messages: 0, seconds: 0, isKnown: true))
    }

    @Test("is not known to be anywhere before it is known how far it was copied")
    func unknown() {
        let progress = LagTracker.Progress(ChunkProgress(copied: nil, taken: nil))
        #expect(progress.settled == 0)
        #expect(progress.unsettled == 0)
    }

    @Test("is not copied to a broker that can't read what the other one writes")
    func versions() {
        let (old, new) = (BrokerVersion(3, 10, 8), BrokerVersion(4, 0, 5))
        func fault(_ source: BrokerVersion, _ destination: BrokerVersion) -> TopologyError.Code? {
            StreamCopy.fault(from: ("dc1", source), to: ("dc2", destination), object: "store")?.code
        }
        #expect(fault(new, old) == .notSupported)
        #expect(fault(old, new) == nil)
        #expect(fault(old, old) == nil)
        #expect(fault(new, BrokerVersion(4, 3, 6)) == nil)
        #expect(fault(BrokerVersion(4, 3, 6), new) == nil)
    }

    @Test("misses nothing from before the last look at which the store had all up to there")
    func whole() {
        var looks = WholeLooks()
        #expect(looks.last(before: 100) == nil)
        for (end, second) in [(50, 1.0), (50, 2), (80, 3), (200, 4)] as [(UInt64, Double)] {
            looks.note(end, at: Date(timeIntervalSince1970: second))
        }
        #expect(looks.last(before: 49) == nil)
        #expect(looks.last(before: 50) == Date(timeIntervalSince1970: 2))
        #expect(looks.last(before: 199) == Date(timeIntervalSince1970: 3))
        // Of another stream, nothing is known of the one before.
        looks.note(10, at: Date(timeIntervalSince1970: 5))
        #expect(looks.last(before: 199) == Date(timeIntervalSince1970: 5))
        for end in UInt64(11)..<1_000 { looks.note(end, at: Date(timeIntervalSince1970: 6)) }
        #expect(looks.last(before: 20) == nil)
    }

    @Test("ends where a look saw it, or where it has been taken up to since; nowhere that is known if it is another")
    func end() {
        func end(_ found: StreamEndProbe.End, _ before: UInt64?, _ after: UInt64?, isEmpty: Bool = false) -> UInt64? {
            Route.end(
                found,
                before: ChunkProgress(copied: before, taken: before),
                after: ChunkProgress(copied: after, taken: after),
                isEmpty: isEmpty
            )
        }
        #expect(end(.at(100), 80, 90) == 100)
        #expect(end(.at(100), 80, 130) == 130)
        #expect(end(.at(100), 101, 130) == nil)
        #expect(end(.at(100), nil, nil) == nil)
        #expect(end(.empty, nil, nil) == 0)
        #expect(end(.nothing, nil, nil, isEmpty: true) == 0)
        #expect(end(.nothing, nil, nil) == nil)
        #expect(end(.nothing, 5, 5, isEmpty: true) == nil)
    }
}
