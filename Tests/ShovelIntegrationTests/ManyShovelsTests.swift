import AMQP
import BrokerHarness
import NIOCore
import RopewayHarness
import Testing

@Suite("Two hundred shovels in one daemon", .timeLimit(.minutes(4)))
struct ManyShovelsTests {
    private static let count = 200
    /// The most memory that the daemon may ever hold.
    private static let memory = 128 << 20

    @Test("move their messages in 128 MiB, and one that is stuck holds up no other")
    func many() async throws {
        // Given a shovel for each of 200 pairs of queues, one of which has a destination that is not there
        var bench = try await ShovelBench.make()
        let numbers = Array(0..<Self.count)
        try await bench.declare(numbers.map { "from-\($0)" }, on: bench.dc1)
        try await bench.declare(numbers.map { "to-\($0)" }, on: bench.dc2)
        for number in numbers {
            let target = number == 7 ? "absent" : "to-\(number)"
            bench.addShovel(
                "s-\(number)",
                source: "queue: from-\(number), predeclared: true",
                destination: "queue: \(target), predeclared: true"
            )
        }
        // When each queue gets messages
        try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            let publisher = try await PipelinedPublisher.open(on: channel)
            for number in numbers {
                for body in 0..<10 {
                    try await publisher.publish(
                        ByteBuffer(string: "\(body)"),
                        properties: BasicProperties(deliveryMode: 2),
                        exchange: "",
                        routingKey: "from-\(number)"
                    )
                }
            }
            _ = try await publisher.drain()
        }
        let daemon = try bench.ropeway.run(logLevel: "info")
        defer { daemon.kill() }
        // Then all but the stuck one move theirs, and that one says why it does not
        try await eventually(within: .seconds(90), "all others have moved their messages") {
            let shovels = try await bench.ropeway.status().shovels.elements
            let done = shovels.filter { $0.moved.int == 10 }.count
            guard done == Self.count - 1 else { throw HarnessError("\(done) of \(shovels.count)") }
            return true
        }
        let stuck = try await bench.report(7)
        #expect(stuck.state.string == "connecting" && stuck.moved.int == 0)
        #expect(stuck.error.message.string?.contains("'absent'") == true, "\(stuck)")
        let peak = try daemon.peakMemory()
        #expect(peak <= Self.memory, "\(peak >> 20) MiB")
        for number in [0, 6, 8, Self.count - 1] {
            #expect(try await bench.dc2.depth(of: "to-\(number)", virtualHost: bench.host2) == 10)
        }
        // And it stops within seconds
        daemon.terminate()
        #expect(try await daemon.wait(within: .seconds(15)) == .status(0))
    }
}
