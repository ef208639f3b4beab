import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import SeededRandomness

/// One run: messages are published and consumed on DC1, DC1 is killed, DC2 is promoted, and what its queues get is
/// compared with what was consumed.
struct ConsumptionRun {
    /// What became of the messages of one queue.
    struct Outcome: Sendable, CustomStringConvertible {
        var queue: String
        var type: String
        /// The rule that the plan of the promotion named.
        var rule: String
        var published = 0
        var consumed = 0
        var replayed = 0
        /// Consumed, and replayed.
        var repeats = 0
        /// Not consumed, and not replayed.
        var lost: [String] = []
        /// Messages that another queue should have got.
        var foreign = 0
        /// The most that the plan said would be replayed; `nil` where it did not know.
        var planned: Int?

        var description: String {
            "\(queue) \(type) \(rule): published \(published), consumed \(consumed), replayed \(replayed), "
                + "repeats \(repeats), planned \(planned.map { "\($0)" } ?? "unknown"), lost \(lost.count)"
        }
    }

    let plan: ConsumptionPlan
    let bench: FaultBench

    /// Declares the queues, and waits until the daemon has seen each.
    func run() async throws -> [Outcome] {
        for node in [bench.dc1, bench.dc2] { try await declareQueues(on: node) }
        let daemon = try bench.ropeway.run(logLevel: "info")
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let consumers = ApplicationConsumers(on: bench.dc1)
        async let consuming: Void = consumers.run(plan)
        try await untilSeen()
        let published = try await publish()
        try await bench.untilCaughtUp()
        try await Task.sleep(for: plan.rest)
        let foreseen = try await foresee()
        try await bench.dc1.kill()
        consumers.end()
        await consuming
        try await bench.promoteUntilDone(forced: true)
        return try await compare(published, consumers, foreseen)
    }

    private func declareQueues(on node: BrokerNode) async throws {
        try await node.withChannel { channel in
            for queue in plan.queues {
                let type: FieldTable = queue.type == "quorum" ? ["x-queue-type": "quorum"] : [:]
                try await channel.declareQueue(queue.name, arguments: type)
                try await channel.bindQueue(queue.name, to: FaultBench.exchange, routingKey: queue.name)
            }
        }
    }

    private func untilSeen() async throws {
        try await eventually(within: .seconds(150), "the daemon has seen all queues empty") {
            let seen = try await bench.route().consumption.elements
            // A quorum queue without a consumer vouches for nothing.
            let expected = plan.queues.filter { $0.type == "classic" || !$0.consumers.isEmpty }.map(\.name)
            let empty = seen.filter { $0.position != .null }.compactMap(\.queue.string)
            return seen.count == plan.queues.count && Set(expected).isSubset(of: Set(empty))
        }
    }

    /// - Returns: by queue, what was published for it.
    private func publish() async throws -> [String: [String]] {
        var random = SeededGenerator(seed: plan.seed)
        var published: [String: [String]] = [:]
        let start = ContinuousClock.now
        let chunk = max(1, plan.messages / 200)
        try await bench.dc1.withChannel { channel in
            let sender = try await PipelinedPublisher.open(on: channel)
            for number in 0..<plan.messages {
                var lot = Int.random(in: 0..<100, using: &random)
                let queue = plan.queues.first { queue in
                    lot -= queue.share
                    return lot < 0
                }
                guard let name = queue?.name else { continue }
                published[name, default: []].append("\(name)/\(number)")
                try await sender.publish(
                    ByteBuffer(string: "\(name)/\(number)"),
                    properties: BasicProperties(
                        deliveryMode: 2,
                        timestamp: plan.hasTimestamps ? UInt64(Date().timeIntervalSince1970) : nil
                    ),
                    exchange: FaultBench.exchange,
                    routingKey: name,
                    mandatory: true
                )
                if number % chunk == chunk - 1 {
                    let due = start + plan.duration * Double(number + 1) / Double(plan.messages)
                    try await Task.sleep(until: due)
                }
            }
            let counts = try await sender.drain()
            guard counts.confirmed == plan.messages else { throw HarnessError("\(counts)") }
        }
        return published
    }

    /// By queue, the rule and the most that would be replayed, as `plan` has it.
    private func foresee() async throws -> [String: (rule: String, most: Int?)] {
        let answer = try await bench.ropeway.command("plan", "dc2", "--forced")
        let rows = try JSON(text: answer.output).replay.elements
        return rows.reduce(into: [:]) { result, row in
            guard let queue = row.queue.string else { return }
            result[queue] = (row.rule.string ?? "none", row.most.int)
        }
    }

    private func compare(
        _ published: [String: [String]],
        _ consumers: ApplicationConsumers,
        _ foreseen: [String: (rule: String, most: Int?)]
    ) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for queue in plan.queues {
            let wanted = published[queue.name] ?? []
            let consumed = consumers.consumed(from: queue.name)
            let deliveries = try await bench.dc2.drain(queue.name).map { String(buffer: $0.body) }
            let replayed = Set(deliveries)
            outcomes.append(
                Outcome(
                    queue: queue.name,
                    type: queue.type,
                    rule: foreseen[queue.name]?.rule ?? "none",
                    published: wanted.count,
                    consumed: consumed.count,
                    replayed: deliveries.count,
                    repeats: deliveries.count - replayed.subtracting(consumed).count,
                    lost: wanted.filter { !consumed.contains($0) && !replayed.contains($0) },
                    foreign: replayed.subtracting(wanted).count,
                    planned: foreseen[queue.name]?.most
                )
            )
        }
        return outcomes
    }
}
