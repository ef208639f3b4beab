import AMQP
import NIOCore

/// An exchange, or a queue by the default one, that a session publishes to.
final class AMQPDestination: SessionDestination, ChannelReceiver {
    var session: PumpSession? {
        didSet { lane.receiver = session == nil ? nil : self }
    }
    private let lane: ChannelLane
    private let route: PublishRoute
    private let isMandatory: Bool

    /// Whether a message was published with another key than it came with.
    private var hasRerouted = false

    init(_ lane: ChannelLane, route: PublishRoute, isMandatory: Bool) {
        self.lane = lane
        self.route = route
        self.isMandatory = isMandatory
    }

    var failure: PumpError? { lane.failure.map { .destination($0) } }
    var nextSequence: UInt64 { lane.nextSequence }
    var canPublish: Bool { lane.canPublish }
    var replacesRoutingKey: Bool { route.replacesRoutingKey || hasRerouted }

    var wait: DestinationWait? {
        if let reason = lane.blockedReason { return .alarm(reason) }
        if !lane.isFlowing { return .flow }
        return lane.canPublish ? nil : .socket
    }

    func publish(
        _ batch: DeliveryBatch,
        at index: Int,
        to other: PublishRoute?,
        properties: PublishedProperties
    ) -> SendOutcome {
        if let other { hasRerouted = hasRerouted || other.replacesRoutingKey }
        let target = other ?? route
        return SendOutcome(lane.publish(batch, at: index, to: target, properties: properties, mandatory: isMandatory))
    }

    func probe(
        _ batch: DeliveryBatch,
        at index: Int,
        properties: PublishedProperties,
        to route: PublishRoute
    ) -> SendOutcome {
        SendOutcome(lane.publish(batch, at: index, to: route, properties: properties, mandatory: false))
    }

    func flush() { lane.flush() }
    func blamesMessage(_ error: AMQPError) -> Bool { Refusal(error, route: route) != nil }

    // MARK: What the channel tells

    func received(_ confirms: [Confirm]) {
        session?.judged(
            confirms.lazy.map {
                PumpStateMachine.Verdict(
                    sequence: $0.sequence,
                    isMultiple: $0.isMultiple,
                    isTaken: $0.isPositive
                )
            }
        )
    }

    func returned(_ message: ReturnedMessage) {
        session?.returned(PumpMessage(message.content, at: 0), text: message.replyText)
    }

    func publishabilityChanged() { session?.publishabilityChanged() }
    func closed(_ error: AMQPError) { session?.destinationLost(error) }
}

extension SendOutcome {
    @inline(__always)
    fileprivate init(_ outcome: PublishOutcome) {
        switch outcome {
        case .published(let sequence): self = .sent(sequence: sequence)
        case .malformed(let error): self = .undeliverable(.malformed("\(error)"))
        case .headerTooLarge(let size, let maximum):
            self = .undeliverable(.headerTooLarge(size: size, maximum: maximum))
        }
    }
}
