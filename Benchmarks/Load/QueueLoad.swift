import AMQP
import ArgumentParser
import NIOCore
import Transport

/// Opens a channel to a broker on this machine.
func openChannel(port: Int) async throws -> (AMQPConnection, AMQPChannel) {
    let connection = try await AMQPConnection.connect(
        ConnectionConfiguration(
            endpoints: [Endpoint(host: "127.0.0.1", port: port, isTLS: false)],
            credentials: .plain(username: "guest", password: "guest"),
            name: "benchmark load"
        )
    )
    return (connection, try await connection.openChannel())
}

/// A queue of a broker on this machine.
struct Place: ParsableArguments {
    @Option(help: "The AMQP port on 127.0.0.1.") var port: Int
    @Option(help: "The queue; it is declared durable, and emptied by fill.") var queue: String
    @Option(help: "classic, quorum or stream.") var type = "classic"

    func open() async throws -> (AMQPConnection, AMQPChannel) {
        let (connection, channel) = try await openChannel(port: port)
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
        try await publish(count, bytes: size, exchange: "", keys: [place.queue], on: channel)
        await connection.close()
    }
}

struct Publish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Publishes persistent messages to an exchange.")
    @Option(help: "The AMQP port on 127.0.0.1.") var port: Int
    @Option(help: "The exchange.") var exchange: String
    @Option(help: "Routing keys, separated by commas: the messages take them in turn.") var keys: String
    @Option(help: "How many messages.") var count: Int
    @Option(help: "Bytes of a body.") var size = 256

    func run() async throws {
        let (connection, channel) = try await openChannel(port: port)
        let keys = keys.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        try await publish(count, bytes: size, exchange: exchange, keys: keys, on: channel)
        await connection.close()
    }
}

/// Publishes with confirms, some thousands ahead of them; each must reach a queue.
private func publish(_ count: Int, bytes: Int, exchange: String, keys: [String], on channel: AMQPChannel) async throws {
    let publisher = try await PipelinedPublisher.open(on: channel, window: 5000)
    let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: bytes)
    for number in 0..<count {
        try await publisher.publish(
            body,
            properties: BasicProperties(deliveryMode: 2),
            exchange: exchange,
            routingKey: keys[number % keys.count],
            mandatory: true
        )
    }
    let counts = try await publisher.drain()
    guard counts.confirmed == count else { throw ValidationError("not all were confirmed: \(counts)") }
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

struct Consume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Consumes and acknowledges so many messages of a queue.")
    @OptionGroup var place: Place
    @Option(help: "How many messages.") var count: Int
    @Option(help: "The prefetch count.") var prefetch: UInt16 = 1000

    func run() async throws {
        let (connection, channel) = try await place.open()
        try await channel.setPrefetch(prefetch)
        let done = channel.eventLoop.makePromise(of: Void.self)
        let count = count
        try await channel.consume(place.queue, tag: "consume") { CountingReceiver($0, count: count, done: done) }
        try await done.futureResult.get()
        await connection.close()
    }
}

/// Acknowledges what came in one read together.
private final class CountingReceiver: ChannelReceiver {
    private let lane: ChannelLane
    private var left: Int
    private let done: EventLoopPromise<Void>

    init(_ lane: ChannelLane, count: Int, done: EventLoopPromise<Void>) {
        self.lane = lane
        self.left = count
        self.done = done
        if count == 0 { done.succeed() }
    }

    func received(_ batch: DeliveryBatch) {
        guard left > 0, let last = batch.entries.last else { return lane.recycle(batch) }
        left -= batch.count
        lane.acknowledge(last.deliveryTag, multiple: true)
        lane.flush()
        lane.recycle(batch)
        if left <= 0 { done.succeed() }
    }

    func closed(_ error: AMQPError) { done.fail(error) }
}
