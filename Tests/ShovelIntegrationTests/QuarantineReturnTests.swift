import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("A shovel that reads a quarantine", .timeLimit(.minutes(3)))
struct QuarantineReturnTests {
    private static let bodies = ["1", "2", "3"]

    /// Messages in the quarantine of the shovel `move`, whose exchange had no queue for them.
    private static func quarantined() async throws -> ShovelBench {
        var bench = try await ShovelBench.make()
        try await bench.declare(["from"], on: bench.dc1)
        try await bench.dc2.declare(exchange: "out", queues: [], virtualHost: bench.host2)
        bench.addShovel(source: "queue: from", destination: "exchange: out, routing-key: key")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        let properties = BasicProperties(headers: ["mine": 1], deliveryMode: 2, messageID: "m")
        try await bench.publish(bodies, properties: properties, key: "from")
        try await eventually(within: .seconds(30), "all are in quarantine") {
            try await bench.report().quarantined.int == bodies.count
        }
        return bench
    }

    private static func quarantine(of name: String, _ bench: ShovelBench) -> String {
        "ropeway.\(bench.ropeway.pair).\(name).quarantine"
    }

    @Test("puts its messages where they were to go, as they were")
    func returned() async throws {
        // Given a queue that they were missing, and a shovel from the quarantine to the exchange
        var bench = try await Self.quarantined()
        try await bench.dc2.declare(exchange: "out", queues: ["to"], key: "key", virtualHost: bench.host2)
        bench.addShovel(
            "back",
            source: "queue: \(Self.quarantine(of: "move", bench))",
            destination: "exchange: out, routing-key: key"
        )
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // Then all are there, without a trace of their stay
        let deliveries = try await bench.take(Self.bodies.count, from: "to")
        #expect(deliveries.map { String(buffer: $0.body) } == Self.bodies)
        #expect(deliveries.allSatisfy { $0.properties.headers == ["mine": 1] && $0.properties.messageID == "m" })
        #expect(deliveries.allSatisfy { $0.routingKey == "key" && $0.exchange == "out" })
    }

    @Test("sends its messages to the exchange and with the key that they came from, where none is configured")
    func own() async throws {
        var bench = try await Self.quarantined()
        try await bench.dc2.declare(exchange: "out", queues: ["to"], key: "key", virtualHost: bench.host2)
        bench.ropeway.shovels.append(
            """
            - name: back
                source: {site: dc1, queue: \(Self.quarantine(of: "move", bench))}
                destination: {site: dc1}
            """
        )
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // Then they go back to the queue that they were taken from, and pass this time
        let deliveries = try await bench.take(Self.bodies.count, from: "to")
        #expect(Set(deliveries.map { String(buffer: $0.body) }) == Set(Self.bodies))
        try await eventually(within: .seconds(10), "the quarantine is empty") {
            try await bench.dc1.depth(of: Self.quarantine(of: "move", bench), virtualHost: bench.host1) == 0
        }
    }

    @Test("puts what is refused again into a quarantine of its own, once")
    func refusedAgain() async throws {
        var bench = try await Self.quarantined()
        let source = "queue: \(Self.quarantine(of: "move", bench))"
        bench.addShovel("back", source: source, destination: "exchange: out, routing-key: key")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await eventually(within: .seconds(30), "all are in the second quarantine") {
            try await bench.report(1).quarantined.int == Self.bodies.count
        }
        // And nothing goes on in circles
        try await Task.sleep(for: .seconds(2))
        #expect(try await bench.report(1).quarantined.int == Self.bodies.count)
        let own = Self.quarantine(of: "back", bench)
        let held = try await bench.dc1.drain(own, virtualHost: bench.host1)
        #expect(held.count == Self.bodies.count)
        let reasons = held.compactMap { $0.properties.headers?["x-ropeway-quarantine-reason"]?.stringValue }
        #expect(reasons == ["unroutable", "unroutable", "unroutable"])
    }
}
