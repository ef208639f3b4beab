import AMQP
import NIOCore

/// What a standby stream holds of an epoch up to a seal.
public struct StreamContents: Sendable, Hashable, Codable {
    /// Messages of the epoch.
    public var messages: Int
    /// The offset of the seal.
    public var sealOffset: Int64
    /// The offset of the first of the newest `max-length` messages, where there are more.
    public var firstOffset: Int64?
    /// When the relay saw the newest message: milliseconds since 1970. The link lived until then at least.
    public var newest: Int64?

    public init(messages: Int, sealOffset: Int64, firstOffset: Int64?, newest: Int64?) {
        self.messages = messages
        self.sealOffset = sealOffset
        self.firstOffset = firstOffset
        self.newest = newest
    }
}

/// Reads a stream once, to count real messages: offsets have holes where segments rolled.
///
/// Confined to the event loop of its channel.
final class StreamSurvey: ChannelReceiver {
    /// A place to come back to, each so many messages.
    private struct Mark {
        let index: Int
        let offset: Int64
    }

    private static let markEvery = 4096

    private let lane: ChannelLane
    private let epoch: Int64
    private let seal: [UInt8]
    private let from: Int64
    /// Stop at the message with this number, and tell its offset.
    private let target: Int?
    private let promise: EventLoopPromise<Outcome>
    private var count: Int
    private var marks: [Mark] = []
    private var newest: Int64?
    private var isDone = false

    enum Outcome: Sendable {
        case sealed(count: Int, offset: Int64, newest: Int64?, marks: [(index: Int, offset: Int64)])
        case reached(offset: Int64)
    }

    init(
        lane: ChannelLane,
        epoch: Int,
        seal: String,
        from: Int64 = 0,
        countFrom: Int = 0,
        target: Int? = nil
    ) {
        self.lane = lane
        self.epoch = Int64(epoch)
        self.seal = Array(seal.utf8)
        self.from = from
        self.target = target
        count = countFrom
        promise = lane.eventLoop.makePromise()
    }

    var outcome: EventLoopFuture<Outcome> { promise.futureResult }

    func received(_ batch: DeliveryBatch) {
        defer { lane.recycle(batch) }
        guard !isDone, let last = batch.entries.last else { return }
        for index in batch.entries.indices {
            if let outcome = examine(batch, index) {
                isDone = true
                promise.succeed(outcome)
                return
            }
        }
        lane.acknowledge(last.deliveryTag, multiple: true)
        lane.flush()
    }

    private func examine(_ batch: DeliveryBatch, _ index: Int) -> Outcome? {
        let found = try? batch.withRawProperties(at: index) { raw throws(WireError) -> (StoredMessage, Bool) in
            let stored = try StoredMessage(raw, layout: try PropertyLayout(raw))
            return (stored, stored.seal.map { raw[$0].elementsEqual(seal) } ?? false)
        }
        guard let (stored, isSeal) = found, let offset = stored.offset, offset >= from else { return nil }
        if isSeal {
            return .sealed(count: count, offset: offset, newest: newest, marks: marks.map { ($0.index, $0.offset) })
        }
        guard stored.seal == nil, stored.epoch == epoch else { return nil }
        if count == target { return .reached(offset: offset) }
        if count % Self.markEvery == 0 { marks.append(Mark(index: count, offset: offset)) }
        count += 1
        if let time = stored.time { newest = max(newest ?? time, time) }
        return nil
    }

    func consumerCancelled(tag: String) {
        fail(AMQPError(.cancelledByBroker, reason: "the stream was deleted or moved"))
    }

    func closed(_ error: AMQPError) { fail(error) }

    private func fail(_ error: AMQPError) {
        guard !isDone else { return }
        isDone = true
        promise.fail(error)
    }
}

extension StreamSurvey {
    /// Finds out what a stream holds of an epoch up to a seal, and where its newest `maximum` messages begin.
    static func contents(
        of stream: String,
        on connection: AMQPConnection,
        epoch: Int,
        seal: String,
        maximum: Int?
    ) async throws -> StreamContents {
        let first = try await run(stream, connection, offset: .string("first")) { lane in
            StreamSurvey(lane: lane, epoch: epoch, seal: seal)
        }
        guard case .sealed(let count, let sealOffset, let newest, let marks) = first else {
            throw AMQPError(.protocolViolation, reason: "the stream '\(stream)' has no seal")
        }
        var contents = StreamContents(messages: count, sealOffset: sealOffset, firstOffset: nil, newest: newest)
        guard let maximum, count > maximum else { return contents }
        let target = count - maximum
        guard target < count, let mark = marks.last(where: { $0.index <= target }) else {
            contents.firstOffset = sealOffset
            return contents
        }
        let second = try await run(stream, connection, offset: .int64(mark.offset)) { lane in
            StreamSurvey(lane: lane, epoch: epoch, seal: seal, from: mark.offset, countFrom: mark.index, target: target)
        }
        if case .reached(let offset) = second { contents.firstOffset = offset }
        return contents
    }

    private static func run(
        _ stream: String,
        _ connection: AMQPConnection,
        offset: FieldValue,
        _ make: @escaping @Sendable (ChannelLane) -> StreamSurvey
    ) async throws -> Outcome {
        let channel = try await connection.openChannel()
        try await channel.setPrefetch(2000)
        let survey = try await channel.onEventLoop { lane in
            let survey = make(lane)
            lane.receiver = survey
            return NIOLoopBound(survey, eventLoop: lane.eventLoop)
        }
        try await channel.consume(stream, tag: "survey", arguments: ["x-stream-offset": offset])
        let eventLoop = connection.eventLoop
        let outcome = try await withTaskCancellationHandler {
            try await eventLoop.flatSubmit { survey.value.outcome }.get()
        } onCancel: {
            eventLoop.execute { survey.value.fail(AMQPError(.cancelled, reason: "the task was cancelled")) }
        }
        try await channel.close()
        return outcome
    }
}
