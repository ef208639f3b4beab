import BrokerHarness
import NIOCore
import RabbitStream
import Testing
import Transport

@Suite("To which node of a cluster a stream connection is made", .timeLimit(.minutes(3)))
struct PlacementTests {
    @Test("is the leader's to publish and a replica's to consume, by what nodes advertise and through endpoints alone")
    func cluster() async throws {
        // Given a stream on the first of two nodes, and one on both
        let first = try await BrokerNode.start("stream-one")
        let second = try await BrokerNode.start("stream-two", joining: first)
        let ports = (first.streamPort, second.streamPort)
        let setUp = try await StreamConnection.connect(first.streamConfiguration())
        try await setUp.createStream(
            "one",
            arguments: ["initial-cluster-size": "1", "queue-leader-locator": "client-local"]
        )
        try await setUp.createStream("both", arguments: ["queue-leader-locator": "client-local"])
        try await eventually(within: .seconds(30), "the second node has its replica") {
            try await setUp.metadata(["both"]).first?.replicas.map(\.port) == [ports.1]
        }
        await setUp.close()

        func port(
            _ placement: StreamPlacement,
            _ reach: NodeReach,
            from nodes: [BrokerNode]
        ) async throws(StreamError) -> Int? {
            let configuration = first.streamConfiguration {
                $0.endpoints = nodes.map { Endpoint(host: "127.0.0.1", port: $0.streamPort, isTLS: false) }
            }
            let connection = try await StreamConnection.connect(configuration, to: placement, reach: reach)
            await connection.close()
            return connection.node?.port
        }

        // When the other node is asked, then it leads to the right one
        #expect(try await port(.leader(of: "one"), .advertised, from: [second]) == ports.0)
        #expect(try await port(.replica(of: "one"), .advertised, from: [second]) == ports.0)
        #expect(try await port(.leader(of: "both"), .advertised, from: [second]) == ports.0)
        #expect(try await port(.replica(of: "both"), .advertised, from: [first]) == ports.1)
        // When only the endpoints are to be used, then connections are made until one is to the right node
        let often = NodeReach.endpoints(attempts: 40)
        #expect(try await port(.leader(of: "one"), often, from: [first, second]) == ports.0)
        #expect(try await port(.replica(of: "both"), often, from: [first, second]) == ports.1)
        // The leader is taken where no other replica is met, and an error says where they led
        #expect(try await port(.replica(of: "both"), .endpoints(attempts: 2), from: [first]) == ports.0)
        let error = try await failure { () async throws(StreamError) in
            try await port(.leader(of: "one"), .endpoints(attempts: 2), from: [second])
        }
        #expect(error.code == .noSuitableNode)
        #expect(error.reason.contains("\(ports.1)"))
        #expect(error.reason.contains("\(ports.0)"))
        try await second.wipe()
        try await first.wipe()
    }
}
