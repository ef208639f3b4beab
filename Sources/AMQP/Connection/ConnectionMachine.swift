import Transport

/// What both sides agreed on while tuning.
public struct Negotiated: Sendable, Hashable {
    /// The largest frame in bytes, its overhead of 8 included.
    public var frameMaximum: UInt32
    /// The highest channel number.
    public var channelMaximum: UInt16
    /// The heartbeat interval in seconds; 0 means none.
    public var heartbeat: UInt16
}

/// The life of an AMQP connection without I/O: handshake, tuning, blocking, closing.
struct ConnectionMachine {
    struct Parameters: Sendable {
        var credentials: Credentials
        var virtualHost: String
        var frameMaximum: UInt32
        var channelMaximum: UInt16
        var heartbeat: UInt16
        var clientProperties: FieldTable
    }

    enum State: Equatable {
        /// The protocol header was sent. Can transition to: awaitingTune, closed.
        case awaitingStart
        /// start-ok was sent. Can transition to: awaitingOpenOK, closed.
        case awaitingTune
        /// tune-ok and open were sent. Can transition to: open, closed.
        case awaitingOpenOK
        /// Channels can be used. Can transition to: closing, closed.
        case open
        /// We sent close and await close-ok. Can transition to: closed.
        case closing
        case closed
    }

    enum Action {
        case none
        case send(Method)
        /// Apply what was negotiated, then send both.
        case tune(Negotiated, Method, Method)
        case opened
        case blocked(reason: String)
        case unblocked
        /// Answer with close-ok, then close the transport.
        case closedByBroker(AMQPError)
        /// The broker answered our close.
        case closed
        case secretUpdated
    }

    private(set) var state = State.awaitingStart
    private let parameters: Parameters
    /// Whether the handshake has come to its end, however it stands now.
    private(set) var hasBeenOpen = false
    private(set) var serverProperties = FieldTable()
    private(set) var negotiated = Negotiated(frameMaximum: Frame.initialMaximum, channelMaximum: 0, heartbeat: 0)

    init(parameters: Parameters) {
        self.parameters = parameters
    }

    /// A method on channel 0.
    mutating func received(_ method: Method) throws(AMQPError) -> Action {
        switch (state, method) {
        case (.awaitingStart, .connectionStart(let start)):
            return .send(try answer(start))
        case (.awaitingTune, .connectionTune(let tune)):
            guard tune.frameMax == 0 || tune.frameMax >= Frame.smallestLegalMaximum else {
                throw AMQPError(
                    .protocolViolation,
                    reason:
                        "the broker's frame-max is \(tune.frameMax), below AMQP's minimum of \(Frame.smallestLegalMaximum)"
                )
            }
            return self.tune(tune)
        case (.awaitingTune, .connectionSecure):
            throw AMQPError(
                .authenticationFailed,
                reason: "the broker asks a challenge that \(parameters.credentials.mechanism) has no answer to"
            )
        case (.awaitingOpenOK, .connectionOpenOK):
            state = .open
            hasBeenOpen = true
            return .opened
        case (.open, .connectionBlocked(let blocked)):
            return .blocked(reason: blocked.reason)
        case (.open, .connectionUnblocked):
            return .unblocked
        case (.open, .connectionUpdateSecretOK):
            return .secretUpdated
        case (.closing, .connectionCloseOK):
            state = .closed
            return .closed
        case (.closing, .connectionBlocked), (.closing, .connectionUnblocked):
            return .none
        case (.awaitingStart, _), (.awaitingTune, _), (.awaitingOpenOK, _), (.open, _), (.closing, _):
            guard case .connectionClose(let close) = method else {
                throw AMQPError(.protocolViolation, reason: "\(ProtocolViolation.unexpectedMethod("\(method.id)"))")
            }
            return .closedByBroker(closed(by: close))
        case (.closed, _):
            return .none
        }
    }

    /// This side wants to close. Returns whether there is a method to send; else the transport is simply closed.
    mutating func close() -> Bool {
        guard state == .open else {
            state = .closed
            return false
        }
        state = .closing
        return true
    }

    private mutating func answer(_ start: ConnectionStart) throws(AMQPError) -> Method {
        guard start.versionMajor == 0, start.versionMinor == 9 else {
            throw AMQPError(
                .notSupported,
                reason: "the broker speaks AMQP \(start.versionMajor)-\(start.versionMinor), not 0-9-1"
            )
        }
        serverProperties = start.serverProperties
        let mechanisms = start.mechanisms
        let mechanism = parameters.credentials.mechanism
        guard mechanisms.split(separator: " ").contains(where: { $0 == mechanism }) else {
            throw AMQPError(
                .authenticationFailed,
                reason: "the broker offers the mechanisms '\(mechanisms)', not \(mechanism)",
                hint: parameters.credentials.missingMechanismHint
            )
        }
        state = .awaitingTune
        return .connectionStartOK(
            ConnectionStartOK(
                clientProperties: parameters.clientProperties,
                mechanism: mechanism,
                response: parameters.credentials.response,
                locale: "en_US"
            )
        )
    }

    /// RabbitMQ's rules: where the server has a limit, ours must be no larger and not 0, which would mean none.
    private mutating func tune(_ tune: ConnectionTune) -> Action {
        negotiated = Negotiated(
            frameMaximum: Self.smaller(tune.frameMax, parameters.frameMaximum),
            channelMaximum: Self.smaller(tune.channelMax, parameters.channelMaximum),
            heartbeat: Self.smaller(tune.heartbeat, parameters.heartbeat)
        )
        state = .awaitingOpenOK
        return .tune(
            negotiated,
            .connectionTuneOK(
                ConnectionTuneOK(
                    channelMax: negotiated.channelMaximum,
                    frameMax: negotiated.frameMaximum,
                    heartbeat: negotiated.heartbeat
                )
            ),
            .connectionOpen(ConnectionOpen(virtualHost: parameters.virtualHost))
        )
    }

    /// The smaller of two limits where 0 means none.
    static func smaller<Limit: FixedWidthInteger>(_ one: Limit, _ other: Limit) -> Limit {
        one == 0 || other == 0 ? max(one, other) : min(one, other)
    }

    private mutating func closed(by close: ConnectionClose) -> AMQPError {
        let phase = state
        state = .closed
        let code: AMQPError.Code =
            switch (phase, close.replyCode) {
            case (.awaitingTune, 403): .authenticationFailed
            case (.awaitingOpenOK, 530), (.awaitingOpenOK, 402), (.awaitingOpenOK, 403): .virtualHostRefused
            default: .closedByBroker
            }
        return AMQPError(
            code,
            replyCode: close.replyCode,
            reason: close.replyText,
            hint: code == .authenticationFailed ? parameters.credentials.refusedHint : nil
        )
    }
}
