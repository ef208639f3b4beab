import AMQP
import BrokerHarness
import Logging
import NIOCore
import Pump
import Synchronization
import Testing
import Transport

/// A virtual host of its own on each of two nodes, with a connection to each for a test to prepare and look with.
package final class PumpBench: Sendable {
    /// One side of the bench.
    package struct Side: Sendable {
        package let node: BrokerNode
        package let virtualHost: String
        package let channel: AMQPChannel
        package let connection: AMQPConnection

        /// How to connect to this side.
        package func configuration(port: Int? = nil, heartbeat: Duration = .seconds(10)) -> ConnectionConfiguration {
            PumpBench.configuration(node, virtualHost, port: port, heartbeat: heartbeat)
        }

        /// Connects as another user, who is made and may do everything.
        package func connection(as user: String) async throws -> AMQPConnection {
            let everything = #"{"configure":".*","write":".*","read":".*"}"#
            try await node.management("PUT", "/api/users/\(user)", body: #"{"password":"guest","tags":""}"#)
            try await node.management("PUT", "/api/permissions/\(virtualHost)/\(user)", body: everything)
            var configuration = configuration()
            configuration.credentials = .plain(username: user, password: "guest")
            return try await AMQPConnection.connect(configuration)
        }
    }

    package let source: Side
    package let destination: Side

    private init(source: Side, destination: Side) {
        self.source = source
        self.destination = destination
    }

    package static func configuration(
        _ node: BrokerNode,
        _ virtualHost: String,
        port: Int? = nil,
        heartbeat: Duration = .seconds(10)
    ) -> ConnectionConfiguration {
        ConnectionConfiguration(
            endpoints: [Endpoint(host: "127.0.0.1", port: port ?? node.amqpPort, isTLS: false)],
            credentials: .plain(username: "guest", password: "guest"),
            virtualHost: virtualHost,
            name: "pump test",
            heartbeat: heartbeat
        )
    }

    package static func side(_ node: BrokerNode, virtualHost: String? = nil) async throws -> Side {
        let name: String
        if let virtualHost { name = virtualHost } else { name = try await freshVirtualHost(on: node) }
        let connection = try await AMQPConnection.connect(configuration(node, name))
        return Side(
            node: node,
            virtualHost: name,
            channel: try await connection.openChannel(),
            connection: connection
        )
    }

    /// Runs `body` with a bench between the two shared nodes, or between others.
    package static func with(
        _ nodes: (source: BrokerNode, destination: BrokerNode)? = nil,
        _ body: (PumpBench) async throws -> Void
    ) async throws {
        let pair: (BrokerNode, BrokerNode)
        if let nodes {
            pair = nodes
        } else {
            let shared = try await SharedPair.get()
            pair = (shared.dc1, shared.dc2)
        }
        let bench = PumpBench(source: try await side(pair.0), destination: try await side(pair.1))
        do {
            try await body(bench)
        } catch {
            bench.source.connection.drop()
            bench.destination.connection.drop()
            throw error
        }
        await bench.source.connection.close()
        await bench.destination.connection.close()
    }

    /// A pump from queue `from` to queue `to`, unless told otherwise.
    package func pump(
        route: PublishRoute? = nil,
        isMandatory: Bool = true,
        returns: ReturnPolicy = .quarantine,
        hasQuarantine: Bool = true,
        limits: PumpLimits = PumpLimits(),
        backoff: BackoffPolicy = BackoffPolicy(initial: .milliseconds(20), maximum: .milliseconds(500)),
        sourcePort: Int? = nil,
        destinationPort: Int? = nil,
        destinationUser: String? = nil,
        heartbeat: Duration = .seconds(10),
        countsWaiting: Bool = false,
        consumerArguments: FieldTable = [:],
        prepareSource: @escaping @Sendable (AMQPConnection) async throws -> Void = { _ in },
        prepareQuarantine: @escaping @Sendable (AMQPConnection) async throws -> Void = { connection in
            try await connection.openChannel().declareQueue("quarantine")
        },
        makeTransform: @escaping @Sendable (any EventLoop) throws -> any MessageTransform = { _ in VerbatimTransform() }
    ) throws -> MessagePump {
        let from = source.configuration(port: sourcePort, heartbeat: heartbeat)
        var to = destination.configuration(port: destinationPort, heartbeat: heartbeat)
        if let destinationUser { to.credentials = .plain(username: destinationUser, password: "guest") }
        let toDestination = to
        let quarantine = PumpQuarantine(connection: { from }, queue: "quarantine", prepare: prepareQuarantine)
        return MessagePump(
            name: "test",
            source: PumpSource(
                connection: { from },
                queue: "from",
                countsWaiting: countsWaiting,
                consumerArguments: { consumerArguments },
                prepare: prepareSource
            ),
            destination: PumpDestination(
                connection: { toDestination },
                route: try route ?? PublishRoute(exchange: "", routingKey: "to"),
                isMandatory: isMandatory,
                returns: returns
            ),
            quarantine: hasQuarantine ? quarantine : nil,
            limits: limits,
            backoff: backoff,
            logger: Logger(label: "pump test"),
            makeTransform: makeTransform
        )
    }
}

extension PumpBench {
    /// Whether the source holds nothing, neither ready nor unacknowledged.
    package func isSettled(_ pump: MessagePump) async throws -> Bool {
        let depth = try await source.channel.depth("from")
        let unsettled = await pump.status().unsettled
        return depth == 0 && unsettled == 0
    }
}

extension AMQPChannel {
    /// Publishes a run of numbered messages to a queue.
    package func send(_ queue: String, _ numbers: Range<Int>, size: Int = 64) async throws {
        try await onEventLoop { lane in
            for number in numbers {
                try lane.publish(
                    numbered(number, size: size),
                    properties: BasicProperties(deliveryMode: 2),
                    exchange: "",
                    routingKey: queue
                )
            }
            lane.flush()
        }
    }

    /// Publishes a run of numbered messages to a queue that nobody consumes, and returns when it holds them.
    package func fill(
        _ queue: String,
        _ numbers: Range<Int>,
        size: Int = 64,
        properties: BasicProperties = BasicProperties(deliveryMode: 2)
    ) async throws {
        let before = try await declareQueue(queue, passive: true).messages
        var start = numbers.lowerBound
        while start < numbers.upperBound {
            let part = start..<min(start + 2000, numbers.upperBound)
            try await onEventLoop { lane in
                for number in part {
                    try lane.publish(
                        numbered(number, size: size),
                        properties: properties,
                        exchange: "",
                        routingKey: queue
                    )
                }
                lane.flush()
            }
            start = part.upperBound
        }
        try await eventually(within: .seconds(60), "queue '\(queue)' holds \(numbers.count) more") {
            try await self.declareQueue(queue, passive: true).messages >= before + numbers.count
        }
    }

    package func depth(_ queue: String) async throws -> Int {
        try await declareQueue(queue, passive: true).messages
    }

    /// Takes everything that a queue holds.
    package func takeAll(_ queue: String) async throws -> [Delivery] {
        let collector = Collector()
        let tag = "take-\(UInt32.random(in: 0...UInt32.max))"
        // A queue may be empty before the last of its messages have arrived here.
        let expected = try await depth(queue)
        try await consume(queue, tag: tag, noAcknowledgement: true) { _ in collector }
        try await eventually(within: .seconds(60), "queue '\(queue)' is empty") {
            let depth = try await self.depth(queue)
            return depth == 0 && collector.deliveries.count >= expected
        }
        try await cancelConsumer(tag)
        return collector.deliveries
    }

    /// The numbers of all messages that a queue holds, which it gives away.
    package func takeNumbers(_ queue: String) async throws -> [Int] {
        try await takeAll(queue).map { number(of: $0.body) }
    }
}

/// Notes what is delivered.
package final class Collector: ChannelReceiver, Sendable {
    private let state = Mutex<[Delivery]>([])

    package init() {}

    package var deliveries: [Delivery] { state.withLock { $0 } }

    package func received(_ batch: DeliveryBatch) {
        let more = batch.entries.indices.compactMap { try? Delivery(batch, at: $0) }
        state.withLock { $0 += more }
    }
}

/// A body that starts with its number.
package func numbered(_ number: Int, size: Int = 64) -> ByteBuffer {
    var body = ByteBuffer()
    body.writeInteger(UInt64(number))
    if size > 8 { body.writeRepeatingByte(UInt8(truncatingIfNeeded: number), count: size - 8) }
    return body
}

package func number(of body: ByteBuffer) -> Int {
    body.getInteger(at: body.readerIndex, as: UInt64.self).map { Int($0) } ?? -1
}

/// Bytes that differ from place to place, so that a part that is missing or out of place shows.
package func patterned(_ count: Int) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.reserveCapacity(count)
    // Blocks that start with their number.
    var block = 0
    while buffer.readableBytes < count {
        buffer.writeInteger(UInt64(block))
        buffer.writeRepeatingByte(UInt8(truncatingIfNeeded: block &* 37 &+ 11), count: 1000)
        block += 1
    }
    buffer.moveWriterIndex(to: count)
    return buffer
}

extension MessagePump {
    /// Runs the pump while `body` runs, then stops it.
    ///
    /// - Returns: how long the stop took.
    @discardableResult
    package nonisolated func whileRunning(_ body: (MessagePump) async throws -> Void) async throws -> Duration {
        let task = Task { await self.run() }
        do {
            try await body(self)
        } catch {
            task.cancel()
            _ = await task.value
            let status = await status()
            throw HarnessError("\(error); the pump: \(status)")
        }
        let start = ContinuousClock.now
        task.cancel()
        _ = await task.value
        return ContinuousClock.now - start
    }

    package func counters() -> PumpCounters { status().counters }
}
