import Consumption
import NIOCore
import Pump
import RelayHarness
import RopewayConfiguration
import Routing
import Testing

@testable import AMQP
@testable import Relay

@Suite("Positions of a route")
struct PositionCounterTests {
    /// A relay's transform with clocks that the test sets.
    private final class Bench {
        let positions: RoutePositions
        private(set) var transform: EnvelopeTransform
        private let clock: Clock
        private var slot: UInt64 = 0

        final class Clock {
            var wall: Int64 = 1_000_000
            var steady: Int64 = 0
        }

        init(floor: Int64 = 0) {
            positions = RoutePositions(floor: Position(floor), instance: "i")
            clock = Clock()
            transform = Self.transform(positions, clock)
        }

        private static func transform(_ positions: RoutePositions, _ clock: Clock) -> EnvelopeTransform {
            EnvelopeTransform(
                .init(origin: "dc1", epoch: 1, store: .stream, trustsUserID: false),
                positions: positions,
                now: { clock.wall },
                steadyNow: { SteadyTime(clock.steady) }
            )
        }

        /// The clock goes on, or the wall's is set.
        func pass(_ milliseconds: Int64, wall: Int64? = nil) {
            clock.steady += milliseconds
            clock.wall = wall ?? clock.wall + milliseconds
        }

        var now: SteadyTime { SteadyTime(clock.steady) }

        /// Another session begins, with slots from 0.
        func reconnect() {
            transform = Self.transform(positions, clock)
            slot = 0
        }

        /// Relays a message, and tells the time in its envelope.
        @discardableResult
        func relay(_ properties: BasicProperties = BasicProperties(), redelivered: Bool = false) throws -> Int64 {
            defer { slot += 1 }
            return try relay(properties, redelivered: redelivered, slot: slot)
        }

        /// Relays what was refused once more.
        func again(slot: UInt64) throws -> Int64 { try relay(BasicProperties(), redelivered: false, slot: slot) }

        private func relay(_ properties: BasicProperties, redelivered: Bool, slot: UInt64) throws -> Int64 {
            let batch = try DeliveryBatch.delivered(properties)
            batch.entries[0].isRedelivered = redelivered
            let disposition = transform.disposition(of: PumpMessage(batch, at: 0), slot: slot)
            guard case .publish(.spliced(let rewriter, _, _)) = disposition else { return -1 }
            var raw = try rewriter.rewrite(batch.rawProperties(at: 0))
            return try BasicProperties(decoding: &raw).headers?["x-ropeway-time"]?.integerValue ?? -1
        }

        /// A canary that was sent at an instant comes out.
        func canary(sentAt instant: SteadyTime) throws {
            let id = FieldValue.string(Canary.id(instant, instance: "i"))
            _ = try relay(BasicProperties(headers: ["x-ropeway-sentinel": id]))
        }

        /// A canary comes out behind everything, and all of it is settled.
        func settleAll() throws {
            try canary(sentAt: now)
            transform.settled(upTo: slot)
        }
    }

    private static func table(_ queues: String...) -> RoutingTable {
        RoutingTable(
            RoutingTopology(
                exchanges: [.init("orders", type: "fanout")],
                bindings: queues.map { .init(from: "orders", to: .queue($0)) }
            ),
            publishedTo: "orders",
            rules: RoutingRules(major: 3, minor: 10)
        )
    }

    private static func bench() throws -> Bench {
        let bench = Bench()
        bench.positions.changeBindings(to: table("q"), withdrawn: nil, readAt: bench.now)
        bench.pass(10)
        try bench.canary(sentAt: bench.now)
        return bench
    }

    private static func counted(_ bench: Bench, _ queue: String = "q") -> UInt64? {
        let log = bench.positions.log
        guard let start = log.start, let end = log.end else { return nil }
        return log.counted(queue, from: start, to: end)?.upperBound
    }

    @Test("never go back, whatever the clock does, and begin behind those of an earlier relay")
    func order() throws {
        let bench = Bench(floor: 5_000_000)
        #expect(try bench.relay() >= 5_000_000)
        bench.pass(100, wall: 6_000_000)
        #expect(try bench.relay() == 6_000_000)
        bench.pass(100, wall: 1_000)
        let before = try bench.relay()
        bench.reconnect()
        #expect(try before >= 6_000_000 && bench.relay() >= before)
    }

    @Test("count messages once what comes out entered the capture after the bindings were read")
    func bindings() throws {
        let bench = Bench()
        bench.positions.changeBindings(to: Self.table("q"), withdrawn: nil, readAt: bench.now + 5)
        // Given messages that may have come before the bindings were as they are
        try bench.relay()
        try bench.canary(sentAt: bench.now + 4)
        try bench.relay()
        bench.pass(10)
        try bench.canary(sentAt: bench.now)
        for _ in 0..<3 { try bench.relay() }
        try bench.settleAll()
        // Then only those behind the canary count
        #expect(Self.counted(bench) == 3)
    }

    @Test("count nothing that was delivered or published before")
    func onlyOnce() throws {
        let bench = try Self.bench()
        try bench.relay()
        _ = try bench.again(slot: 1)
        try bench.relay(redelivered: true)
        try bench.settleAll()
        bench.reconnect()
        try bench.relay(redelivered: true)
        try bench.relay()
        try bench.settleAll()
        #expect(Self.counted(bench) == 2)
    }

    @Test("forget what was counted to queues whose bindings went since they were last seen")
    func withdrawn() throws {
        let bench = try Self.bench()
        try bench.relay()
        try bench.settleAll()
        bench.pass(1000)
        bench.positions.confirmBindings(sentAt: bench.now)
        bench.pass(1000)
        // Given messages that may have come after the binding went
        try bench.relay()
        try bench.settleAll()
        bench.pass(1000)
        bench.positions.changeBindings(to: Self.table("r"), withdrawn: nil, readAt: bench.now)
        bench.pass(10)
        try bench.canary(sentAt: bench.now)
        try bench.relay()
        try bench.settleAll()
        #expect(Self.counted(bench) == 1)
        #expect(Self.counted(bench, "r") == 1)
    }

    @Test("are confirmed once everything before them is in the store")
    func confirmed() throws {
        let bench = try Self.bench()
        try bench.relay()
        bench.pass(50)
        #expect(bench.positions.log.position(confirmedAt: bench.now) == nil)
        try bench.settleAll()
        let first = try #require(bench.positions.log.position(confirmedAt: bench.now))
        bench.pass(500)
        let time = try bench.relay()
        #expect(Position(time) >= first)
        #expect(bench.positions.log.position(confirmedAt: bench.now) == first)
        try bench.settleAll()
        #expect(try #require(bench.positions.log.position(confirmedAt: bench.now)) > Position(time))
    }

    @Test("know of every message without a timestamp, also across sessions")
    func timestamps() throws {
        let bench = try Self.bench()
        let start = try #require(bench.positions.log.start)
        try bench.relay(BasicProperties(timestamp: 7))
        for _ in 0..<2 { try bench.relay() }
        try bench.settleAll()
        bench.reconnect()
        try bench.relay()
        try bench.settleAll()
        #expect(bench.positions.log.untimed(from: start) == 3)
    }

    @Test("have few canaries under way, and another each minute where none arrives")
    func canaries() throws {
        let bench = Bench()
        var first: SteadyTime?
        for _ in 0..<4 {
            bench.pass(1000)
            let sent = bench.positions.canary(at: bench.now)
            #expect(sent != nil)
            first = first ?? sent
        }
        bench.pass(1000)
        #expect(bench.positions.canary(at: bench.now) == nil)
        // When the first has come out, then it has not arrived before all ahead of it is settled
        try bench.canary(sentAt: #require(first))
        #expect(bench.positions.canary(at: bench.now) == nil)
        try bench.settleAll()
        for _ in 0..<4 { #expect(bench.positions.canary(at: bench.now) != nil) }
        #expect(bench.positions.canary(at: bench.now) == nil)
        bench.pass(60_000)
        #expect(bench.positions.canary(at: bench.now) != nil)
    }
}
