import AMQP
import NIOCore

/// The consumer of a lock's queue: keeps one token, removes those beyond it, and tells when it is held no more.
///
/// Confined to the event loop of its connection.
final class LockReceiver: ChannelReceiver {
    private enum State {
        case waiting
        case holding(tag: UInt64, generation: UInt64)
        /// The token was given back in order to get it again.
        case renewing(generation: UInt64)
        case ended
    }

    private let lane: ChannelLane
    private let renewal: LockRenewal
    private let acquired: EventLoopPromise<UInt64>
    private let lost: EventLoopPromise<String>
    private let held: AsyncStream<UInt64>.Continuation
    private var state = State.waiting
    private var timer: Scheduled<Void>?

    /// - Parameters:
    ///   - acquired: succeeds with the generation, or fails when the channel ends first.
    ///   - lost: succeeds with the reason, once, whether or not the lock was held.
    ///   - held: told the generation of the token that is held, whenever it is another; finished with the consumer.
    init(
        _ lane: ChannelLane,
        renewal: LockRenewal,
        acquired: EventLoopPromise<UInt64>,
        lost: EventLoopPromise<String>,
        held: AsyncStream<UInt64>.Continuation
    ) {
        self.lane = lane
        self.renewal = renewal
        self.acquired = acquired
        self.lost = lost
        self.held = held
    }

    func received(_ batch: DeliveryBatch) {
        for index in batch.entries.indices {
            let generation = LockToken.generation(of: try? batch.properties(at: index))
            received(batch.entries[index].deliveryTag, generation)
        }
        // Not recycled: a lock sees too few messages for that, and the decoder is in the middle of handing this one on.
        lane.flush()
        // Only after the whole batch: of several tokens, the highest generation counts.
        if case .holding(_, let generation) = state {
            acquired.succeed(generation)
            held.yield(generation)
        }
    }

    private func received(_ tag: UInt64, _ generation: UInt64) {
        switch state {
        case .waiting, .renewing:
            state = .holding(tag: tag, generation: generation)
            schedule(after: renewal.interval) { receiver in receiver.renew() }
        case .holding(let held, let highest):
            // Two may have found none and published one each. The next holder must get a higher generation than this
            // one, so the highest stays.
            if generation > highest {
                lane.acknowledge(held, multiple: false)
                state = .holding(tag: tag, generation: generation)
            } else {
                lane.acknowledge(tag, multiple: false)
            }
        case .ended:
            break
        }
    }

    /// Gives the token back and gets it again at once, since this is the active consumer. It keeps the broker's
    /// time-out for unacknowledged deliveries from closing the channel, and a lock that a broken cluster keeps from
    /// its holder, or a token that the broker dropped, is noticed.
    ///
    /// It is given back by `basic.nack`: from RabbitMQ 4.3 on `basic.reject` counts as a failed delivery.
    private func renew() {
        guard case .holding(let tag, let generation) = state else { return }
        state = .renewing(generation: generation)
        lane.reject(tag, requeue: true)
        lane.flush()
        let limit = renewal.limit
        schedule(after: limit) { receiver in
            guard case .renewing = receiver.state else { return }
            receiver.end(
                "the broker did not give the token back within \(limit): the queue has no majority, or the token is gone"
            )
        }
    }

    func consumerCancelled(tag: String) {
        end("the broker ended the consumer: the queue was deleted, or lost its leader")
    }

    func closed(_ error: AMQPError) {
        acquired.fail(error)
        end(error.description)
    }

    private func end(_ reason: String) {
        timer?.cancel()
        timer = nil
        state = .ended
        acquired.fail(AMQPError(.cancelledByBroker, reason: reason))
        lost.succeed(reason)
        held.finish()
    }

    private func schedule(after time: Duration, _ body: @escaping (LockReceiver) -> Void) {
        timer?.cancel()
        timer = lane.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { [weak self] in
            if let self { body(self) }
        }
    }
}

/// How a token that is held for long is kept.
struct LockRenewal: Sendable {
    /// How often the token is given back and got again: so long it takes to notice that it is gone, or that a part of
    /// the cluster has given it to somebody else. It is far below the broker's time-out for unacknowledged deliveries.
    var interval: Duration = .seconds(10)
    /// How long the token may be on its way. An election of a quorum queue's leader takes a few seconds.
    var limit: Duration = .seconds(30)
}
