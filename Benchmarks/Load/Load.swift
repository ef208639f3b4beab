import AMQP
import ArgumentParser
import NIOCore
import Transport

/// Fills queues for benchmarks and waits for them to arrive elsewhere.
@main
struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark-load",
        abstract: "Fills queues for benchmarks and waits until messages have arrived.",
        subcommands: [Fill.self, Await.self, FillStream.self, AwaitStream.self]
    )
}

/// A queue of a broker on this machine.
struct Place: ParsableArguments {
    @Option(help: "The AMQP port on 127.0.0.1.") var port: Int
    @Option(help: "The queue; it is declared durable, and emptied by fill.") var queue: String
    @Option(help: "classic, quorum or stream.") var type = "classic"

    func open() async throws -> (AMQPConnection, AMQPChannel) {
        let connection = try await AMQPConnection.connect(
            ConnectionConfiguration(
                endpoints: [Endpoint(host: "127.0.0.1", port: port, isTLS: false)],
                credentials: .plain(username: "guest", password: "guest"),
                name: "benchmark load"
            )
        )
        let channel = try await connection.openChannel()
        try await channel.declareQueue(queue, arguments: ["x-queue-type": .string(type)])
        return (connection, channel)
    }
}

struct Fill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Empties a queue and fills it with persistent messages.")
    @OptionGroup var place: Place
    @Option(help: "How many messages.") var count: Int
    @Option(help: "Bytes of a body.") var size = 256

    func run() async throws {
        let (connection, channel) = try await place.open()
        // A stream can't be emptied.
        if place.type != "stream" { try await channel.purgeQueue(place.queue) }
        let publisher = try await PipelinedPublisher.open(on: channel, window: 5000)
        let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: size)
        for _ in 0..<count {
            try await publisher.publish(
                body,
                properties: BasicProperties(deliveryMode: 2),
                exchange: "",
                routingKey: place.queue,
                mandatory: true
            )
        }
        let counts = try await publisher.drain()
        guard counts.confirmed == count else { throw ValidationError("not all were confirmed: \(counts)") }
        await connection.close()
    }
}

struct Await: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Waits until a queue holds so many messages.")
    @OptionGroup var place: Place
    @Option(help: "How many messages.") var count: Int
    @Option(help: "Give up after so many seconds.") var seconds = 300

    func run() async throws {
        let (connection, channel) = try await place.open()
        let deadline = ContinuousClock.now + .seconds(seconds)
        while try await channel.declareQueue(place.queue, passive: true).messages < count {
            guard ContinuousClock.now < deadline else { throw ValidationError("they did not arrive in \(seconds) s") }
            try await Task.sleep(for: .milliseconds(20))
        }
        await connection.close()
    }
}
