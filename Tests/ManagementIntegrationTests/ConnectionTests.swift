import BrokerHarness
import HTTPClient
import Management
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ConnectionTests {
    @Test("Given connections of a user, when listed and closed by name, then they are gone and told why")
    func closes() async throws {
        try await Broker.with { (broker, virtualHost) async throws in
            let user = HTTPCredentials(username: "shop-\(virtualHost)", password: "pw")
            try await broker.api.putUser(user)
            try await broker.api.putPermissions(Permissions(), ofUser: user.username, virtualHost: virtualHost)
            let connections = try (1...2).map { number in
                try RawConnection(
                    port: broker.node.amqpPort,
                    user: user.username,
                    password: user.password,
                    virtualHost: virtualHost,
                    name: "shop \(number)"
                )
            }
            var listed: [ClientConnection] = []
            try await eventually(within: .seconds(20), "both connections are listed") { () async throws in
                listed = try await broker.api.connections().filter { $0.user == user.username }
                return listed.count == 2
            }
            #expect(listed.allSatisfy { $0.virtualHost == virtualHost })
            #expect(
                listed.compactMap { $0.clientProperties["connection_name"]?.string }.sorted() == ["shop 1", "shop 2"]
            )
            for (number, connection) in zip(1..., connections) {
                let one = listed.first { $0.clientProperties["connection_name"] == .string("shop \(number)") }
                #expect(try await broker.api.closeConnection(one?.name ?? "", reason: "closed by ropeway"))
                #expect(try connection.closeText().contains("closed by ropeway"))
            }
            try await eventually(within: .seconds(20), "no connection is listed") { () async throws in
                try await broker.api.connections().allSatisfy { $0.user != user.username }
            }
            #expect(try await broker.api.deleteUser(user.username))
        }
    }

    @Test("Given a cluster of two, when one node is killed, then health names it and the API goes on with the other")
    func clusterWithoutANode() async throws {
        let first = try await BrokerNode.start("cluster-a")
        let second = try await BrokerNode.start("cluster-b", joining: first)
        let client = CurlClient()
        let api = ManagementAPI(
            endpoints: [Broker.endpoint(port: second.managementPort), Broker.endpoint(port: first.managementPort)],
            credentials: HTTPCredentials(username: "guest", password: "guest"),
            timeouts: ManagementTimeouts(connect: .seconds(1), request: .seconds(5), call: .seconds(15)),
            client: client
        )
        let deadNode = try await api.only(Broker.endpoint(port: second.managementPort)).overview().node
        try await eventually(within: .seconds(30), "both nodes are healthy") { () async throws in
            await HealthChecks(api: api).run().verdict == .healthy
        }
        #expect(try await api.nodes().count == 2)

        try await second.kill()
        #expect(try await api.overview().node != deadNode)
        try await eventually(within: .seconds(60), "the dead node is named") { () async throws in
            let report = await HealthChecks(api: api).run()
            return report.verdict == .degraded && report.failures.count == 1
                && report.rows.contains { $0.node == deadNode && $0.name == "running" && $0.status == .failed }
        }
        try await second.wipe()
        try await first.wipe()
        await client.shutdown()
    }
}
