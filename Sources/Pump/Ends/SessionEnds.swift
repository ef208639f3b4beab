import AMQP
import NIOCore

/// Where a session's messages come from. Confined to the session's event loop.
///
/// It hands deliveries on (``PumpSession/received(_:)``) for as long as it may, and is told what needs nothing more. What it
/// was not told of comes again in a later session.
protocol SessionSource: AnyObject {
    /// Who gets what is delivered, and is told when it ends (``PumpSession/fail(_:)``); kept alive by this.
    var session: PumpSession? { get set }
    /// Why it has ended, or `nil`.
    var failure: PumpError? { get }
    /// All deliveries up to that with this tag need nothing more. Told at the next flush.
    func settle(upTo tag: UInt64)
    /// One delivery needs nothing more. Told at the next flush.
    func settle(_ tag: UInt64)
    func flush()
    /// Whether there is room for deliveries at present.
    func setReading(_ isReading: Bool)
    /// Gives back a batch whose memory may serve again.
    func recycle(_ batch: DeliveryBatch)
    /// Asks it to deliver no more. When the future completes, the session has got everything that it delivered.
    func endDeliveries() -> EventLoopFuture<Void>
}

/// What became of an attempt to publish a delivery.
enum SendOutcome {
    /// It was written; what becomes of it is told under this number.
    case sent(sequence: UInt64)
    /// It will never pass.
    case undeliverable(QuarantineReason)
}

/// Where a session publishes to. Confined to the session's event loop.
///
/// It tells what becomes of each publish (``PumpSession/judged(_:)``, ``PumpSession/returned(_:text:)``), whether it takes any
/// (``PumpSession/publishabilityChanged()``), and when it ends (``PumpSession/destinationLost(_:)``).
protocol SessionDestination: AnyObject {
    /// Who is told; kept alive by this.
    var session: PumpSession? { get set }
    var failure: PumpError? { get }
    /// The number that the next publish gets.
    var nextSequence: UInt64 { get }
    /// Whether a publish would leave soon.
    var canPublish: Bool { get }
    /// Why no publish would leave soon, if so.
    var wait: DestinationWait? { get }
    /// Whether all messages get the same key, whatever they were published with.
    var replacesRoutingKey: Bool { get }
    /// Publishes a message. Sent at the next flush.
    ///
    /// - Parameter route: where to, if not where all others go.
    func publish(
        _ batch: DeliveryBatch,
        at index: Int,
        to route: PublishRoute?,
        properties: PublishedProperties
    ) -> SendOutcome
    /// Publishes a message elsewhere, whether or not a queue takes it there. Sent at the next flush.
    func probe(
        _ batch: DeliveryBatch,
        at index: Int,
        properties: PublishedProperties,
        to route: PublishRoute
    ) -> SendOutcome
    func flush()
    /// Whether an error that ended it may have been caused by a single message.
    func blamesMessage(_ error: AMQPError) -> Bool
}
