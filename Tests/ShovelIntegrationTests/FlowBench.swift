import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness

/// A shovel `move` from a queue of DC1 to a topic exchange of DC2, on nodes with limits of their own: what DC1 takes may
/// be larger than what DC2 does, whichever versions they run.
struct FlowBench: Sendable {
    /// The largest body that DC2 takes, in bytes.
    static let largestBody = 16 * 1024 * 1024
    /// Messages on their way at once, at most.
    static let prefetch = 100

    let shovel: ShovelBench

    /// The nodes, which all tests share, each with virtual hosts of its own.
    private static let nodes = Task {
        let statistics = "collect_statistics_interval = 1000"
        async let dc1 = BrokerNode.start(
            "flow1",
            on: .dc1,
            configuration: [statistics, "max_message_size = 134217728"]
        )
        async let dc2 = BrokerNode.start(
            "flow2",
            on: .dc2,
            configuration: [statistics, "max_message_size = \(largestBody)"]
        )
        return try await (dc1: dc1, dc2: dc2)
    }

    /// - Parameter rate: messages a second that the shovel moves at most.
    static func make(rate: Int) async throws -> FlowBench {
        let (dc1, dc2) = try await nodes.value
        var shovel = try await ShovelBench.make(dc1: dc1, dc2: dc2)
        try await shovel.dc1.declare(exchange: "in", queues: ["from"], virtualHost: shovel.host1)
        try await shovel.dc2.declare(exchange: "out", queues: ["to"], key: "orders.#", virtualHost: shovel.host2)
        shovel.addShovel(
            source: "queue: from",
            destination: "exchange: out",
            "prefetch-count: \(prefetch)",
            "rate: \(rate)"
        )
        return FlowBench(shovel: shovel)
    }

    /// Lets the shovel's user publish to DC2's exchange with routing keys that match, and with no others.
    func allow(keys pattern: String) async throws {
        try await put(
            "topic-permissions/\(shovel.host2)/guest",
            #"{"exchange":"out","write":"\#(pattern)","read":".*"}"#
        )
    }

    /// Has DC2's queue refuse what exceeds so many messages; `nil` for no limit.
    func limit(_ messages: Int?) async throws {
        let path = "policies/\(shovel.host2)/limit"
        guard let messages else {
            try await shovel.dc2.management("DELETE", "/api/\(path)")
            return
        }
        let definition = #"{"max-length":\#(messages),"overflow":"reject-publish"}"#
        try await put(path, #"{"pattern":"^to$","apply-to":"queues","definition":\#(definition)}"#)
    }

    private func put(_ path: String, _ body: String) async throws {
        let (status, answer) = try await shovel.dc2.management("PUT", "/api/\(path)", body: body)
        guard (200..<300).contains(status) else {
            throw HarnessError("PUT \(path): \(status) \(String(decoding: answer, as: UTF8.self))")
        }
    }

    /// Publishes numbered messages to DC1's exchange.
    ///
    /// - Parameters:
    ///   - key: the routing key of a number.
    ///   - size: the size of its body in bytes; `nil` for as short as it can be.
    func publish(_ numbers: Range<Int>, key: (Int) -> String, size: (Int) -> Int? = { _ in nil }) async throws {
        let counts = try await shovel.dc1.withChannel(virtualHost: shovel.host1) { channel in
            let publisher = try await PipelinedPublisher.open(on: channel)
            for number in numbers {
                try await publisher.publish(
                    size(number).map { ByteBuffer(repeating: UInt8(ascii: "x"), count: $0) }
                        ?? ByteBuffer(string: "\(number)"),
                    properties: BasicProperties(headers: ["n": .int32(Int32(number))], deliveryMode: 2),
                    exchange: "in",
                    routingKey: key(number),
                    mandatory: true
                )
            }
            return try await publisher.drain()
        }
        guard counts.confirmed == numbers.count else { throw HarnessError("not all were confirmed: \(counts)") }
    }

    /// How many messages were published to DC2's exchange, repeats and returned ones included, as that node counts them.
    ///
    /// - Parameter least: how many it must have counted, since its statistics come late.
    func published(atLeast least: Int) async throws -> Int {
        var count = 0
        try await eventually(within: .seconds(15), "the statistics of all publishes are there") {
            count = try await counted()
            guard count >= least else { throw HarnessError("\(count)") }
            return true
        }
        return count
    }

    /// The same, where nothing is published any more: what has not changed for longer than statistics are late.
    func publishedInAll() async throws -> Int {
        var count = 0
        var since = ContinuousClock.now
        try await eventually(within: .seconds(30), "the statistics stand still") {
            let now = try await counted()
            if now != count { (count, since) = (now, .now) }
            return count > 0 && ContinuousClock.now - since > .seconds(6)
        }
        return count
    }

    private func counted() async throws -> Int {
        let (_, body) = try await shovel.dc2.management("GET", "/api/exchanges/\(shovel.host2)/out")
        return try JSON(text: String(decoding: body, as: UTF8.self)).message_stats.publish_in.int ?? 0
    }

    /// What the quarantine holds, in the order of the messages' numbers.
    func quarantine() async throws -> [Delivery] {
        let queue = "ropeway.\(shovel.ropeway.pair).move.quarantine"
        return try await shovel.dc1.drain(queue, virtualHost: shovel.host1).sorted { $0.number < $1.number }
    }
}

extension Delivery {
    /// The number that the message was published with; -1 for none.
    var number: Int { properties.headers?["n"]?.integerValue.map { Int($0) } ?? -1 }
}
