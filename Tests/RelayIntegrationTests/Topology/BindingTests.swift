import AMQP
import BrokerHarness
import Management
import NIOCore
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

@Suite("Binding a capture")
struct BindingTests {
    @Test("given bindings to queues and exchanges, then the capture follows the distinct ones as they come and go")
    func follows() async throws {
        try await Topology.with { topology in
            let channel = topology.channel
            try await topology.declareExchange("topic")
            let capture = try topology.capture()
            _ = try await capture.prepare(on: topology.connection)
            // An exchange that has no bindings yet.
            let none = try await capture.mirrorBindings(on: channel)
            #expect(none.isEmpty && !none.isFirst)

            try await channel.declareQueue("q1", arguments: ["x-queue-type": "classic"])
            try await channel.declareQueue("q2", arguments: ["x-queue-type": "classic"])
            try await channel.declareExchange("further", type: "fanout")
            try await channel.bindQueue("q1", to: Topology.exchange, routingKey: "eu.*")
            try await channel.bindQueue("q2", to: Topology.exchange, routingKey: "eu.*")
            try await channel.bindExchange("further", to: Topology.exchange, routingKey: "us.#")
            // What leads to no queue makes nothing routable.
            try await channel.declareExchange("empty", type: "fanout")
            try await channel.bindExchange("empty", to: Topology.exchange, routingKey: "africa.#")
            try await channel.bindQueue("q1", to: "further")
            // What another route's object is bound to is no demand of an application.
            try await channel.declareQueue("ropeway.pair.other.capture", arguments: ["x-queue-type": "classic"])
            try await channel.bindQueue("ropeway.pair.other.capture", to: Topology.exchange, routingKey: "#")
            let first = try await capture.mirrorBindings(on: channel)
            #expect(first.isFirst && first.removed.isEmpty)
            #expect(first.added.map(\.routingKey) == ["eu.*", "us.#"])
            #expect(try await topology.captureKeys() == ["eu.*", "us.#"])
            #expect(try await capture.mirrorBindings(on: channel).isEmpty)

            try await channel.bindQueue("q1", to: Topology.exchange, routingKey: "asia")
            try await channel.unbindExchange("further", from: Topology.exchange, routingKey: "us.#")
            try await channel.unbindQueue("q2", from: Topology.exchange, routingKey: "eu.*")
            let second = try await capture.mirrorBindings(on: channel)
            #expect(second.added.map(\.routingKey) == ["asia"] && second.removed.map(\.routingKey) == ["us.#"])
            #expect(!second.isFirst)
            #expect(try await topology.captureKeys() == ["asia", "eu.*"])

            #expect(try await capture.detach(on: channel).count == 2)
            #expect(try await topology.captureKeys().isEmpty)
        }
    }

    @Test("given a headers exchange, then a message is captured exactly if an application's binding matches it")
    func headers() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("headers")
            try await topology.channel.declareQueue("q1", arguments: ["x-queue-type": "classic"])
            try await topology.channel.bindQueue(
                "q1",
                to: Topology.exchange,
                arguments: ["x-match": "all", "size": .int32(3), "colour": "red", "fast": true]
            )
            let capture = try topology.capture()
            _ = try await capture.prepare(on: topology.connection)
            _ = try await capture.mirrorBindings(on: topology.channel)
            #expect(try await capture.mirrorBindings(on: topology.channel).isEmpty)
            for size in [FieldValue.int32(3), .int64(3), .int32(4)] {
                var properties = BasicProperties()
                properties.headers = ["size": size, "colour": "red", "fast": true]
                try await topology.publish(1, properties: properties)
            }
            let routed = try await topology.ready("q1")
            #expect(routed > 0)
            // From RabbitMQ 4.0 on it is a quorum queue, which says 0 where its leader takes longer than 250 ms.
            try await eventually(within: .seconds(10), "it captured as many") {
                try await capture.depth(on: topology.channel) == routed
            }
        }
    }

    @Test("given a fanout exchange with two queues, then one binding captures each message once")
    func fanout() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            for queue in ["q1", "q2"] {
                try await topology.channel.declareQueue(queue, arguments: ["x-queue-type": "classic"])
                try await topology.channel.bindQueue(queue, to: Topology.exchange, routingKey: queue)
            }
            let capture = try topology.capture()
            _ = try await capture.prepare(on: topology.connection)
            let change = try await capture.mirrorBindings(on: topology.channel)
            #expect(change.added.count == 1)
            try await topology.publish(5)
            // From RabbitMQ 4.0 on it is a quorum queue, which says 0 where its leader takes longer than 250 ms.
            try await eventually(within: .seconds(10), "it captured each once") {
                try await capture.depth(on: topology.channel) == 5
            }
        }
    }

    @Test("given a key that the broker refuses, then the others are bound, and it is named")
    func refusedKey() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("topic")
            try await topology.channel.declareQueue("q1", arguments: ["x-queue-type": "classic"])
            try await topology.channel.bindQueue("q1", to: Topology.exchange, routingKey: "#")
            let key = "#.a.#.b.#"
            let capture = try topology.capture(##"bindings: [{routing-key: "\##(key)"}, {routing-key: "k"}]"##)
            _ = try await capture.prepare(on: topology.connection)
            let change = try await capture.mirrorBindings(on: topology.connection)
            try await topology.publish(2)
            try await eventually(within: .seconds(5), "the other key is bound") {
                try await capture.depth(on: topology.channel) == 2
            }
            // Older versions take it.
            guard topology.node.version >= NodeVersion("4.3.5")! else {
                #expect(change.refused.isEmpty && change.added.count == 2)
                return
            }
            #expect(change.added.map(\.routingKey) == ["k"])
            #expect(change.refused.map(\.binding.routingKey) == [key])
            #expect(change.refused.allSatisfy { !$0.isCovered && $0.reason.contains("#") })
            let again = try await capture.mirrorBindings(on: topology.connection, besides: change.refused)
            #expect(again.isEmpty && again.refused == change.refused)

            // One that another covers is missed by nobody.
            let wide = try topology.capture(##"bindings: [{routing-key: "\##(key)"}, {routing-key: "#"}]"##)
            let covered = try await wide.mirrorBindings(on: topology.connection)
            #expect(covered.refused.allSatisfy(\.isCovered) && covered.refused.count == 1)
        }
    }

    @Test("given an explicit list wider than the exchange's own bindings, then it needs accept-routing-change")
    func explicit() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("topic")
            try await topology.channel.declareQueue("q1", arguments: ["x-queue-type": "classic"])
            try await topology.channel.bindQueue("q1", to: Topology.exchange, routingKey: "eu.#")
            let wide = try topology.capture(##"bindings: [{routing-key: "#"}]"##)
            let error = try await topologyError { try await wide.prepare(on: topology.connection) }
            #expect(error.code == .routingChange && error.message.contains("'#'"))

            let narrow = try topology.capture(#"bindings: [{routing-key: "eu.*.new"}]"#)
            _ = try await narrow.prepare(on: topology.connection)
            _ = try await narrow.mirrorBindings(on: topology.channel)
            #expect(try await topology.captureKeys() == ["eu.*.new"])

            let accepted = try topology.capture(##"bindings: [{routing-key: "#"}]"##, "accept-routing-change: true")
            _ = try await accepted.prepare(on: topology.connection)
            _ = try await accepted.mirrorBindings(on: topology.channel)
            #expect(try await topology.captureKeys() == ["#"])
        }
    }

    @Test("given exchanges behind the exchange, then what returned to its publisher still does")
    func furtherExchanges() async throws {
        try await Topology.with { topology in
            let channel = topology.channel
            // orders -> (a.#) -> sub -> (*.b) -> q1
            try await topology.declareExchange("topic")
            try await channel.declareExchange("sub", type: "topic")
            try await channel.bindExchange("sub", to: Topology.exchange, routingKey: "a.#")
            try await channel.declareQueue("q1", arguments: ["x-queue-type": "classic"])
            try await channel.bindQueue("q1", to: "sub", routingKey: "*.b")
            let capture = try topology.capture()
            _ = try await capture.prepare(on: topology.connection)
            _ = try await capture.mirrorBindings(on: channel)
            #expect(try await topology.captureKeys() == ["a.b"])
            let confirming = try await topology.connection.openChannel()
            try await confirming.selectConfirms()
            for (key, isRoutable) in [("a.b", true), ("a.c", false), ("a.b.c", false)] {
                let result = try await confirming.publish(
                    ByteBuffer(string: key),
                    exchange: Topology.exchange,
                    routingKey: key,
                    mandatory: true
                )
                #expect((result == .confirmed) == isRoutable, "\(key): \(result)")
            }
            // From RabbitMQ 4.0 on it is a quorum queue, which says 0 where its leader takes longer than 250 ms.
            try await eventually(within: .seconds(10), "it captured the one that is routed") {
                try await capture.depth(on: channel) == 1
            }
            #expect(try await topology.ready("q1") == 1)
        }
    }

    @Test("given an auto-delete exchange, then it needs accept-routing-change; an internal one does not")
    func autoDelete() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout", autoDelete: true)
            let error = try await topologyError { try await topology.capture().prepare(on: topology.connection) }
            #expect(error.code == .routingChange && error.hint.contains("accept-routing-change"))
            _ = try await topology.capture("accept-routing-change: true").prepare(on: topology.connection)
        }
        try await Topology.with { topology in
            try await topology.channel.declareExchange(Topology.exchange, type: "fanout", isInternal: true)
            let facts = try await topology.capture().prepare(on: topology.connection)
            #expect(facts.isExchangeInternal)
        }
    }
}
