import AMQP
import ArgumentParser
import NIOCore
import Transport

/// Publishes at a fixed rate to one queue and consumes from another, on the same clock.
struct Latency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures how long messages take from a queue of one broker to one of another, at a fixed rate.",
        discussion: """
            Prints one line of JSON: messages published, received and late (not received within 10 s after the last), \
            and milliseconds from the moment a message was due to be published until it was received. A publisher that \
            falls behind its rate does not hide what waited meanwhile.
            """
    )
    @Option(help: "The AMQP port of the broker that is published to.") var from: Int
    @Option(help: "The queue that is published to.") var source: String
    @Option(help: "The AMQP port of the broker that is consumed from.") var to: Int
    @Option(help: "The queue that is consumed from.") var target: String
    @Option(help: "Messages a second.") var rate: Int
    @Option(help: "Seconds.") var seconds: Int
    @Option(help: "Seconds before these that are not measured.") var warmUp = 2
    @Option(help: "Bytes of a body, 8 at least.") var size = 256

    func validate() throws {
        guard rate > 0, seconds > 0, warmUp >= 0, size >= 8 else { throw ValidationError("a number is too small") }
    }

    func run() async throws {
        let (consuming, incoming) = try await openChannel(port: to)
        let (publishing, outgoing) = try await openChannel(port: from)
        try await incoming.setPrefetch(10_000)
        let total = rate * (seconds + warmUp)
        let done = incoming.eventLoop.makePromise(of: [Int64].self)
        try await incoming.consume(target, tag: "latency") { LatencyReceiver($0, total: total, done: done) }
        try await outgoing.selectConfirms()
        let (rate, size, source) = (rate, size, source)
        let finished = outgoing.eventLoop.makePromise(of: Void.self)
        try await outgoing.onEventLoop { lane in
            FixedRatePublisher(lane, queue: source, rate: rate, total: total, size: size, done: finished).start()
        }
        try await finished.futureResult.get()
        // What does not come within 10 s is told of as late.
        let deadline = incoming.eventLoop.scheduleTask(in: .seconds(10)) {
            (incoming.loopView.receiver as? LatencyReceiver)?.finish()
        }
        let all = try await done.futureResult.get()
        deadline.cancel()
        await publishing.close()
        await consuming.close()
        print(report(all, total: total))
    }

    /// Takes each message's nanoseconds; those of the warm-up, which came first, are left out.
    private func report(_ all: [Int64], total: Int) -> String {
        let measured = all.dropFirst(rate * warmUp).sorted()
        func at(_ part: Double) -> String {
            guard !measured.isEmpty else { return "null" }
            let index = min(measured.count - 1, Int(part * Double(measured.count)))
            return "\(Double(measured[index] / 1000) / 1000)"
        }
        return """
            {"published": \(total), "received": \(all.count), "late": \(total - all.count), \
            "p50": \(at(0.5)), "p90": \(at(0.9)), "p99": \(at(0.99)), "p99.9": \(at(0.999)), "max": \(at(1))}
            """
    }
}

private final class LatencyReceiver: ChannelReceiver {
    private let lane: ChannelLane
    private let total: Int
    private let done: EventLoopPromise<[Int64]>
    private var seen: [Int64] = []

    init(_ lane: ChannelLane, total: Int, done: EventLoopPromise<[Int64]>) {
        self.lane = lane
        self.total = total
        self.done = done
        seen.reserveCapacity(total)
    }

    func received(_ batch: DeliveryBatch) {
        let now = NIODeadline.now().uptimeNanoseconds
        for index in 0..<batch.count {
            var body = batch.body(at: index)
            guard let due = body.readInteger(as: UInt64.self) else { continue }
            seen.append(Int64(now) - Int64(due))
        }
        if let last = batch.entries.last { lane.acknowledge(last.deliveryTag, multiple: true) }
        lane.flush()
        lane.recycle(batch)
        if seen.count >= total { finish() }
    }

    func finish() { done.succeed(seen) }
    func closed(_ error: AMQPError) { done.fail(error) }
}

/// Publishes what is due each millisecond. It lives on the event loop of its channel, and until all is published.
private final class FixedRatePublisher {
    private let lane: ChannelLane
    private let queue: String
    private let rate: Int
    private let total: Int
    private let done: EventLoopPromise<Void>
    private let padding: ByteBuffer
    private let begin = NIODeadline.now().uptimeNanoseconds
    private var published = 0

    init(_ lane: ChannelLane, queue: String, rate: Int, total: Int, size: Int, done: EventLoopPromise<Void>) {
        self.lane = lane
        self.queue = queue
        self.rate = rate
        self.total = total
        self.done = done
        padding = ByteBuffer(repeating: UInt8(ascii: "x"), count: size - 8)
    }

    func start() {
        publishDue()
        if let failure = lane.failure { return done.fail(failure) }
        guard published < total else { return }
        lane.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) { self.start() }
    }

    private func publishDue() {
        let elapsed = NIODeadline.now().uptimeNanoseconds - begin
        let due = min(total, Int(elapsed * UInt64(rate) / 1_000_000_000))
        do {
            while published < due {
                var body = ByteBuffer()
                body.writeInteger(begin + UInt64(published) * 1_000_000_000 / UInt64(rate))
                body.writeImmutableBuffer(padding)
                try lane.publish(
                    body,
                    properties: BasicProperties(deliveryMode: 2),
                    exchange: "",
                    routingKey: queue,
                    mandatory: true
                )
                published += 1
            }
            lane.flush()
            if published == total { done.succeed() }
        } catch {
            done.fail(error)
        }
    }
}
