import AMQP
import BrokerHarness
import NIOCore
import RopewayHarness
import Testing

@Suite("A shovel whose destination is frozen while its connection stands", .timeLimit(.minutes(3)))
struct FrozenDestinationTests {
    /// What each of the shovels is told, by its name, which is that of its queues too.
    private static let shovels: [(name: String, key: String)] = [
        ("confirming", "ack-mode: on-confirm"), ("publishing", "ack-mode: on-publish"), ("taking", "ack-mode: no-ack"),
        ("limited", "rate: 200"),
    ]
    /// More than two sockets hold.
    private static let count = 16

    @Test(
        "says destination-silent in each ack-mode and with a limit; once it is thawed, what was confirmed is all there"
    )
    func silent() async throws {
        // Given shovels at work into a node of their own
        let (dc1, _) = try await SharedPair.get()
        let dc2 = try await BrokerNode.start("frozen2", on: .dc2)
        var bench = try await ShovelBench.make(dc1: dc1, dc2: dc2)
        // One exchange for all of them, so that what comes once comes to each
        try await bench.dc1.declare(exchange: "all", queues: Self.shovels.map(\.name), virtualHost: bench.host1)
        for (name, key) in Self.shovels {
            bench.addShovel(name, source: "queue: \(name)", destination: "queue: \(name)", key)
        }
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        for index in Self.shovels.indices { try await bench.until("running", index) }
        // When the node is frozen, and more comes than the sockets take
        try await dc2.freeze()
        // From 5 s without progress on it says silent, until missed heartbeats make it lost, 15 s after the freeze at the
        // earliest: what is published in between, not to disk and on one connection, has to be there in good time.
        let bodies = (0..<Self.count).map { String(repeating: "\($0 % 10)", count: 1 << 20) }
        try await bench.publish(bodies, properties: BasicProperties(deliveryMode: 1), exchange: "all", key: "all")
        // Then each says so
        for index in Self.shovels.indices {
            try await eventually(within: .seconds(20), "\(Self.shovels[index].name) says what is frozen") {
                let report = try await bench.report(index)
                guard report.error.code.string == "destination-silent" else { throw HarnessError("\(report)") }
                return true
            }
        }
        // When it is thawed, then nothing that waits for confirms is missing
        try await dc2.thaw()
        for name in ["confirming", "limited"] {
            let bodies = Set(try await bench.take(Self.count, from: name).map { String(buffer: $0.body) })
            #expect(bodies.count == 10, "\(name)")
        }
        try await dc2.wipe()
    }
}
