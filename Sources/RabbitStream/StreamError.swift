import Transport

/// Why something on a stream connection failed: what was attempted, where, and what to do about it.
///
/// No password is ever part of it.
public struct StreamError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case couldNotConnect, handshakeTimedOut, authenticationFailed, virtualHostRefused, refused, closedByBroker
            case connectionLost, heartbeatTimedOut, protocolViolation, corruptedChunk, closed, timedOut, cancelled
            case invalidArgument, notSupported, messageTooLarge, outputFull, noSuitableNode
        }
        private let kind: Kind
        private init(_ kind: Kind) { self.kind = kind }
        public var description: String { kind.rawValue }

        /// No endpoint could be connected to; ``StreamError/transport`` tells why.
        public static let couldNotConnect = Code(.couldNotConnect)
        /// The broker took the connection and did not finish the handshake in time.
        public static let handshakeTimedOut = Code(.handshakeTimedOut)
        /// The broker refused user name and password, or the certificate.
        public static let authenticationFailed = Code(.authenticationFailed)
        /// The virtual host does not exist, or the user may not use it.
        public static let virtualHostRefused = Code(.virtualHostRefused)
        /// The broker refused a request; ``StreamError/responseCode`` tells why.
        public static let refused = Code(.refused)
        /// The broker closed the connection, and said why.
        public static let closedByBroker = Code(.closedByBroker)
        /// The connection ended without a word.
        public static let connectionLost = Code(.connectionLost)
        /// Nothing came for two heartbeat intervals.
        public static let heartbeatTimedOut = Code(.heartbeatTimedOut)
        /// The peer broke the protocol.
        public static let protocolViolation = Code(.protocolViolation)
        /// A chunk does not have the checksum that its header tells, or can't be read. It was not delivered.
        public static let corruptedChunk = Code(.corruptedChunk)
        /// This side closed the connection.
        public static let closed = Code(.closed)
        /// The broker did not answer in time; what was asked for may have been done.
        public static let timedOut = Code(.timedOut)
        /// The task that waited was cancelled.
        public static let cancelled = Code(.cancelled)
        /// A name or an argument can't be put on the wire.
        public static let invalidArgument = Code(.invalidArgument)
        /// The broker lacks what was asked for.
        public static let notSupported = Code(.notSupported)
        /// A message or sub-batch is larger than a frame may be. Nothing was sent.
        public static let messageTooLarge = Code(.messageTooLarge)
        /// The socket is too far behind. Nothing was sent.
        public static let outputFull = Code(.outputFull)
        /// The connections that were made did not lead to a node that is wanted: the leader, or a replica.
        public static let noSuitableNode = Code(.noSuitableNode)
    }

    /// The kind of failure.
    public let code: Code
    /// How the broker answered, where it did.
    public let responseCode: ResponseCode?
    /// The reason in the words of the broker, or in ours where it gave none.
    public let reason: String
    /// What was attempted.
    public var attempted: String
    /// Where.
    public var endpoint: Endpoint?
    /// The failure below, where there is one.
    public let transport: TransportError?
    /// What to do, where that is more than the code tells.
    private let advice: String?

    /// Makes an error; `hint` takes the place of what fits the code.
    public init(
        _ code: Code,
        responseCode: ResponseCode? = nil,
        reason: String,
        attempted: String = "",
        endpoint: Endpoint? = nil,
        transport: TransportError? = nil,
        hint: String? = nil
    ) {
        self.code = code
        self.responseCode = responseCode
        self.reason = reason
        self.attempted = attempted
        self.endpoint = endpoint
        self.transport = transport
        self.advice = hint
    }

    /// What an operator can do.
    public var hint: String {
        if let advice { return advice }
        return switch code {
        case .couldNotConnect:
            transport?.hint
                ?? "check that the broker runs, with its plugin rabbitmq_stream, and that the endpoint is right"
        case .handshakeTimedOut:
            "check that the endpoint is a listener of the stream protocol and that the broker is not overloaded"
        case .authenticationFailed: "check user name and password, and that the user may log in from this host"
        case .virtualHostRefused: "create the virtual host, or give the user permissions on it"
        case .heartbeatTimedOut, .connectionLost: transport?.hint ?? "check the link and the broker's log"
        case .protocolViolation: "check that the endpoint is a RabbitMQ listener of the stream protocol"
        case .corruptedChunk: "read it again from another replica; if that is the same, the stream is damaged on disk"
        case .messageTooLarge: "publish smaller messages, or raise the broker's stream.frame_max up to 1 MiB"
        case .noSuitableNode: "check that the load balancer leads to every node, and stream.advertised_host of each"
        default: "see the reason and the broker's log"
        }
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
        var text = attempted.isEmpty ? "RabbitMQ streams" : attempted
        if let endpoint { text += " at \(endpoint)" }
        text += ": \(reason)"
        if let responseCode { text += " (\(responseCode.rawValue))" }
        return text
    }

    public var description: String { "\(summary); \(hint)" }

    func attempting(_ attempted: String, at endpoint: Endpoint?) -> StreamError {
        var copy = self
        if copy.attempted.isEmpty { copy.attempted = attempted }
        if copy.endpoint == nil { copy.endpoint = endpoint }
        return copy
    }

    static func from(_ error: any Error, attempted: String, endpoint: Endpoint?) -> StreamError {
        if let error = error as? StreamError { return error.attempting(attempted, at: endpoint) }
        let code: Code = error is CancellationError ? .cancelled : .connectionLost
        return StreamError(code, reason: "\(error)", attempted: attempted, endpoint: endpoint)
    }
}
