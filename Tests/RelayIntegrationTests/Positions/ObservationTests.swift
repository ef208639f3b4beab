import AMQP
import BrokerHarness
import HTTPClient
import Management
import NIOCore
import Relay
import RelayHarness
import Testing

@Suite("Observing queues of a broker", .timeLimit(.minutes(5)))
struct ObservationTests {
    @Test("given queues with consumers that hold messages, then every source tells of them what it should")
    func everything() async throws {
        try await Topology.with { topology in
            let (channel, host, api) = (topology.channel, topology.virtualHost, topology.site.management)
            let odd = "a b/ü\"x"
            for (name, type) in [("cq", "classic"), ("qq", "quorum"), ("st", "stream"), (odd, "quorum")] {
                var arguments: FieldTable = ["x-queue-type": .string(type)]
                if type == "classic" { arguments["x-overflow"] = .string("drop-head") }
                try await channel.declareQueue(name, arguments: arguments)
            }
            try await topology.putPolicy("limits", ["message-ttl": 3_600_000], pattern: "^cq$")
            let publisher = try await PipelinedPublisher.open(on: try await topology.connection.openChannel())
            for number in 0..<3 {
                for queue in ["cq", "qq", "st"] {
                    try await publisher.publish(
                        ByteBuffer(string: "x"),
                        properties: BasicProperties(timestamp: 1_700_000_000 + UInt64(number)),
                        exchange: "",
                        routingKey: queue
                    )
                }
            }
            _ = try await publisher.drain()
            // Each holds its first two messages and acknowledges none.
            let consuming = try await topology.connection.openChannel()
            try await consuming.setPrefetch(2)
            for queue in ["cq", "qq"] { try await consuming.consume(queue, tag: queue) }

            try await eventually(within: .seconds(30), "the statistics tell of both queues") {
                let queues = try await api.observedQueues(virtualHost: host, page: 1)
                guard queues.isComplete, queues.pageCount == 1, queues.items.count == 4 else { return false }
                let named = Dictionary(uniqueKeysWithValues: queues.items.map { ($0.name, $0) })
                guard let classic = named["cq"], let quorum = named["qq"], named[odd]?.type == "quorum" else {
                    return false
                }
                return classic.ready == 1 && classic.unacknowledged == 2 && classic.unacknowledgedInMemory == 2
                    && classic.readyInMemory == 1 && classic.counts?.published == 3 && classic.counts?.handedOut == 2
                    && classic.headMessageTimestamp == 1_700_000_000 && classic.state == "running"
                    && classic.arguments["x-overflow"] == "drop-head" && classic.policy["message-ttl"] == 3_600_000
                    && quorum.ready == 1 && quorum.unacknowledged == 2 && quorum.unacknowledgedInMemory == nil
                    && quorum.headMessageTimestamp == nil && quorum.leader?.hasSuffix("@localhost") == true
                    && quorum.counts?.published == 3 && quorum.members.count == 1 && quorum.online == quorum.members
            }
            let consumers = try await api.observedConsumers(virtualHost: host)
            #expect(consumers.isComplete && Set(consumers.items.map(\.queue)) == ["cq", "qq"])
            let name = try #require(consumers.items.first?.channel)
            try await eventually(within: .seconds(15), "the channel is told of with what it holds") {
                let channels = try await api.observedChannels(virtualHost: host)
                let found = channels.items.filter { $0.name == name }
                return channels.isComplete && found.count == 1 && found[0].unacknowledged == 4
                    && found[0].uncommittedAcknowledgements == 0
            }
            let connections = try await api.observedConnections(virtualHost: host)
            #expect(connections.isComplete && !connections.items.isEmpty)
            #expect(connections.items.allSatisfy { $0.consumesByChannels && name.hasPrefix($0.name) })
            let details = try await api.observedQueue("cq", virtualHost: host)
            #expect(details?.readyInMemory == 1 && details?.sources == nil)
            #expect(try await api.observedQueue("none", virtualHost: host) == nil)

            let members = try await api.raftMembers(ofQueue: "qq", virtualHost: host)
            if topology.node.version < .v4 {
                #expect(members == nil)
            } else {
                let member = try #require(members?.first)
                #expect(member.isLeader && member.term != nil && member.machineVersion != nil)
                #expect(try #require(member.commitIndex) > 3 && member.snapshotIndex != nil && member.lastIndex != nil)
            }
            for queue in ["cq", "st", "none"] {
                #expect(try await api.raftMembers(ofQueue: queue, virtualHost: host) == nil)
            }
        }
    }

    @Test("given the Prometheus endpoint of a node, then it tells how far its quorum queues' logs are, below 4.3")
    func metrics() async throws {
        try await Topology.with { topology in
            let (channel, host) = (topology.channel, topology.virtualHost)
            try await channel.declareQueue("qq", arguments: ["x-queue-type": "quorum"])
            let client = CurlClient()
            let origin = HTTPOrigin(scheme: .http, host: "127.0.0.1", port: topology.node.metricsPort)
            let metrics = MetricsAPI(endpoints: [ManagementEndpoint(origin: origin)], client: client)
            let version = try await topology.site.management.version()
            // What they say of a log is some seconds old.
            try await eventually(within: .seconds(20), "the metrics tell of the queue") {
                let told = try await metrics.raftMetrics(of: 0, virtualHost: host)
                #expect(told.version == version && told.node?.hasSuffix("@localhost") == true && told.isComplete)
                guard version < BrokerVersion(4, 3) else { return told.queues.isEmpty }
                guard let queue = told.queues["qq"], let index = queue.commitIndex else { return false }
                return told.queues.count == 1 && index > 0 && queue.snapshotIndex != nil && queue.term != nil
            }
            await client.shutdown()
        }
    }
}
