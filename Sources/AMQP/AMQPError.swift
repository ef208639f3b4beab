import Transport

/// Why something on an AMQP connection failed: what was attempted, where, and what to do about it.
///
/// No password is ever part of it.
public struct AMQPError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case couldNotConnect, handshakeTimedOut, authenticationFailed, virtualHostRefused, closedByBroker
            case channelClosedByBroker, connectionLost, heartbeatTimedOut, protocolViolation, closed, timedOut
            case cancelled, invalidArgument, notSupported, cancelledByBroker, outcomeUnknown
        }
        private let kind: Kind
        private init(_ kind: Kind) { self.kind = kind }
        public var description: String { kind.rawValue }

        /// No endpoint could be connected to; ``AMQPError/transport`` tells why.
        public static let couldNotConnect = Code(.couldNotConnect)
        /// The broker took the connection and did not finish the handshake in time.
        public static let handshakeTimedOut = Code(.handshakeTimedOut)
        /// The broker refused user name and password, or the certificate.
        public static let authenticationFailed = Code(.authenticationFailed)
        /// The virtual host does not exist, or the user may not use it.
        public static let virtualHostRefused = Code(.virtualHostRefused)
        /// The broker closed the connection with a reply code.
        public static let closedByBroker = Code(.closedByBroker)
        /// The broker closed the channel with a reply code.
        public static let channelClosedByBroker = Code(.channelClosedByBroker)
        /// The connection ended without a word.
        public static let connectionLost = Code(.connectionLost)
        /// Nothing came for two heartbeat intervals.
        public static let heartbeatTimedOut = Code(.heartbeatTimedOut)
        /// The peer broke the protocol.
        public static let protocolViolation = Code(.protocolViolation)
        /// This side closed the connection or the channel.
        public static let closed = Code(.closed)
        /// The broker did not answer in time.
        public static let timedOut = Code(.timedOut)
        /// The task that waited was cancelled.
        public static let cancelled = Code(.cancelled)
        /// A name or an argument can't be put on the wire.
        public static let invalidArgument = Code(.invalidArgument)
        /// The broker lacks what was asked for.
        public static let notSupported = Code(.notSupported)
        /// The broker ended a consumer, as it does when its queue is deleted.
        public static let cancelledByBroker = Code(.cancelledByBroker)
        /// The connection was lost after a message was sent and before its confirm came: it may or may not be in its
        /// queues. A ``RecoveringChannel`` throws it.
        public static let outcomeUnknown = Code(.outcomeUnknown)
    }

    /// The kind of failure.
    public private(set) var code: Code
    /// The reply code of AMQP 0-9-1 (section 1.2 of the reference), where the broker gave one.
    public let replyCode: UInt16?
    /// The reason in the words of the broker, or in ours where it gave none.
    public private(set) var reason: String
    /// What was attempted.
    public var attempted: String
    /// Where.
    public var endpoint: Endpoint?
    /// The failure below, where there is one.
    public let transport: TransportError?
    /// Whether what failed may have taken effect all the same: it had been sent, and no word of it came.
    public private(set) var isOutcomeUnknown = false
    /// What to do, where that is more than the code tells.
    private let advice: String?

    /// Makes an error; `hint` takes the place of what fits the code.
    public init(
        _ code: Code,
        replyCode: UInt16? = nil,
        reason: String,
        attempted: String = "",
        endpoint: Endpoint? = nil,
        transport: TransportError? = nil,
        hint: String? = nil
    ) {
        self.code = code
        self.replyCode = replyCode
        self.reason = reason
        self.attempted = attempted
        self.endpoint = endpoint
        self.transport = transport
        self.advice = hint
    }

    /// What an operator can do.
    public var hint: String {
        if let advice { return advice }
        if let refusal, refusal != .other { return refusal.hint }
        return switch code {
        case .couldNotConnect: transport?.hint ?? "check that the broker runs and that the endpoint is right"
        case .handshakeTimedOut: "check that the endpoint is an AMQP listener and that the broker is not overloaded"
        case .authenticationFailed: "check user name and password, and that the user may log in from this host"
        case .virtualHostRefused: "create the virtual host, or give the user permissions on it"
        case .heartbeatTimedOut, .connectionLost: transport?.hint ?? "check the link and the broker's log"
        case .protocolViolation: "check that the endpoint is a RabbitMQ AMQP listener"
        case .outcomeUnknown: "send it again where consumers can tell a message that comes twice"
        default: "see the reason and the broker's log"
        }
    }

    /// What the broker's refusal is about; `nil` where it gave no reply code.
    package var refusal: BrokerRefusal? {
        replyCode.map { BrokerRefusal(replyCode: $0, replyText: reason, attempted: attempted) }
    }

    /// Whether a connection that was taken was not gone on with, which another node may do.
    var isOfOneEndpoint: Bool {
        switch code {
        case .connectionLost, .handshakeTimedOut, .closedByBroker: true
        default: false
        }
    }

    /// What happened, without what to do about it.
    public var summary: String {
        var text = attempted.isEmpty ? "AMQP" : attempted
        if let endpoint { text += " at \(endpoint)" }
        text += ": \(reason)"
        if let replyCode { text += " (\(replyCode))" }
        return text
    }

    public var description: String { "\(summary); \(hint)" }

    /// The same error for something that had been sent when it came.
    var withUnknownOutcome: AMQPError {
        var copy = self
        copy.isOutcomeUnknown = true
        return copy
    }

    /// What a ``RecoveringChannel`` makes of it.
    var asOutcomeUnknown: AMQPError {
        var copy = withUnknownOutcome
        copy.code = .outcomeUnknown
        copy.reason = "no confirm came before the connection was lost: \(reason)"
        return copy
    }

    func attempting(_ attempted: String, at endpoint: Endpoint?) -> AMQPError {
        var copy = self
        if copy.attempted.isEmpty { copy.attempted = attempted }
        if copy.endpoint == nil { copy.endpoint = endpoint }
        return copy
    }
}
