import AMQP
import BrokerHarness
import Failover
import HTTPClient
import Management
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

@Suite("The rights of a replay", .timeLimit(.minutes(2)))
struct ReplayRightsTests {
    @Test("are known beforehand, and asking leaves nothing on the broker", arguments: ["direct", "fanout", "topic"])
    func write(type: String) async throws {
        try await Self.with(type) { topology, probe in
            #expect(try await probe(#"^(ropeway\..*|amq\.default|orders)$"#) == .granted)
            for (rights, exchange) in [(#"^(ropeway\..*|amq\.default)$"#, "orders"), ("^(orders)$", "amq.default")] {
                let error = try #require(try await probe(rights).error)
                #expect(error.code == .missingRights && error.object == exchange, "\(error)")
                for part in ["write", "'\(exchange)'", "user '"] { #expect(error.message.contains(part), "\(error)") }
            }
            #expect(try await topology.ready("billing") == 0)
            let queues = try await topology.site.management.queues(virtualHost: topology.virtualHost).map(\.name)
            #expect(queues == ["billing"])
        }
    }

    @Test("on topics are told apart: all keys, some, none")
    func topics() async throws {
        try await Self.with("topic", keys: ["orders.#", "other.*"]) { topology, probe in
            let all = #"^(ropeway\..*|amq\.default|orders)$"#
            #expect(try await probe(all, topics: "^(orders|other)") == .granted)
            let some = try await probe(all, topics: "^orders")
            guard case .partial(let error) = some else {
                Issue.record("\(some)")
                return
            }
            #expect(error.message.contains("'other.ropeway'"), "\(error)")
            #expect(try await probe(all, topics: "^nothing$").error?.code == .missingRights)
            #expect(try await topology.ready("billing") == 0)
        }
    }

    @Test("on an internal exchange are those of binding it, and nothing is bound")
    func internalExchange() async throws {
        try await Self.with("fanout", isInternal: true) { topology, probe in
            #expect(try await probe(#"^(ropeway\..*|amq\.default|orders)$"#) == .granted)
            #expect(try await probe(#"^(ropeway\..*|amq\.default)$"#).error?.object == "orders")
            try await topology.channel.declareExchange(topology.names.replay, type: "fanout")
            #expect(try await probe(#"^(ropeway\..*|amq\.default|orders)$"#) == .granted)
            let bindings = try await topology.site.management.bindings(
                fromExchange: topology.names.replay,
                virtualHost: topology.virtualHost
            )
            #expect(bindings.isEmpty)
        }
    }

    @Test("are unknown, and no obstacle, where a broker in an alarm does not answer")
    func alarm() async throws {
        try await SpareNode.with { node in
            try await node.alarm(true)
            let client = CurlClient()
            let configuration = try Topology.configuration(node: node, virtualHost: "/")
            let site = try Site(configuration.activeSite, client: client)
            let exchange = try #require(try await site.management.exchange("amq.fanout", virtualHost: "/"))
            let names = ObjectNames(pair: "pair", route: "orders")
            let rights = try await ReplayRights.probe(site, exchange: exchange, bindings: [], names: names)
            guard case .unknown = rights else {
                Issue.record("\(rights)")
                return
            }
            await client.shutdown()
            try await node.alarm(false)
        }
    }

    private typealias Probe = (_ write: String, _ topics: String?) async throws -> ReplayRights

    private struct Asking {
        let probe: Probe

        func callAsFunction(_ write: String, topics: String? = nil) async throws -> ReplayRights {
            try await probe(write, topics)
        }
    }

    /// Runs `body` with an exchange, and asks as a user who has certain rights to write.
    private static func with(
        _ type: String,
        keys: [String] = ["#"],
        isInternal: Bool = false,
        _ body: (Topology, Asking) async throws -> Void
    ) async throws {
        try await Topology.with { topology in
            try await topology.channel.declareExchange("orders", type: type, isInternal: isInternal)
            try await topology.channel.declareQueue("billing")
            for key in keys { try await topology.channel.bindQueue("billing", to: "orders", routingKey: key) }
            let user = "u-\(topology.virtualHost)"
            let management = topology.site.management
            try await management.putUser(HTTPCredentials(username: user, password: "p"), tags: ["monitoring"])
            let client = CurlClient()
            let configuration = try Topology.configuration(
                node: topology.node,
                virtualHost: topology.virtualHost,
                username: user,
                password: "p"
            )
            let site = try Site(configuration.activeSite, client: client)
            let exchange = try #require(
                try await management.exchange("orders", virtualHost: topology.virtualHost)
            )
            let bindings = try await management.bindings(fromExchange: "orders", virtualHost: topology.virtualHost)
            let asking = Asking { write, topics in
                try await management.putPermissions(
                    Permissions(configure: "^$", write: write, read: ".*"),
                    ofUser: user,
                    virtualHost: topology.virtualHost
                )
                if let topics {
                    let body = #"{"exchange":"orders","write":"\#(topics)","read":".*"}"#
                    let path = "/api/topic-permissions/\(topology.virtualHost)/\(user)"
                    let (status, _) = try await topology.node.management("PUT", path, body: body)
                    try #require((200..<300).contains(status))
                }
                return try await ReplayRights.probe(site, exchange: exchange, bindings: bindings, names: topology.names)
            }
            try await body(topology, asking)
            await client.shutdown()
            try await topology.node.management("DELETE", "/api/users/\(user)")
        }
    }
}

extension ReplayRights {
    fileprivate var error: TopologyError? {
        guard case .missing(let error) = self else { return nil }
        return error
    }
}
