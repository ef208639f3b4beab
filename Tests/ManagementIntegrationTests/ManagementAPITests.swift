import BrokerHarness
import HTTPClient
import Management
import Testing

/// The management API of a real broker, with a client of its own.
struct Broker {
    let node: BrokerNode
    let client: CurlClient
    let api: ManagementAPI

    var endpoint: ManagementEndpoint { Self.endpoint(port: node.managementPort) }

    static func endpoint(port: Int) -> ManagementEndpoint {
        ManagementEndpoint(origin: HTTPOrigin(scheme: .http, host: "127.0.0.1", port: port))
    }

    /// Runs a test with the shared broker, in a virtual host of its own.
    static func with(_ test: (Broker, String) async throws -> Void) async throws {
        let node = try await SharedPair.get().dc1
        let virtualHost = try await freshVirtualHost(on: node)
        let client = CurlClient()
        let api = ManagementAPI(
            endpoints: [endpoint(port: node.managementPort)],
            credentials: HTTPCredentials(username: "guest", password: "guest"),
            client: client
        )
        do {
            try await test(Broker(node: node, client: client, api: api), virtualHost)
            try await api.deleteVirtualHost(virtualHost)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    func declareQueue(_ name: String, in virtualHost: String, _ json: String = #"{"durable":true}"#) async throws {
        let status = try await node.management("PUT", "/api/queues/\(virtualHost)/\(name)", body: json).status
        #expect((200...299).contains(status))
    }
}

func kind(_ body: () async throws(ManagementError) -> Void) async -> ManagementError.Kind? {
    do {
        try await body()
        return nil
    } catch {
        return error.kind
    }
}

@Suite(.timeLimit(.minutes(5)))
struct ManagementAPITests {
    @Test("Given a broker, when asked about itself, then version, node, user and virtual hosts are told")
    func cluster() async throws {
        try await Broker.with { (broker, virtualHost) async throws in
            let overview = try await broker.api.overview()
            #expect(BrokerVersion(overview.version).map { $0 >= BrokerVersion(3, 10) } == true)
            #expect(overview.exchangeTypes.contains("topic"))
            #expect(overview.listeners.contains { $0.protocol == "amqp" && $0.port == broker.node.amqpPort })
            let nodes = try await broker.api.nodes()
            #expect(nodes.map(\.name) == [overview.node])
            #expect(nodes.first?.isRunning == true)
            #expect(try await broker.api.whoAmI().tags.contains("administrator"))
            #expect(try await broker.api.virtualHosts().contains { $0.name == virtualHost })
            #expect(try await broker.api.virtualHost("absent") == nil)
            #expect(try await broker.api.definitions()["vhosts"]?.array?.isEmpty == false)
        }
    }

    @Test("Given a name with every awkward character, when a virtual host gets it, then it is found and deleted")
    func awkwardNames() async throws {
        try await Broker.with { (broker, _) async throws in
            let name = "a/b?c#d%e f&g+h=é;1"
            try await broker.api.putVirtualHost(name)
            try await broker.api.putVirtualHost(name)
            #expect(try await broker.api.virtualHost(name)?.name == name)
            #expect(try await broker.api.queueTotals(virtualHost: name).isEmpty)
            #expect(try await broker.api.deleteVirtualHost(name))
            #expect(try await broker.api.deleteVirtualHost(name) == false)
        }
    }

    @Test("Given queues of two types with messages, when polled the cheap way and in detail, then both agree")
    func queues() async throws {
        try await Broker.with { (broker, virtualHost) async throws in
            try await broker.declareQueue("c", in: virtualHost)
            try await broker.declareQueue(
                "q",
                in: virtualHost,
                #"{"durable":true,"arguments":{"x-queue-type":"quorum","x-max-length":7}}"#
            )
            let publish =
                #"{"properties":{"delivery_mode":2},"routing_key":"c","payload":"x","payload_encoding":"string"}"#
            for _ in 0..<3 {
                try await broker.node.management(
                    "POST",
                    "/api/exchanges/\(virtualHost)/amq.default/publish",
                    body: publish
                )
            }
            let totals = try await broker.api.queueTotals(virtualHost: virtualHost)
            #expect(totals.map(\.name).sorted() == ["c", "q"])
            let classic = totals.first { $0.name == "c" }
            #expect(classic?.messages == 3)
            #expect(classic?.ready == 3)
            let quorum = totals.first { $0.name == "q" }
            #expect(quorum?.type == "quorum")
            #expect(quorum?.arguments["x-max-length"] == 7)

            try await eventually(within: .seconds(20), "the statistics know the messages") { () async throws in
                try await broker.api.queue("c", virtualHost: virtualHost)?.totals.messages == 3
            }
            #expect(try await broker.api.queues(virtualHost: virtualHost).count == 2)
            #expect(try await broker.api.queue("absent", virtualHost: virtualHost) == nil)

            let refusal = await kind { () throws(ManagementError) in
                try await broker.api.deleteQueue("c", virtualHost: virtualHost, ifEmpty: true)
            }
            guard case .rejected(status: 400, _, _) = refusal else {
                Issue.record("a queue with messages was deleted: \(String(describing: refusal))")
                return
            }
            #expect(try await broker.api.purgeQueue("c", virtualHost: virtualHost))
            #expect(try await broker.api.queueTotals(virtualHost: virtualHost).first { $0.name == "c" }?.messages == 0)
            #expect(try await broker.api.deleteQueue("c", virtualHost: virtualHost))
            #expect(try await broker.api.deleteQueue("c", virtualHost: virtualHost) == false)
        }
    }

    @Test("Given more queues than a page holds, when listed, then all come, once each")
    func pages() async throws {
        try await Broker.with { (broker, virtualHost) async throws in
            let names = (0..<520).map { "p\($0)" }
            let definitions = names.map { #"{"name":"\#($0)","durable":true,"auto_delete":false,"arguments":{}}"# }
            let body = #"{"queues":[\#(definitions.joined(separator: ","))]}"#
            let status = try await broker.node.management(
                "POST",
                "/api/definitions/\(virtualHost)",
                body: body,
                within: .seconds(120)
            ).status
            #expect((200...299).contains(status))
            let found = try await broker.api.queueTotals(virtualHost: virtualHost).map(\.name)
            #expect(found.sorted() == names.sorted())
        }
    }

    @Test("Given exchanges and bindings, when read, then sources, destinations and arguments are right")
    func bindings() async throws {
        try await Broker.with { (broker, virtualHost) async throws in
            let path = "/api/exchanges/\(virtualHost)/orders"
            try await broker.node.management("PUT", path, body: #"{"type":"topic","durable":true}"#)
            try await broker.declareQueue("q", in: virtualHost)
            let body = #"{"routing_key":"a.#","arguments":{"x":1}}"#
            try await broker.node.management("POST", "/api/bindings/\(virtualHost)/e/orders/q/q", body: body)
            #expect(try await broker.api.exchange("orders", virtualHost: virtualHost)?.type == "topic")
            #expect(try await broker.api.exchange("absent", virtualHost: virtualHost) == nil)
            #expect(try await broker.api.exchange("", virtualHost: virtualHost)?.name == "")
            #expect(try await broker.api.exchanges(virtualHost: virtualHost).contains { $0.name == "orders" })
            let from = try await broker.api.bindings(fromExchange: "orders", virtualHost: virtualHost)
            #expect(from.map(\.routingKey) == ["a.#"])
            #expect(from.first?.destinationType == .queue)
            #expect(from.first?.arguments == ["x": 1])
            let to = try await broker.api.bindings(toQueue: "q", virtualHost: virtualHost)
            #expect(to.map(\.source).sorted() == ["", "orders"])
            #expect(try await broker.api.bindings(fromExchange: "absent", virtualHost: virtualHost) == [])
            #expect(try await broker.api.deleteExchange("orders", virtualHost: virtualHost))
        }
    }

    @Test("Given policies of both kinds, when put, read and deleted, then they are what was put")
    func policies() async throws {
        try await Broker.with { (broker, virtualHost) async throws in
            for kind in PolicyKind.allCases {
                let policy = Policy(
                    virtualHost: virtualHost,
                    name: "ropeway.a b/c",
                    pattern: #"^orders\.capture$"#,
                    appliesTo: "queues",
                    priority: 7,
                    definition: ["max-length": 10]
                )
                try await broker.api.putPolicy(policy, kind: kind)
                #expect(try await broker.api.policy(policy.name, kind: kind, virtualHost: virtualHost) == policy)
                #expect(try await broker.api.policies(kind, virtualHost: virtualHost) == [policy])
                #expect(try await broker.api.deletePolicy(policy.name, kind: kind, virtualHost: virtualHost))
                #expect(try await broker.api.policy(policy.name, kind: kind, virtualHost: virtualHost) == nil)
            }
        }
    }

    @Test("Given a global parameter, when put, listed and deleted, then its JSON comes back as it was")
    func globalParameters() async throws {
        try await Broker.with { (broker, virtualHost) async throws in
            let name = "ropeway.\(virtualHost).1"
            let value: JSONValue = ["version": 1, "nested": ["list": [1, 2.5, "x", nil, true]], "text": "é\n\"/"]
            try await broker.api.putGlobalParameter(name, value: value)
            #expect(try await broker.api.globalParameter(name) == value)
            #expect(try await broker.api.globalParameters().contains { $0.name == name && $0.value == value })
            #expect(try await broker.api.deleteGlobalParameter(name))
            #expect(try await broker.api.globalParameter(name) == nil)
            #expect(try await broker.api.deleteGlobalParameter(name) == false)
        }
    }

    @Test("Given a new user, when limits and permissions are set and cleared, then they read back")
    func users() async throws {
        try await Broker.with { (broker, virtualHost) async throws in
            let user = "u-\(virtualHost)"
            try await broker.api.putUser(HTTPCredentials(username: user, password: "pw"), tags: ["monitoring"])
            #expect(try await broker.api.user(user)?.tags == ["monitoring"])
            try await broker.api.setLimit(.connections, to: 5, ofVirtualHost: virtualHost)
            #expect(try await broker.api.limits(ofVirtualHost: virtualHost) == [.connections: 5])
            try await broker.api.clearLimit(.connections, ofVirtualHost: virtualHost)
            #expect(try await broker.api.permissions(ofUser: user, virtualHost: virtualHost) == nil)
            let permissions = Permissions(configure: "^a$", write: "", read: ".*")
            try await broker.api.putPermissions(permissions, ofUser: user, virtualHost: virtualHost)
            #expect(try await broker.api.permissions(ofUser: user, virtualHost: virtualHost) == permissions)
            #expect(try await broker.api.deletePermissions(ofUser: user, virtualHost: virtualHost))
            #expect(try await broker.api.connections().contains { $0.user == user } == false)
            #expect(try await broker.api.closeConnection("absent", reason: "test\r\nX: y") == false)
            #expect(try await broker.api.deleteUser(user))
        }
    }
}
