import AMQP
import NIOCore

/// Puts messages into a queue on a connection of its own, which it opens with the first of them.
///
/// Confined to the event loop of its pump, whose session owns and closes it.
final class QueueQuarantine: Quarantine {
    private let settings: PumpQuarantine
    private let eventLoop: any EventLoop
    private let route: PublishRoute
    private var opening: EventLoopFuture<NIOLoopBound<ConfirmingLane>>?
    private var task: Task<Void, Never>?
    private var rewriter: PropertyRewriter

    init(_ settings: PumpQuarantine, eventLoop: any EventLoop) throws(WireError) {
        self.settings = settings
        self.eventLoop = eventLoop
        route = try PublishRoute(exchange: "", routingKey: settings.queue)
        rewriter = PropertyRewriter { raw, name in
            // A CC or BCC header on a publish to the default exchange would reach live queues.
            raw.equals(name, "CC") || raw.equals(name, "BCC") || raw.starts(name, with: "x-ropeway-quarantine-")
        }
        rewriter.clearsUserID = true
    }

    func store(_ batch: DeliveryBatch, at index: Int, reason: QuarantineReason) -> EventLoopFuture<Void> {
        connected().assumeIsolated().flatMap { lane in
            lane.value.publish(batch, at: index, to: self.route, rewriter: self.rewriter(batch, index, reason))
        }.nonisolated()
    }

    /// The message's properties with the reason and where it was published to, as headers.
    private func rewriter(_ batch: DeliveryBatch, _ index: Int, _ reason: QuarantineReason) -> PropertyRewriter {
        let headers: FieldTable = [
            "x-ropeway-quarantine-reason": .string(reason.code),
            "x-ropeway-quarantine-detail": .string(String(reason.description.prefix(500))),
            "x-ropeway-quarantine-exchange": .string(batch.exchange(at: index)),
            "x-ropeway-quarantine-routing-key": .string(batch.routingKey(at: index)),
        ]
        var table = ByteBuffer()
        if (try? table.writeAMQPTable(headers)) != nil {
            table.moveReaderIndex(forwardBy: 4)
            rewriter.additions = table
        }
        return rewriter
    }

    private func connected() -> EventLoopFuture<NIOLoopBound<ConfirmingLane>> {
        if let opening { return opening }
        let promise = eventLoop.makePromise(of: NIOLoopBound<ConfirmingLane>.self)
        opening = promise.futureResult
        promise.futureResult.assumeIsolated().whenFailure { _ in self.opening = nil }
        let settings = settings
        let eventLoop = eventLoop
        task = Task {
            do {
                let connection = try await AMQPConnection.connect(settings.connection(), on: eventLoop)
                do {
                    // A call that waits for a silent broker notices nothing but the end of its connection.
                    let channel = try await withTaskCancellationHandler {
                        try await settings.prepare(connection)
                        let channel = try await connection.openChannel()
                        try await channel.selectConfirms()
                        return channel
                    } onCancel: {
                        connection.drop()
                    }
                    eventLoop.execute {
                        let lane = ConfirmingLane(channel.loopView, connection: connection, queue: settings.queue)
                        promise.succeed(NIOLoopBound(lane, eventLoop: eventLoop))
                    }
                } catch {
                    connection.drop()
                    throw error
                }
            } catch {
                promise.fail(error)
            }
        }
        return promise.futureResult
    }

    func close() {
        task?.cancel()
        opening?.assumeIsolated().whenSuccess { $0.value.connection.drop() }
    }
}

/// A channel in confirm mode that tells of each publish by a future. For rare messages.
private final class ConfirmingLane: ChannelReceiver {
    private let lane: ChannelLane
    let connection: AMQPConnection
    private var waiting: [UInt64: EventLoopPromise<Void>] = [:]
    private var wasReturned = false
    private let queue: String

    init(_ lane: ChannelLane, connection: AMQPConnection, queue: String) {
        self.lane = lane
        self.queue = queue
        self.connection = connection
        lane.receiver = self
    }

    func publish(
        _ batch: DeliveryBatch,
        at index: Int,
        to route: PublishRoute,
        rewriter: PropertyRewriter
    ) -> EventLoopFuture<Void> {
        let promise = lane.eventLoop.makePromise(of: Void.self)
        if let failure = lane.failure {
            promise.fail(failure)
            return promise.futureResult
        }
        do throws(AMQPError) {
            waiting[try publish(batch, at: index, to: route, rewriter: rewriter)] = promise
            lane.flush()
        } catch {
            promise.fail(error)
        }
        return promise.futureResult
    }

    /// With the reason if it can be, else without: a message that fits nowhere would hold up all others for ever.
    private func publish(
        _ batch: DeliveryBatch,
        at index: Int,
        to route: PublishRoute,
        rewriter: PropertyRewriter
    ) throws(AMQPError) -> UInt64 {
        let layout = try? batch.withRawProperties(at: index) { raw throws(WireError) in try PropertyLayout(raw) }
        if let layout {
            var rewriter = rewriter
            for _ in 0..<2 {
                let properties = PublishedProperties.spliced(rewriter, layout)
                let outcome = lane.publish(batch, at: index, to: route, properties: properties, mandatory: true)
                if case .published(let sequence) = outcome { return sequence }
                // The header had room for the message's own properties when it came.
                rewriter.additions.clear()
            }
        }
        // The properties can't be read: the body and the reason are what can be kept.
        var headers = FieldTable()
        var additions = ByteBuffer()
        additions.writeInteger(UInt32(rewriter.additions.readableBytes))
        additions.writeImmutableBuffer(rewriter.additions)
        if let table = try? additions.readAMQPTable() { headers = table }
        return try lane.publish(
            batch.body(at: index),
            properties: BasicProperties(headers: headers, deliveryMode: 2),
            exchange: "",
            routingKey: queue,
            mandatory: true
        )
    }

    func received(_ confirms: [Confirm]) {
        for confirm in confirms {
            let covered = waiting.keys.filter {
                $0 == confirm.sequence || (confirm.isMultiple && $0 < confirm.sequence)
            }
            for sequence in covered {
                let promise = waiting.removeValue(forKey: sequence)
                if confirm.isPositive, !wasReturned {
                    promise?.succeed()
                } else {
                    promise?.fail(AMQPError(.closedByBroker, reason: "the quarantine queue refused the message"))
                }
            }
        }
    }

    /// The queue is gone: no confirm means anything from here on.
    func returned(_ message: ReturnedMessage) { wasReturned = true }

    func closed(_ error: AMQPError) {
        let unsettled = waiting.values
        waiting.removeAll()
        for promise in unsettled { promise.fail(error) }
    }
}
