import AMQP
import BrokerHarness
import NIOCore
import Pump
import PumpHarness
import Testing

/// Moves numbered messages while a test breaks things, and accounts for every one of them.
struct Load {
    /// Fills the source, breaks things while the pump runs, and accounts for every message.
    ///
    /// - Parameters:
    ///   - count: how many messages.
    ///   - repeats: how many of them may arrive more than once, at most.
    ///   - breaking: what goes wrong meanwhile; everything works again when it returns.
    static func run(
        _ bench: PumpBench,
        count: Int,
        size: Int = 64,
        repeats: Int,
        pump: MessagePump,
        within deadline: Duration = .seconds(90),
        breaking: (MessagePump) async throws -> Void
    ) async throws {
        try await pump.whileRunning { pump in
            try await breaking(pump)
            try await eventually(within: deadline, "the source is empty") {
                let connection = try await AMQPConnection.connect(bench.source.configuration())
                defer { connection.drop() }
                let depth = try await connection.openChannel().depth("from")
                let unsettled = await pump.status().unsettled
                return depth == 0 && unsettled == 0
            }
        }
        // The first connection of the bench may have been lost with its broker.
        let connection = try await AMQPConnection.connect(bench.destination.configuration())
        let arrived = try await connection.openChannel().takeNumbers("to")
        await connection.close()
        let missing = Set(0..<count).subtracting(arrived)
        #expect(missing.isEmpty, "\(missing.count) of \(count) are missing, the first is \(missing.min() ?? -1)")
        let again = arrived.count - Set(arrived).count
        #expect(again <= repeats, "\(again) arrived again")
        let counters = await pump.counters()
        #expect(counters.confirmed >= UInt64(count))
        #expect(counters.published <= UInt64(count + repeats + 4096))
    }
}

/// Two nodes for a test to break, each with a virtual host of its own, which is deleted at the end.
func withOwnPair(_ body: (PumpBench) async throws -> Void) async throws {
    try await SpareNode.with { source in
        try await SpareNode.with(on: .dc2) { destination in
            var used: [PumpBench.Side] = []
            try await PumpBench.with((source, destination)) { bench in
                used = [bench.source, bench.destination]
                try await bench.source.channel.declareQueue("from")
                try await bench.destination.channel.declareQueue("to")
                try await body(bench)
            }
            for side in used { try await side.node.management("DELETE", "/api/vhosts/\(side.virtualHost)") }
        }
    }
}

extension AMQPChannel {
    /// Publishes a run of numbered messages, in no particular order, and returns when the broker has confirmed all.
    func fillWithConfirms(_ queue: String, _ numbers: Range<Int>) async throws {
        try await selectConfirms()
        try await withThrowingTaskGroup(of: PublishResult.self) { group in
            for number in numbers {
                group.addTask {
                    try await self.publish(
                        numbered(number),
                        properties: BasicProperties(deliveryMode: 2),
                        exchange: "",
                        routingKey: queue
                    )
                }
            }
            for try await result in group { #expect(result == .confirmed) }
        }
    }
}
