import NIOCore
import Transport

/// The life of a stream connection without I/O: handshake, requests and their answers, heartbeats, closing.
///
/// Time comes in. `Token` is whatever the caller wants back with an answer.
struct StreamConnectionStateMachine<Token> {
    struct Parameters: Sendable {
        var credentials: Credentials
        var virtualHost: String
        /// 0 is no limit.
        var frameMaximum: UInt32 = 1 << 20
        /// In seconds; 0 is none.
        var heartbeat: UInt32 = 10
        var clientProperties: [String: String] = [:]
        var requestTimeout: TimeAmount = .seconds(10)
    }

    enum State: Equatable {
        /// Nothing was sent. Can transition to: awaitingPeerProperties, closed.
        case ready
        /// Can transition to: awaitingMechanisms, closed.
        case awaitingPeerProperties
        /// Can transition to: awaitingAuthentication, closed.
        case awaitingMechanisms
        /// Can transition to: awaitingTune, closed.
        case awaitingAuthentication
        /// Can transition to: awaitingOpen, closed.
        case awaitingTune
        /// Can transition to: awaitingVersions, open, closed.
        case awaitingOpen
        /// The broker is one that can be asked for its command versions. Can transition to: open, closed.
        case awaitingVersions
        /// Can transition to: closing, closed.
        case open
        /// We sent close and await its answer. Can transition to: closed.
        case closing
        case closed
    }

    enum Action {
        case none
        case send(ClientFrame)
        /// Apply what was negotiated, then send both.
        case tune(ClientFrame, ClientFrame)
        case opened
        case answer(Token, Response)
        case deliver(subscription: UInt8, committedOffset: UInt64?, chunk: ByteBuffer)
        case confirmed(publisher: UInt8, PublishingIDs)
        case refused(publisher: UInt8, [PublishRefusal])
        case creditRefused(subscription: UInt8, ResponseCode)
        case metadataChanged(StreamChange)
        /// Ask whose consumer it is where to begin, and answer.
        case consumerUpdate(subscription: UInt8, isActive: Bool, correlation: UInt32)
        /// Send the answer, then close the transport.
        case closedByBroker(StreamError, ClientFrame)
        /// The broker answered our close.
        case closed
    }

    let parameters: Parameters
    var state = State.ready
    /// The correlation id of the handshake's request that waits for its answer.
    var handshakeCorrelation: UInt32 = 0
    var pending = PendingRequests<Token>()
    var publishers = IDTable()
    var subscriptions = IDTable()
    var heartbeat: HeartbeatMonitor?
    var heartbeatDue: NIODeadline?

    /// Whether the handshake has come to its end, however it stands now.
    var hasBeenOpen = false
    var negotiated = StreamNegotiated(frameMaximum: 1 << 20, heartbeat: 0)
    /// What the broker tells of itself.
    var serverProperties: [String: String] = [:]
    /// What the broker tells of the node: `advertised_host` and `advertised_port`.
    var connectionProperties: [String: String] = [:]
    var commandVersions: [UInt16: CommandVersions] = [:]
    /// Frames that were ignored: commands that this library does not know, and answers that nobody waits for any more.
    var ignoredFrames = 0

    init(parameters: Parameters) { self.parameters = parameters }

    /// Whether the broker takes a command in a version.
    func supports(_ key: CommandKey, version: UInt16 = 1) -> Bool {
        if let versions = commandVersions[key.rawValue] {
            return versions.minimum <= version && version <= versions.maximum
        }
        return commandVersions.isEmpty && version == 1 && key.isInEveryVersion
    }

    /// A frame of the broker's.
    ///
    /// - Throws: ``StreamError`` that ends the connection.
    mutating func received(_ frame: BrokerFrame) throws(StreamError) -> Action {
        switch state {
        case .ready, .awaitingPeerProperties, .awaitingMechanisms, .awaitingAuthentication, .awaitingTune,
            .awaitingOpen,
            .awaitingVersions:
            return try receivedInHandshake(frame)
        case .open, .closing:
            return receivedWhileOpen(frame)
        case .closed:
            return .none
        }
    }

    private mutating func receivedWhileOpen(_ frame: BrokerFrame) -> Action {
        switch frame {
        case .deliver(let subscription, let committedOffset, let chunk):
            // What was on its way when the subscription ended.
            guard subscriptions[subscription] != nil else { return ignored() }
            return .deliver(subscription: subscription, committedOffset: committedOffset, chunk: chunk)
        case .publishConfirm(let publisher, let ids):
            guard publishers[publisher] != nil else { return ignored() }
            return .confirmed(publisher: publisher, ids)
        case .publishError(let publisher, let refusals):
            // Of an unknown publisher too: that is what the broker refuses then.
            return .refused(publisher: publisher, refusals)
        case .creditResponse(let subscription, let code):
            return .creditRefused(subscription: subscription, code)
        case .metadataUpdate(let stream, let code):
            return .metadataChanged(
                StreamChange(
                    stream: stream,
                    code: code,
                    publishers: publishers.giveAll(of: stream),
                    subscriptions: subscriptions.giveAll(of: stream)
                )
            )
        case .response(let key, let response, let correlation):
            return answered(key, response, correlation)
        case .request(.close(let code, let reason), let correlation):
            return closedByBroker(code, reason, correlation)
        case .request(.consumerUpdate(let subscription, let isActive), let correlation):
            return .consumerUpdate(subscription: subscription, isActive: isActive, correlation: correlation)
        case .request(let request, let correlation):
            return .send(.response(request.key, Response(code: .unknownFrame), correlation: correlation))
        case .unknown(let key, _, let correlation):
            ignoredFrames += 1
            guard let correlation, let key = CommandKey(rawValue: key) else { return .none }
            return .send(.response(key, Response(code: .unknownFrame), correlation: correlation))
        case .tune, .heartbeat:
            return .none
        }
    }

    mutating func ignored() -> Action {
        ignoredFrames += 1
        return .none
    }

    private mutating func answered(_ key: CommandKey, _ response: Response, _ correlation: UInt32) -> Action {
        if key == .close, state == .closing, correlation == handshakeCorrelation {
            state = .closed
            return .closed
        }
        guard let entry = pending.take(correlation, key: key) else { return ignored() }
        // Ended before its beginning was told: the stream changed meanwhile.
        let ended = Response(code: .streamNotAvailable)
        switch entry.effect {
        case .none: break
        case .takes(publisher: let id):
            if response.code != .ok {
                publishers.give(id)
            } else if publishers[id] == nil {
                return .answer(entry.token, ended)
            }
        case .takesSubscription(let id):
            if response.code != .ok {
                subscriptions.give(id)
            } else if subscriptions[id] == nil {
                return .answer(entry.token, ended)
            }
        case .gives(publisher: let id): if response.code == .ok { publishers.give(id) }
        case .givesSubscription(let id): if response.code == .ok { subscriptions.give(id) }
        }
        return .answer(entry.token, response)
    }

    mutating func closedByBroker(_ code: ResponseCode, _ reason: String, _ correlation: UInt32) -> Action {
        state = .closed
        let error = StreamError(
            .closedByBroker,
            responseCode: code,
            reason: reason.isEmpty ? "the broker closed the connection: \(code)" : reason
        )
        return .closedByBroker(error, .response(.close, Response(code: .ok), correlation: correlation))
    }
}

/// A stream changed under its publishers and subscriptions: it was deleted, or lost its leader. They are gone.
public struct StreamChange: Sendable, Hashable {
    /// The stream.
    public let stream: String
    /// Why: ``ResponseCode/streamNotAvailable`` for a deletion too.
    public let code: ResponseCode
    /// The ids of the publishers that the broker has ended. What they have no confirm of may be in the stream or not.
    public let publishers: [UInt8]
    /// The ids of the subscriptions that the broker has ended.
    public let subscriptions: [UInt8]
}
