import ArgumentParser
import NIOCore
import NIOPosix
import RabbitStream
import Transport

/// A stream of a broker on this machine.
struct StreamPlace: ParsableArguments {
    @Option(help: "The port of the stream protocol on 127.0.0.1.") var port: Int
    @Option(help: "The stream.") var stream: String

    func open(
        receiver: (@Sendable (StreamConnection) -> any StreamReceiver)? = nil,
        on eventLoop: any EventLoop = NIOSingletons.posixEventLoopGroup.next()
    ) async throws -> StreamConnection {
        try await StreamConnection.connect(
            StreamConnectionConfiguration(
                endpoints: [Endpoint(host: "127.0.0.1", port: port, isTLS: false)],
                credentials: .plain(username: "guest", password: "guest"),
                name: "benchmark load"
            ),
            on: eventLoop,
            receiver: receiver
        )
    }
}

struct FillStream: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fill-stream",
        abstract: "Declares a stream anew and fills it over the stream protocol."
    )
    @OptionGroup var place: StreamPlace
    @Option(help: "How many messages.") var count: Int
    @Option(help: "Bytes of a body.") var size = 256
    @Option(help: "Messages published at a time.") var batch = 128

    func run() async throws {
        let eventLoop = NIOSingletons.posixEventLoopGroup.next()
        let filler = NIOLoopBoundBox<StreamFiller?>.makeEmptyBox(eventLoop: eventLoop)
        let (count, size, batch) = (count, size, batch)
        let connection = try await place.open(
            receiver: { connection in
                let made = StreamFiller(connection, count: count, size: size, batch: batch)
                filler.value = made
                return made
            },
            on: eventLoop
        )
        try? await connection.deleteStream(place.stream)
        try await connection.createStream(place.stream)
        guard count > 0 else { return await connection.close() }
        let publisher = try await connection.declarePublisher(stream: place.stream)
        try await eventLoop.flatSubmit {
            filler.value?.begin(publisher) ?? eventLoop.makeFailedFuture(ValidationError("no connection"))
        }.get()
        await connection.close()
    }
}

/// Publishes batches, a few ahead of their confirms.
private final class StreamFiller: StreamReceiver {
    /// So many bytes at most are published at a time, and go ahead of their confirms: a connection keeps no more than 64 MiB
    /// for a socket that is slow.
    private static let (bytesAtATime, bytesAhead) = (4 << 20, 16 << 20)

    private let connection: StreamConnection
    private let count: Int
    private let batch: Int
    private let ahead: Int
    private let message: ByteBuffer
    private let done: EventLoopPromise<Void>
    private var publisher: UInt8 = 0
    private var published = 0
    private var confirmed = 0

    init(_ connection: StreamConnection, count: Int, size: Int, batch: Int) {
        self.connection = connection
        self.count = count
        self.batch = min(batch, max(1, Self.bytesAtATime / max(size, 1)))
        ahead = max(2 * self.batch, min(20_000, Self.bytesAhead / max(size, 1)))
        // An AMQP 1.0 message of one data section.
        var message = ByteBuffer()
        message.writeBytes([0x00, 0x53, 0x75, 0xb0])
        message.writeInteger(UInt32(size))
        message.writeRepeatingByte(UInt8(ascii: "x"), count: size)
        self.message = message
        done = connection.eventLoop.makePromise()
    }

    func begin(_ publisher: UInt8) -> EventLoopFuture<Void> {
        self.publisher = publisher
        publish()
        return done.futureResult
    }

    func confirmed(_ ids: PublishingIDs, publisher: UInt8) {
        confirmed += ids.count
        if confirmed == count { done.succeed() } else { publish() }
    }

    func closed(_ error: StreamError) { done.fail(error) }

    private func publish() {
        while published < count, published - confirmed < ahead {
            let number = min(batch, count - published)
            let entries = (0..<number).map { PublishEntry(UInt64(published + $0 + 1), message: message) }
            do throws(StreamError) {
                try connection.publish(entries, publisher: publisher)
            } catch {
                return done.fail(error)
            }
            published += number
        }
        connection.flush()
    }
}

struct AwaitStream: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "await-stream",
        abstract: "Waits until a stream has what was published under a reference up to a sequence."
    )
    @OptionGroup var place: StreamPlace
    @Option(help: "The publisher's reference.") var reference: String
    @Option(help: "The sequence.") var sequence: UInt64
    @Option(help: "Give up after so many seconds.") var seconds = 300

    func run() async throws {
        let connection = try await place.open()
        let deadline = ContinuousClock.now + .seconds(seconds)
        while try await connection.queryPublisherSequence(reference: reference, stream: place.stream) < sequence {
            guard ContinuousClock.now < deadline else { throw ValidationError("it did not come in \(seconds) s") }
            try await Task.sleep(for: .milliseconds(10))
        }
        await connection.close()
    }
}

struct ConsumeStream: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consume-stream",
        abstract: "Reads so many messages of a stream over the stream protocol, without looking into them."
    )
    @OptionGroup var place: StreamPlace
    @Option(help: "How many messages.") var count: UInt64

    func run() async throws {
        let eventLoop = NIOSingletons.posixEventLoopGroup.next()
        let done = eventLoop.makePromise(of: Void.self)
        let count = count
        let connection = try await place.open(
            receiver: { ChunkCounter($0, count: count, done: done) },
            on: eventLoop
        )
        _ = try await connection.subscribe(place.stream, from: .first, credit: 100)
        try await done.futureResult.get()
        await connection.close()
    }
}

private final class ChunkCounter: StreamReceiver {
    private let connection: StreamConnection
    private let count: UInt64
    private let done: EventLoopPromise<Void>
    private var seen: UInt64 = 0

    init(_ connection: StreamConnection, count: UInt64, done: EventLoopPromise<Void>) {
        self.connection = connection
        self.count = count
        self.done = done
    }

    func received(_ chunk: Chunk, subscription: UInt8) {
        seen += chunk.nextOffset - chunk.firstOffset
        connection.credit(1, subscription: subscription)
        if seen >= count { done.succeed() }
    }

    func closed(_ error: StreamError) { done.fail(error) }
}
