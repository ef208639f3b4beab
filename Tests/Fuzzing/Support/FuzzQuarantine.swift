import AMQP
import NIOCore
import Pump

/// A quarantine that takes messages, later or never, as an input says.
final class FuzzQuarantine: Quarantine {
    private let eventLoop: any EventLoop
    private var waiting: [(tag: UInt64, promise: EventLoopPromise<Void>)] = []
    /// What is safe in it.
    private(set) var stored: Set<UInt64> = []
    var takesAtOnce = true

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func store(_ batch: DeliveryBatch, at index: Int, reason: QuarantineReason) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        waiting.append((batch.entries[index].deliveryTag, promise))
        if takesAtOnce { settle(succeeds: true) }
        return promise.futureResult
    }

    /// Takes what waits, or refuses it.
    func settle(succeeds: Bool) {
        let all = waiting
        waiting = []
        for (tag, promise) in all {
            if succeeds {
                stored.insert(tag)
                promise.succeed()
            } else {
                promise.fail(AMQPError(.closed, reason: "the quarantine is gone"))
            }
        }
    }
}
