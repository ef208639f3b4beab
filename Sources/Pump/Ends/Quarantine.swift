import AMQP
import NIOCore

/// Where messages go that the destination refuses for good. Confined to the pump's event loop.
package protocol Quarantine: AnyObject {
    /// Stores one message with the reason. The future succeeds when the message is safe.
    func store(_ batch: DeliveryBatch, at index: Int, reason: QuarantineReason) -> EventLoopFuture<Void>
}
