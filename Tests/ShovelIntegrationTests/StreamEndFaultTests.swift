import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("Shovels into a stream and out of it, while brokers are killed", .timeLimit(.minutes(5)))
struct StreamEndFaultTests {
    /// Publishes each number until it is confirmed, however often the broker is away.
    private static func publish(_ numbers: Range<Int>, _ bench: ShovelBench) async throws {
        var next = numbers.lowerBound
        let deadline = ContinuousClock.now + .seconds(180)
        while next < numbers.upperBound {
            guard ContinuousClock.now < deadline else { throw HarnessError("only \(next) messages were confirmed") }
            do {
                try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
                    try await channel.selectConfirms()
                    while next < numbers.upperBound {
                        let result = try await channel.publish(
                            ByteBuffer(string: "\(next)"),
                            properties: BasicProperties(deliveryMode: 2),
                            exchange: "",
                            routingKey: "from"
                        )
                        guard result == .confirmed else { throw HarnessError("\(next): \(result)") }
                        next += 1
                    }
                }
            } catch {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// RabbitMQ 3.10.8 forgets a quorum queue, as the lock is one, if its node is killed right after it was made.
    private static let timeUntilWritten = Duration.seconds(2)

    @Test("every confirmed message arrives, though each broker is killed in mid flow")
    func killedBrokers() async throws {
        // Given a way from a queue of DC1 through a stream of DC2 into a queue of DC1
        try await SpareNode.with { dc1 in
            try await SpareNode.with { dc2 in
                var bench = try await ShovelBench.make(dc1: dc1, dc2: dc2)
                try await StreamEndTests.declareStream("kept", on: dc2, bench.host2)
                try await bench.declare(["from", "back"], on: dc1)
                bench.addShovel("in", source: "queue: from", destination: "stream: kept", "prefetch-count: 200")
                bench.ropeway.shovels.append(
                    """
                    - name: out
                        source: {site: dc2, stream: kept}
                        destination: {site: dc1, queue: back}
                    """
                )
                let daemon = try bench.ropeway.run()
                defer { daemon.kill() }
                try await bench.until("running")
                try await Task.sleep(for: Self.timeUntilWritten)
                // When both brokers are killed while messages flow
                let fixed = bench
                for (round, node) in [dc2, dc1, dc2].enumerated() {
                    // Each time anew: while a node restarts, all that was published before may get through.
                    let before = try await fixed.report(1).moved.int ?? 0
                    async let publishing: Void = Self.publish((round * 1_400)..<((round + 1) * 1_400), fixed)
                    try await eventually(within: .seconds(90), "messages flow") {
                        try await fixed.report(1).moved.int ?? 0 > before + 300
                    }
                    try await node.kill()
                    try await node.start()
                    try await publishing
                }
                // Then each that was confirmed is at the end of the way
                var found: Set<String> = []
                try await eventually(within: .seconds(120), "all have come") {
                    for delivery in try await dc1.drain("back", virtualHost: fixed.host1) {
                        found.insert(String(buffer: delivery.body))
                    }
                    guard found.count == 4_200 else { throw HarnessError("\(found.count)") }
                    return true
                }
            }
        }
    }
}
