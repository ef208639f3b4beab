import Foundation
import Testing

@testable import BrokerHarness

@Suite(.timeLimit(.minutes(5)))
struct BrokerNodeIntegrationTests {
    private struct Queue: Decodable {
        let name: String
        let durable: Bool
    }

    @Test("Given the shared pair, when it is asked for twice, then both nodes run once and differ in every port")
    func sharedPair() async throws {
        let first = try await SharedPair.get()
        let second = try await SharedPair.get()
        #expect(first.dc1.amqpPort == second.dc1.amqpPort)
        let nodes = [first.dc1, first.dc2]
        #expect(Set(nodes.flatMap { [$0.amqpPort, $0.streamPort, $0.managementPort] }).count == 6)
    }

    @Test("Given a fresh virtual host, when a queue is declared in it, then guest may do so and it is listed")
    func virtualHost() async throws {
        let node = try await SharedPair.get().dc1
        let host = try await freshVirtualHost(on: node)
        let (status, _) = try await node.management("PUT", "/api/queues/\(host)/q%2F1", body: #"{"durable":true}"#)
        #expect(status == 201)
        let queues = try await node.managementJSON("/api/queues/\(host)?disable_stats=true", as: [Queue].self)
        #expect(queues.map(\.name) == ["q/1"])
        #expect(try await node.management("GET", "/api/queues/\(host)/absent").status == 404)
    }

    @Test("Given a node, when it is started again by whoever wants another RabbitMQ, then it stays what it was")
    func home() async throws {
        let node = try await BrokerNode.start("home")
        #expect(try await node.control(["version"]).contains(node.version.description))
        try await node.kill()
        try await node.start(environment: ["ROPEWAY_RABBITMQ_HOME": "/nowhere"])
        #expect(try await node.control(["version"]).contains(node.version.description))
        try await node.wipe()
    }

    @Test("Given no RabbitMQ where it is looked for, when a node is started, then it fails and leaves none behind")
    func noHome() async throws {
        let script = ["start", "home-missing"]
        await #expect(throws: HarnessError.self) {
            try await BrokerScript.run(script, environment: ["ROPEWAY_RABBITMQ_HOME": "/nowhere"])
        }
        await #expect(throws: HarnessError.self) { try await BrokerScript.run(["env", "home-missing"]) }
    }

    @Test("Given a node of its own, when it is alarmed, frozen, killed and started, then each shows and data survives")
    func faults() async throws {
        let node = try await BrokerNode.start("faults", configuration: ["heartbeat = 7"])
        #expect(try await node.control(["--quiet", "environment"]).contains("{heartbeat,7}"))
        try await node.management("PUT", "/api/queues/%2F/kept", body: #"{"durable":true}"#)

        try await node.alarm(true)
        #expect(try await node.management("GET", "/api/health/checks/alarms").status == 503)
        try await node.alarm(false)
        #expect(try await node.management("GET", "/api/health/checks/alarms").status == 200)

        try await node.freeze()
        await #expect(throws: HarnessError.self) {
            try await node.management("GET", "/api/whoami", within: .seconds(1))
        }
        try await node.thaw()
        try await eventually(within: .seconds(20), "the thawed node answers") {
            try await node.management("GET", "/api/whoami").status == 200
        }

        let before = try await node.processIdentifier()
        try await node.kill()
        #expect(try await node.processIdentifier() == nil)
        try await node.start()
        #expect(try await node.processIdentifier() != before)
        #expect(try await node.management("GET", "/api/queues/%2F/kept").status == 200)
        try await node.wipe()
        await #expect(throws: HarnessError.self) { try await node.processIdentifier() }
    }
}
