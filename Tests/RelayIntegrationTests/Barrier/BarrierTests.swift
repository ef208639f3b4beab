import AMQP
import BrokerHarness
import Management
import NIOCore
import Relay
import RelayHarness
import Testing

@Suite("The barrier of an ended epoch", .timeLimit(.minutes(2)))
struct BarrierTests {
    private static let standby = "{type: classic, ttl: 1h, max-length-bytes: 1GB}"

    @Test("given a closed epoch, then the broker refuses its publishes and declarations, and those of no later epoch")
    func refused() async throws {
        try await Topology.with { topology in
            // Given a store that a relay of epoch 1 publishes into, on a channel that lives
            try await topology.store(Self.standby).prepare(on: topology.connection)
            let old = topology.names.standbyExchange(epoch: 1)
            let relay = try await topology.connection.openChannel()
            try await relay.selectConfirms()
            #expect(try await Self.publish(to: old, on: relay) == .confirmed)
            let barrier = StoreBarrier(site: topology.site, pair: "pair")
            let before = try await barrier.state(upTo: 1, routes: ["orders"])
            #expect(before.open == [old] && before.missing.isEmpty && !before.isClosed)
            // When the epoch is closed, and closed again
            try await barrier.close(upTo: 1, routes: ["orders"])
            try await barrier.close(upTo: 1, routes: ["orders"])
            // Then what it publishes is refused
            #expect(try await barrier.state(upTo: 1, routes: ["orders"]).isClosed)
            let refusal = try await Self.amqpError { try await Self.publish(to: old, on: relay) }
            #expect(refusal.replyCode == 403)
            // And so is declaring the exchange as it was
            let again = try await Self.amqpError {
                try await topology.connection.openChannel().declareExchange(old, type: "fanout")
            }
            #expect(again.replyCode == 406)
            // And a route of that epoch is told, and changes nothing
            let policies = try await topology.site.management.policies(virtualHost: topology.virtualHost)
            let changed = "{type: classic, ttl: 2h, max-length-bytes: 2GB}"
            let ended = try await topologyError { try await topology.store(changed).prepare(on: topology.connection) }
            #expect(ended.code == .epochEnded)
            #expect(ended.message.contains("epoch 1 of store 'ropeway.pair.orders.standby' has ended"))
            #expect(try await topology.site.management.policies(virtualHost: topology.virtualHost) == policies)
            // And the next epoch's routes publish
            try await topology.store(Self.standby, epoch: 3).prepare(on: topology.connection)
            let channel = try await topology.connection.openChannel()
            try await channel.selectConfirms()
            let next = try await Self.publish(to: topology.names.standbyExchange(epoch: 3), on: channel)
            #expect(next == .confirmed)
            #expect(try await topology.ready(topology.names.standby) == 2)
        }
    }

    @Test("given a route that the configuration has no more and one that never relayed, then both are closed")
    func routes() async throws {
        try await Topology.with { topology in
            let channel = topology.channel
            for name in ["gone.standby.e2", "gone.standby.e3", "older.standby", "gone.capture"] {
                try await channel.declareExchange("ropeway.pair.\(name)", type: "fanout")
            }
            try await channel.declareExchange("ropeway.other.gone.standby.e2", type: "fanout")
            try await StoreBarrier(site: topology.site, pair: "pair").close(upTo: 2, routes: ["never"])
            // Then only what is of the ended epoch, of before, or of this pair's plan is internal
            let exchanges = try await topology.site.management.exchanges(virtualHost: topology.virtualHost)
            let closed = exchanges.filter { $0.name.hasPrefix("ropeway.") && $0.isInternal }.map(\.name).sorted()
            #expect(
                closed == [
                    "ropeway.pair.gone.standby.e2", "ropeway.pair.never.standby.e2", "ropeway.pair.older.standby",
                ]
            )
        }
    }

    @Test("given relays that declare the exchange again and again, then it is closed for good all the same")
    func contested() async throws {
        try await Topology.with { topology in
            let store = try topology.store(Self.standby)
            try await store.prepare(on: topology.connection)
            let exchange = topology.names.standbyExchange(epoch: 1)
            let zombies = (0..<4).map { _ in
                Task {
                    let connection = try await topology.connect()
                    while !Task.isCancelled {
                        guard let channel = try? await connection.openChannel() else { break }
                        try? await channel.declareExchange(exchange, type: "fanout")
                        try? await channel.bindQueue(topology.names.standby, to: exchange)
                        try? await channel.close()
                    }
                    await connection.close()
                }
            }
            for epoch in 1...5 {
                try await topology.channel.deleteExchange(exchange)
                try await StoreBarrier(site: topology.site, pair: "pair").close(upTo: epoch, routes: ["orders"])
                let found = try await topology.site.management.exchange(exchange, virtualHost: topology.virtualHost)
                #expect(found?.isInternal == true)
            }
            for zombie in zombies { zombie.cancel() }
            for zombie in zombies { try await zombie.value }
        }
    }

    @Test("given many epochs, then the tombstones of the last ten are kept")
    func old() async throws {
        try await Topology.with { topology in
            let barrier = StoreBarrier(site: topology.site, pair: "pair")
            for epoch in stride(from: 1, through: 21, by: 2) {
                try await barrier.close(upTo: epoch, routes: ["orders"])
            }
            let kept = try await topology.site.management.exchanges(virtualHost: topology.virtualHost)
                .map(\.name).filter { $0.hasPrefix("ropeway.") }
            let expected = stride(from: 13, through: 21, by: 2).map { topology.names.standbyExchange(epoch: $0) }
            #expect(Set(kept) == Set(expected))
        }
    }

    @Test("given an exchange of a version that knew no epochs, when a store is prepared, then it is gone")
    func withoutEpoch() async throws {
        try await Topology.with { topology in
            try await topology.channel.declareExchange(topology.names.standby, type: "fanout")
            try await topology.store(Self.standby).prepare(on: topology.connection)
            let found = try await topology.site.management.exchange(
                topology.names.standby,
                virtualHost: topology.virtualHost
            )
            #expect(found == nil)
        }
    }

    private static func publish(to exchange: String, on channel: AMQPChannel) async throws -> PublishResult {
        try await channel.publish(ByteBuffer(string: "m"), exchange: exchange, routingKey: "k", mandatory: true)
    }

    private static func amqpError<Value>(of body: () async throws -> Value) async throws -> AMQPError {
        do {
            _ = try await body()
        } catch let error as AMQPError {
            return error
        }
        throw HarnessError("the broker refused nothing")
    }
}
