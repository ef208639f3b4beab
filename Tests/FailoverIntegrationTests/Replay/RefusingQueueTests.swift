import AMQP
import BrokerHarness
import ErrorCodes
import Failover
import Foundation
import Logging
import NIOCore
import Pump
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

@Suite("A full queue that refuses", .timeLimit(.minutes(2)))
struct RefusingQueueTests {
    private static let full: FieldTable = ["x-max-length": 3, "x-overflow": "reject-publish"]

    @Test("holds up a replay, which says so and since when, and goes on once there is room")
    func replay() async throws {
        try await Topology.with { topology in
            // Given a store with more than the application's queue takes
            try await topology.declareExchange("fanout")
            try await topology.channel.declareQueue("billing", arguments: Self.full)
            try await topology.channel.bindQueue("billing", to: Topology.exchange)
            let standby = "{type: stream, ttl: 1h, max-length-bytes: 1GB}"
            try await topology.store(standby).prepare(on: topology.connection)
            let now = try await topology.fillStore(10) { _ in "k" }
            let replay = Replay(
                pair: "pair",
                route: try topology.route("standby: \(standby)", "replay: {window: all}"),
                site: topology.site,
                operation: "o",
                epoch: 1,
                cut: now,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let plan = try #require(try await replay.plan().plan)
            let started = Date()
            // When it is replayed, then the replay says what it waits for, and keeps saying since when
            let running = Task { try await replay.run(plan) }
            var first: RouteError?
            try await eventually(within: .seconds(20), "the replay says that it is refused") {
                first = await replay.progress().error
                return first?.code == .destinationRefuses
            }
            let error = try #require(first)
            #expect(error.message.contains("exchange 'orders' of site 'dc1'") && error.hint.contains("reject-publish"))
            let since = try #require(error.since)
            #expect(since >= started.addingTimeInterval(-1) && since <= Date())
            try await Task.sleep(for: .seconds(1))
            #expect(await replay.progress().error?.since == since)
            // And it goes on once there is room
            var taken = 0
            try await eventually(within: .seconds(60), "all are taken") {
                while try await topology.channel.get("billing", noAcknowledgement: true) != nil { taken += 1 }
                return taken >= 10
            }
            let ended = try await running.value
            #expect(ended.replayed == 10)
            #expect(ended.error == nil)
        }
    }

    @Test("holds up a shovel, which says so and since when")
    func shovel() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            try await topology.channel.declareQueue("source")
            try await topology.channel.bindQueue("source", to: Topology.exchange)
            try await topology.channel.declareQueue("sink", arguments: Self.full)
            try await topology.publish(10)
            let shovel = try Shovel(
                pair: "pair",
                try topology.shovel(from: "source", to: "sink"),
                from: topology.site,
                to: topology.site,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let running = Task { await shovel.run() }
            var first: RouteError?
            try await eventually(within: .seconds(20), "the shovel says that it is refused") {
                let status = await shovel.status().pump
                first = shovel.error(status)
                return first?.code == .destinationRefuses
            }
            running.cancel()
            await running.value
            let error = try #require(first)
            #expect(error.message.contains("queue 'sink' of site 'dc1'") && error.since != nil)
        }
    }
}
