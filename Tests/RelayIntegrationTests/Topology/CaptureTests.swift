import AMQP
import BrokerHarness
import HTTPClient
import Management
import NIOCore
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

@Suite("Declaring a capture")
struct CaptureTests {
    @Test("when a capture is prepared twice, then the second time changes nothing")
    func idempotent() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("topic")
            let capture = try topology.capture("capture: {type: quorum, max-length-bytes: 12MB}")
            let first = try await capture.prepare(on: topology.connection)
            #expect(first.type == .quorum && first.exchange == .topic && !first.existed && !first.isExchangeInternal)
            let policies = try await topology.site.management.policies(virtualHost: topology.virtualHost)
            let second = try await capture.prepare(on: topology.connection)
            #expect(second.existed)
            let again = try await topology.site.management.policies(virtualHost: topology.virtualHost)
            #expect(again == policies)
            let queue = try #require(
                try await topology.site.management.queue(topology.names.capture, virtualHost: topology.virtualHost)
            )
            #expect(queue.totals.arguments["x-single-active-consumer"] == true)
            #expect(queue.totals.arguments["x-delivery-limit"] == 1_000_000_000)
            #expect(queue.totals.arguments["x-max-length-bytes"] == nil)
        }
    }

    @Test("given a changed limit, when the capture is prepared again, then the limit is in force")
    func changedLimit() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            for limit in [12_000_000, 5_000_000] {
                let capture = try topology.capture("capture: {type: classic, max-length-bytes: \(limit)}")
                let facts = try await capture.prepare(on: topology.connection)
                try await eventually(within: .seconds(20), "the broker says that the policy applies") {
                    try await capture.verify(facts)
                }
                let policy = try await topology.site.management.policy(
                    topology.names.capture,
                    virtualHost: topology.virtualHost
                )
                #expect(policy?.definition["max-length-bytes"] == .integer(Int64(limit)))
            }
        }
    }

    @Test(
        "given a full capture, then what is dropped trips the wire and what expires does not",
        arguments: [RouteConfiguration.QueueType.classic, .quorum]
    )
    func gap(type: RouteConfiguration.QueueType) async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            try await topology.channel.declareQueue("application", arguments: ["x-queue-type": "classic"])
            try await topology.channel.bindQueue("application", to: Topology.exchange)
            let capture = try topology.capture("capture: {type: \(type.rawValue), max-length-bytes: 1000000}")
            _ = try await capture.prepare(on: topology.connection)
            _ = try await capture.mirrorBindings(on: topology.channel)
            // Messages that live for 50 ms, in a capture that nobody consumes.
            var properties = BasicProperties()
            properties.expiration = "50"
            try await topology.publish(20, properties: properties)
            try await eventually(within: .seconds(10), "the short-lived ones are gone") {
                try await capture.depth(on: topology.channel) == 0
            }
            // What dead-lettering does is done by the time the next confirmed message is there.
            try await topology.publish(1)
            let untouched = try await capture.gap(on: topology.channel)
            #expect(untouched == GapState(isTripped: false, since: nil))
            // More than the limit.
            let confirming = try await topology.connection.openChannel()
            try await confirming.selectConfirms()
            for _ in 0..<12 {
                _ = try await confirming.publish(
                    ByteBuffer(repeating: 0, count: 100_000),
                    exchange: Topology.exchange,
                    routingKey: "k"
                )
            }
            try await eventually(within: .seconds(10), "the wire is tripped") {
                try await capture.gap(on: topology.channel).isTripped
            }
            let state = try await capture.gap(on: topology.channel)
            #expect(state.since != nil)
            // Looking at it leaves it as it is.
            for _ in 0..<50 {
                let again = try await capture.gap(on: topology.channel)
                #expect(again == state)
            }
            try await eventually(within: .seconds(10), "the wire is set up again") {
                try await capture.acknowledgeGap(on: topology.channel)
                return try await capture.gap(on: topology.channel) == GapState(isTripped: false, since: nil)
            }
        }
    }

    @Test("given a message that died elsewhere before, when the capture drops it, then the wire is tripped")
    func gapOfTheOnceDead() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            try await topology.channel.declareQueue("application", arguments: ["x-queue-type": "classic"])
            try await topology.channel.bindQueue("application", to: Topology.exchange)
            let capture = try topology.capture("capture: {type: classic, max-length-bytes: 1000000}")
            _ = try await capture.prepare(on: topology.connection)
            _ = try await capture.mirrorBindings(on: topology.channel)
            let confirming = try await topology.connection.openChannel()
            try await confirming.selectConfirms()
            var properties = BasicProperties()
            properties.headers = ["x-first-death-queue": "elsewhere", "x-first-death-reason": "expired"]
            for _ in 0..<12 {
                _ = try await confirming.publish(
                    ByteBuffer(repeating: 0, count: 100_000),
                    properties: properties,
                    exchange: Topology.exchange,
                    routingKey: "k"
                )
            }
            try await eventually(within: .seconds(10), "the wire is tripped") {
                try await capture.gap(on: topology.channel).isTripped
            }
        }
    }

    @Test("given a capture of another type, then the error says which and what to do, and nothing is changed")
    func otherType() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            _ = try await topology.capture("capture: {type: classic, max-length-bytes: 1GB}")
                .prepare(on: topology.connection)
            let quorum = try topology.capture("capture: {type: quorum, max-length-bytes: 1GB}")
            let error = try await topologyError { try await quorum.prepare(on: topology.connection) }
            #expect(error.code == .inequivalent && error.message.contains("classic") && error.hint.contains("classic"))
            // Without a configured type, the one that is there counts.
            let facts = try await topology.capture().prepare(on: topology.connection)
            #expect(facts.type == .classic)
        }
    }

    @Test("given a queue of that name with other arguments, then the error says what differs")
    func otherArguments() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            try await topology.channel.declareQueue(
                topology.names.capture,
                arguments: ["x-queue-type": "classic", "x-max-priority": 5]
            )
            let error = try await topologyError { try await topology.capture().prepare(on: topology.connection) }
            #expect(error.code == .inequivalent && error.message.contains("inequivalent arg"))
            #expect(error.object == topology.names.capture)
        }
    }

    @Test("given no exchange, then the error names it")
    func missingExchange() async throws {
        try await Topology.with { topology in
            let error = try await topologyError { try await topology.capture().prepare(on: topology.connection) }
            #expect(error.code == .exchangeMissing && error.object == Topology.exchange)
        }
    }

    @Test("given a consistent-hash exchange, then it is refused, with the way round")
    func consistentHash() async throws {
        try await Topology.with { topology in
            _ = try await topology.node.control([
                "eval",
                """
                #{enabled_plugins_file := F} = rabbit_prelaunch:get_context(), {ok, [L]} = file:consult(F), \
                ok = file:write_file(F, io_lib:format("~p.~n", [lists:usort([rabbitmq_consistent_hash_exchange | L])])), \
                rabbit_plugins:ensure(F).
                """,
            ])
            try await topology.declareExchange("x-consistent-hash")
            let error = try await topologyError { try await topology.capture().prepare(on: topology.connection) }
            #expect(error.code == .exchangeRefused && error.hint.contains("in front"))
            let queue = try await topology.site.management.queue(
                topology.names.capture,
                virtualHost: topology.virtualHost
            )
            #expect(queue == nil)
        }
    }

    @Test("given a user without a tag for the management API, then the error says which right is missing")
    func missingRights() async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            let user = "user-\(topology.virtualHost)"
            try await topology.node.management(
                "PUT",
                "/api/users/\(user)",
                body: #"{"password": "secret", "tags": "management"}"#
            )
            try await topology.node.management(
                "PUT",
                "/api/permissions/\(topology.virtualHost)/\(user)",
                body: #"{"configure":".*","write":".*","read":".*"}"#
            )
            let client = CurlClient()
            let configuration = try Topology.configuration(
                node: topology.node,
                virtualHost: topology.virtualHost,
                username: user,
                password: "secret"
            )
            let limited = try Site(configuration.activeSite, client: client)
            let capture = CaptureProvisioner(
                site: limited,
                names: topology.names,
                route: try topology.route("capture: {type: classic, max-length-bytes: 1GB}")
            )
            let error = try await topologyError { try await capture.prepare(on: topology.connection) }
            await client.shutdown()
            try await topology.node.management("DELETE", "/api/users/\(user)")
            #expect(error.code == .missingRights && error.hint.contains("policymaker"))
        }
    }
}
