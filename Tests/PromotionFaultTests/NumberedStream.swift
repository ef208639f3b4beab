import BrokerHarness
import Foundation
import NIOCore
import NIOPosix
import RabbitStream
import Synchronization
import Transport

/// A stream of numbered messages, each different: what publishes them at a rate over the stream protocol, through restarts
/// of the broker, and what reads them again.
///
/// It goes by its own reference, so that the stream has each number once.
struct NumberedStream: Sendable {
    let stream: String
    let node: BrokerNode

    private static let reference = "numbers"
    private static let size = 100
    /// What may wait for its confirm.
    private static let window: UInt64 = 60_000
    private static let tick = Duration.milliseconds(20)

    /// The message of a number: AMQP 1.0's section of data with the number and what depends on it.
    static func write(_ number: UInt64, to buffer: inout ByteBuffer) {
        buffer.writeBytes([0x00, 0x53, 0x75, 0xB0])
        buffer.writeInteger(UInt32(size))
        buffer.writeInteger(number)
        buffer.writeRepeatingByte(UInt8(truncatingIfNeeded: number &* 31), count: size - 8)
    }

    private func connect(
        _ receiver: @escaping @Sendable (StreamConnection) -> any StreamReceiver
    ) async throws -> StreamConnection {
        try await StreamConnection.connect(
            StreamConnectionConfiguration(
                endpoints: [Endpoint(host: "127.0.0.1", port: node.streamPort, isTLS: false)],
                credentials: .plain(username: "guest", password: "guest"),
                name: "numbers"
            ),
            on: NIOSingletons.posixEventLoopGroup.next(),
            receiver: receiver
        )
    }

    // MARK: Publishing

    /// What a publisher has done, for those that look at it meanwhile.
    final class Progress: Sendable {
        struct State: Sendable {
            var published: UInt64 = 0
            var confirmed: UInt64 = 0
            var isStopped = false
            var isClosed = false
        }

        private let state = Mutex(State())

        var now: State { state.withLock { $0 } }
        func change(_ body: (inout sending State) -> Void) { state.withLock { body(&$0) } }
        /// Has the publisher end, once all that was published is confirmed.
        func stop() { change { $0.isStopped = true } }
    }

    /// Publishes so many messages a second until it is told to stop.
    ///
    /// - Returns: how many there are.
    func publish(rate: Int, _ progress: Progress) async throws -> UInt64 {
        let deadline = ContinuousClock.now + .seconds(1200)
        while true {
            do {
                if try await session(rate: rate, progress) { return progress.now.published }
            } catch {
                // Its broker is away.
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// - Returns: whether all that is to be published is confirmed.
    private func session(rate: Int, _ progress: Progress) async throws -> Bool {
        progress.change { $0.isClosed = false }
        let connection = try await connect { _ in Publisher(progress) }
        defer { Task { await connection.close() } }
        let publisher = try await connection.declarePublisher(reference: Self.reference, stream: stream)
        let reached = try await connection.queryPublisherSequence(reference: Self.reference, stream: stream)
        progress.change { $0.confirmed = reached }
        var next = reached + 1
        let begun = ContinuousClock.now
        while true {
            let state = progress.now
            if state.isClosed { throw HarnessError("the broker has closed the connection") }
            if state.isStopped, state.confirmed >= state.published { return true }
            let due = reached + UInt64(Double(rate) * ((ContinuousClock.now - begun) / .seconds(1)))
            let most = min(max(due, state.published), state.confirmed + Self.window)
            let last = state.isStopped ? min(state.published, most) : most
            if last >= next {
                let numbers = next...last
                try await connection.eventLoop.submit {
                    var frames = connection.publishFrames(publisher: publisher)
                    for number in numbers {
                        _ = frames.append(number) { Self.write(number, to: &$0) }
                    }
                    try connection.publish(&frames)
                    connection.flush()
                }.get()
                progress.change { $0.published = max($0.published, last) }
                next = last + 1
            }
            try await Task.sleep(for: Self.tick)
        }
    }

    private final class Publisher: StreamReceiver {
        private let progress: Progress

        init(_ progress: Progress) { self.progress = progress }

        func confirmed(_ ids: PublishingIDs, publisher: UInt8) {
            guard let last = ids.max() else { return }
            progress.change { $0.confirmed = max($0.confirmed, last) }
        }

        func closed(_ error: StreamError) { progress.change { $0.isClosed = true } }
    }

    // MARK: Reading

    /// What was found in a stream.
    struct Found: Sendable {
        /// The messages that are what and where they should be: all numbers from 1 on.
        var good: UInt64 = 0
        /// The first one that is not, with what should have been there.
        var fault: String?
    }

    /// Reads the whole stream up to a number.
    func read(upTo count: UInt64, within deadline: Duration) async throws -> Found {
        let box = FoundBox()
        let connection = try await connect { Reader($0, box) }
        _ = try await connection.subscribe(stream, from: .first, credit: 10)
        try await eventually(within: deadline, "\(count) messages of \(stream)") {
            let now = box.now
            if now.good >= count || now.fault != nil { return true }
            throw HarnessError("\(now.good) so far")
        }
        let found = box.now
        await connection.close()
        return found
    }

    private final class FoundBox: Sendable {
        private let found = Mutex(Found())

        var now: Found { found.withLock { $0 } }
        func change(_ body: (inout sending Found) -> Void) { found.withLock { body(&$0) } }
    }

    private final class Reader: StreamReceiver {
        private let connection: StreamConnection
        private let box: FoundBox
        private var good: UInt64 = 0
        private var fault: String?
        private var expected = ByteBuffer()

        init(_ connection: StreamConnection, _ box: FoundBox) {
            self.connection = connection
            self.box = box
        }

        func received(_ chunk: Chunk, subscription: UInt8) {
            do {
                var entries = chunk.entries
                while let entry = try entries.next() {
                    switch entry {
                    case .message(let message): look(at: message)
                    case .subBatch(let batch):
                        var messages = try batch.messages()
                        while let message = try messages.next() { look(at: message) }
                    }
                }
            } catch {
                fault = fault ?? "\(error)"
            }
            let now = Found(good: good, fault: fault)
            box.change { $0 = now }
            connection.credit(1, subscription: subscription)
        }

        private func look(at message: ByteBuffer) {
            guard fault == nil else { return }
            expected.clear()
            NumberedStream.write(good + 1, to: &expected)
            guard message == expected else {
                let number = message.getInteger(at: message.readerIndex + 8, as: UInt64.self)
                fault = "number \(number.map { "\($0)" } ?? "?") in place of \(good + 1)"
                return
            }
            good += 1
        }

        func closed(_ error: StreamError) {
            box.change { $0.fault = $0.fault ?? "\(error)" }
        }
    }
}
