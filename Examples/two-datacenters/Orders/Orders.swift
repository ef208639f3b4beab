import AMQP
import ArgumentParser
import NIOCore
import Transport

/// The applications of the example: a shop that publishes orders, a warehouse that consumes them, and the account.
@main
struct Orders: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "two-datacenters-orders",
        abstract: "Publishes and consumes orders, and keeps account of every one.",
        subcommands: [Setup.self, Publish.self, Consume.self, Account.self]
    )
}

/// The broker of one datacenter.
struct Broker: ParsableArguments {
    @Option(help: "The AMQP port on 127.0.0.1.")
    var port: Int

    func connect(as name: String) async throws -> AMQPConnection {
        try await AMQPConnection.connect(
            ConnectionConfiguration(
                endpoints: [Endpoint(host: "127.0.0.1", port: port, isTLS: false)],
                credentials: .plain(username: "guest", password: "guest"),
                name: name
            )
        )
    }
}

/// What applications declare in both datacenters.
struct Setup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Declares the exchange and the queue of the shop.")
    @OptionGroup var broker: Broker

    func run() async throws {
        let connection = try await broker.connect(as: "setup")
        let channel = try await connection.openChannel()
        try await channel.declareExchange("orders", type: "topic")
        try await channel.declareQueue("warehouse", arguments: ["x-queue-type": "classic"])
        try await channel.bindQueue("warehouse", to: "orders", routingKey: "order.#")
        await connection.close()
    }
}

struct Publish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Publishes orders; notes each that the broker confirmed.")
    @OptionGroup var broker: Broker
    @Option(help: "How many orders a second.") var rate = 500
    @Option(help: "How many seconds.") var seconds = 10
    @Option(help: "The file to note confirmed orders in.") var log: String

    func run() async throws {
        let connection = try await broker.connect(as: "shop")
        let channel = try await connection.openChannel()
        let publisher = try await PipelinedPublisher.open(on: channel)
        let log = try NumberLog(path: log)
        var number = 0
        let clock = ContinuousClock()
        let start = clock.now
        for tick in 0..<(seconds * 10) {
            let first = number
            while number < (tick + 1) * rate / 10 {
                try await publisher.publish(
                    ByteBuffer(string: "{\"order\":\(number)}"),
                    properties: BasicProperties(
                        contentType: "application/json",
                        deliveryMode: 2,
                        messageID: "\(number)"
                    ),
                    exchange: "orders",
                    routingKey: "order.new",
                    mandatory: true
                )
                number += 1
            }
            let counts = try await publisher.drain()
            guard counts.refused == 0, counts.returned == 0 else {
                throw ValidationError("an order was not taken: \(counts)")
            }
            try log.append(first..<number)
            try await clock.sleep(until: start + .milliseconds(100 * (tick + 1)))
        }
        await connection.close()
        print(number)
    }
}

struct Consume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Consumes orders; notes each that it acknowledged.")
    @OptionGroup var broker: Broker
    @Option(help: "How many orders a second at most; 0 for no limit.") var rate = 0
    @Option(help: "End after so many seconds without an order.") var idle = 3
    @Option(help: "The file to note consumed orders in.") var log: String

    func run() async throws {
        let connection = try await broker.connect(as: "warehouse")
        let channel = try await connection.openChannel()
        let consumer = try await channel.consumer(queue: "warehouse", tag: "warehouse", prefetch: 100)
        let log = try NumberLog(path: log)
        let idle = idle
        let clock = ContinuousClock()
        let last = LastSeen(clock.now)
        let watch = Task {
            while clock.now - last.value < .seconds(idle) { try await Task.sleep(for: .milliseconds(100)) }
            try await consumer.cancel()
            await connection.close()
        }
        do {
            for try await delivery in consumer {
                last.value = clock.now
                guard let text = delivery.properties.messageID, let number = Int(text) else { continue }
                // Noted before it is acknowledged: an order that is noted twice is a repeat, one that is missing is lost.
                try log.append(number..<(number + 1))
                try await consumer.acknowledge(delivery)
                if rate > 0 { try await Task.sleep(for: .microseconds(1_000_000 / rate)) }
            }
        } catch let error as AMQPError {
            // The datacenter went away, or the watch closed the connection: what was noted counts.
            if error.code == .protocolViolation { throw error }
        }
        watch.cancel()
        await connection.close()
    }
}
