import AMQP
import Logging
import NIOCore
import Pump
import RabbitStream

/// A stream that is looked through: over the stream protocol where there are listeners for it, which costs the broker next to
/// nothing, else over AMQP.
struct SurveyedStream: Sendable {
    let name: String
    let connection: AMQPConnection
    /// Over the stream protocol; `nil` where the site has no listener for it.
    let end: ChunkEnd?
    let logger: Logger
    /// Told that it could not be read like that.
    let noteFailure: @Sendable () -> Void

    /// Reads from an offset on until the survey comes to something.
    func read(
        from offset: OffsetSpecification,
        _ survey: @escaping @Sendable () -> StreamSurvey
    ) async throws -> StreamSurvey.Outcome {
        if let end {
            do {
                return try await StreamReading.read(end, from: offset, on: connection.eventLoop) {
                    var survey = survey()
                    return { batch in survey.look(at: batch) }
                }
            } catch {
                try Task.checkCancellation()
                noteFailure()
                logger.info(
                    "the store is looked through over AMQP",
                    metadata: ["stream": "\(name)", "reason": "\(error)"]
                )
            }
        }
        return try await readOverAMQP(from: offset, survey)
    }

    private func readOverAMQP(
        from offset: OffsetSpecification,
        _ survey: @escaping @Sendable () -> StreamSurvey
    ) async throws -> StreamSurvey.Outcome {
        let channel = try await connection.openChannel()
        try await channel.setPrefetch(2000)
        let receiver = try await channel.onEventLoop { lane in
            let receiver = SurveyReceiver(lane, survey())
            lane.receiver = receiver
            return NIOLoopBound(receiver, eventLoop: lane.eventLoop)
        }
        try await channel.consume(name, tag: "survey", arguments: ["x-stream-offset": FieldValue(offset)])
        let eventLoop = connection.eventLoop
        let outcome = try await withTaskCancellationHandler {
            try await eventLoop.flatSubmit { receiver.value.outcome }.get()
        } onCancel: {
            eventLoop.execute { receiver.value.fail(AMQPError(.cancelled, reason: "the task was cancelled")) }
        }
        try await channel.close()
        return outcome
    }
}

/// Hands what a consumer is delivered to a survey. Confined to the event loop of its channel.
private final class SurveyReceiver: ChannelReceiver {
    private let lane: ChannelLane
    private var survey: StreamSurvey
    private let promise: EventLoopPromise<StreamSurvey.Outcome>
    private var isDone = false

    init(_ lane: ChannelLane, _ survey: StreamSurvey) {
        self.lane = lane
        self.survey = survey
        promise = lane.eventLoop.makePromise()
    }

    var outcome: EventLoopFuture<StreamSurvey.Outcome> { promise.futureResult }

    func received(_ batch: DeliveryBatch) {
        defer { lane.recycle(batch) }
        guard !isDone, let last = batch.entries.last else { return }
        if let outcome = survey.look(at: batch) {
            isDone = true
            promise.succeed(outcome)
            return
        }
        lane.acknowledge(last.deliveryTag, multiple: true)
        lane.flush()
    }

    func consumerCancelled(tag: String) {
        fail(AMQPError(.cancelledByBroker, reason: "the stream was deleted or moved"))
    }

    func closed(_ error: AMQPError) { fail(error) }

    func fail(_ error: AMQPError) {
        guard !isDone else { return }
        isDone = true
        promise.fail(error)
    }
}

extension FieldValue {
    /// An offset as AMQP consumers of streams tell it.
    fileprivate init(_ offset: OffsetSpecification) {
        switch offset {
        case .first: self = .string("first")
        case .last: self = .string("last")
        case .next: self = .string("next")
        case .offset(let offset): self = .int64(Int64(clamping: offset))
        case .timestamp(let milliseconds): self = .timestamp(UInt64(clamping: milliseconds / 1000))
        }
    }
}
