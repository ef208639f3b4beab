import AMQP
import BrokerHarness
import Management
import NIOCore
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

@Suite("Traps of a capture")
struct CaptureTrapTests {
    @Test("given 500 unacknowledged messages, when their consumer loses its connection thirty times, then all are left")
    func deliveryLimit() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            try await topology.channel.declareQueue("application", arguments: ["x-queue-type": "classic"])
            try await topology.channel.bindQueue("application", to: Topology.exchange)
            let capture = try topology.capture("capture: {type: quorum, max-length-bytes: 1GB}")
            _ = try await capture.prepare(on: topology.connection)
            _ = try await capture.mirrorBindings(on: topology.channel)
            try await topology.publish(500)
            for _ in 0..<30 {
                let consumer = try await topology.connect()
                let channel = try await consumer.openChannel()
                let counter = try await DeliveryCounter.start(
                    on: channel,
                    queue: topology.names.capture,
                    prefetch: 1000
                )
                try await eventually(within: .seconds(20), "all 500 are delivered") { counter.count == 500 }
                consumer.drop()
                _ = await consumer.waitUntilClosed()
            }
            try await eventually(within: .seconds(20), "all 500 are ready again") {
                try await capture.depth(on: topology.channel) == 500
            }
            let isTripped = try await capture.gap(on: topology.channel).isTripped
            #expect(!isTripped)
        }
    }

    @Test(
        "given a backlog behind what a lost consumer held, when it is taken back, then publishers wait for no confirm",
        arguments: ["classic", "quorum"]
    )
    func takingBack(type: String) async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            let arguments: FieldTable = ["x-queue-type": "classic", "x-max-length": 1]
            try await topology.channel.declareQueue("application", arguments: arguments)
            try await topology.channel.bindQueue("application", to: Topology.exchange)
            let capture = try topology.capture("capture: {type: \(type), max-length-bytes: 1GB}")
            _ = try await capture.prepare(on: topology.connection)
            _ = try await capture.mirrorBindings(on: topology.channel)
            // Given a consumer that holds 4,000 while 60,000 come
            let consumer = try await topology.connect()
            let counter = try await DeliveryCounter.start(
                on: try await consumer.openChannel(),
                queue: topology.names.capture,
                prefetch: 4000
            )
            try await topology.publishMany(60_000)
            try await eventually(within: .seconds(20), "the consumer holds 4,000") { counter.count == 4000 }
            // When it is lost
            consumer.drop()
            _ = await consumer.waitUntilClosed()
            // Then the next publish is confirmed; a queue that is not lazy needs 20 s for it on RabbitMQ 3.10
            let confirmed = try await topology.connection.withLimit(.seconds(8)) {
                try await topology.publish(1)
                return true
            }
            #expect(confirmed)
        }
    }

    @Test("given publishers without confirms that close at once, then the default capture has all they sent")
    func shortLivedPublishers() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            try await topology.channel.declareQueue("application", arguments: ["x-queue-type": "classic"])
            try await topology.channel.bindQueue("application", to: Topology.exchange)
            let capture = try topology.capture()
            let facts = try await capture.prepare(on: topology.connection)
            // On 3.10 a quorum queue would lack some of it.
            #expect(facts.type == (topology.node.version < .v4 ? .classic : .quorum))
            _ = try await capture.mirrorBindings(on: topology.channel)
            for _ in 0..<100 {
                let publisher = try await topology.connect()
                let channel = try await publisher.openChannel()
                try await channel.onEventLoop { lane in
                    for index in 0..<50 {
                        try lane.publish(
                            ByteBuffer(string: "\(index)"),
                            properties: BasicProperties(),
                            exchange: Topology.exchange,
                            routingKey: "k",
                            mandatory: false
                        )
                    }
                    lane.flush()
                }
                await publisher.close()
            }
            try await eventually(within: .seconds(20), "all 5,000 are in the capture") {
                try await capture.depth(on: topology.channel) == 5000
            }
        }
    }

    @Test(
        "given a virtual host whose default queue type is quorum, then every queue has the type that it was declared with"
    )
    func defaultQueueType() async throws {
        try await Topology.with(defaultQueueType: "quorum") { topology in
            try await topology.channel.declareQueue("control")
            let control = try await topology.site.management.queue("control", virtualHost: topology.virtualHost)
            // The default is in force, else this proves nothing.
            try #require(control?.totals.type == "quorum")
            try await topology.declareExchange("direct")
            _ = try await topology.capture().prepare(on: topology.connection)
            try await topology.site.prepareQuarantine(on: topology.connection, names: topology.names)
            try await topology.store("{type: classic, ttl: 1h, max-length-bytes: 1GB}").prepare(on: topology.connection)
            let names = topology.names
            let replicated = topology.node.version < .v4 ? "classic" : "quorum"
            for (queue, type) in [
                (names.capture, replicated), (names.gap, "classic"), (names.quarantine, replicated),
                (names.standby, "classic"),
            ] {
                let details = try await topology.site.management.queue(queue, virtualHost: topology.virtualHost)
                #expect(details?.totals.type == type, "\(queue)")
                #expect(details?.totals.isDurable == true, "\(queue)")
            }
        }
    }
}
