import NIOCore
import Transport

/// From the first request to the open connection.
extension StreamConnectionStateMachine {
    /// Begins the handshake.
    mutating func start() -> ClientFrame {
        state = .awaitingPeerProperties
        return ask(.peerProperties(parameters.clientProperties))
    }

    private mutating func ask(_ request: Request) -> ClientFrame {
        handshakeCorrelation = pending.nextCorrelation()
        return .request(request, correlation: handshakeCorrelation)
    }

    mutating func receivedInHandshake(_ frame: BrokerFrame) throws(StreamError) -> Action {
        switch frame {
        case .response(let key, let response, let correlation):
            guard correlation == handshakeCorrelation else { return ignored() }
            return try answeredInHandshake(key, response)
        case .tune(let frameMaximum, let heartbeat):
            guard state == .awaitingTune else { throw Self.outOfOrder("tune") }
            return try tune(frameMaximum, heartbeat)
        case .request(.close(let code, let reason), let correlation):
            return closedByBroker(code, reason, correlation)
        case .heartbeat:
            return .none
        case .unknown(_, _, let correlation) where correlation == nil:
            return ignored()
        default:
            throw Self.outOfOrder("a command before the connection is open")
        }
    }

    private mutating func answeredInHandshake(_ key: CommandKey, _ response: Response) throws(StreamError) -> Action {
        switch (state, key) {
        case (.awaitingPeerProperties, .peerProperties):
            guard response.code == .ok else { throw StreamError.refused(response.code) }
            if case .properties(let properties) = response.content { serverProperties = properties }
            state = .awaitingMechanisms
            return .send(ask(.saslHandshake))
        case (.awaitingMechanisms, .saslHandshake):
            return .send(try authenticate(response))
        case (.awaitingAuthentication, .saslAuthenticate):
            guard response.code == .ok else { throw authenticationFailure(response.code) }
            state = .awaitingTune
            return .none
        case (.awaitingOpen, .open):
            return try opened(response)
        case (.awaitingVersions, .exchangeCommandVersions):
            guard response.code == .ok, case .commandVersions(let versions) = response.content else {
                throw StreamError(.protocolViolation, reason: "the broker does not tell its command versions")
            }
            for version in versions { commandVersions[version.key] = version }
            return finish()
        default:
            throw Self.outOfOrder("an answer to \(key)")
        }
    }

    private mutating func authenticate(_ response: Response) throws(StreamError) -> ClientFrame {
        guard response.code == .ok, case .mechanisms(let mechanisms) = response.content else {
            throw authenticationFailure(response.code)
        }
        let mechanism = parameters.credentials.mechanism
        guard mechanisms.contains(mechanism) else {
            throw StreamError(
                .authenticationFailed,
                reason: "the broker offers the mechanisms '\(mechanisms.joined(separator: " "))', not \(mechanism)",
                hint: parameters.credentials.missingMechanismHint
            )
        }
        state = .awaitingAuthentication
        return ask(.saslAuthenticate(mechanism: mechanism, response: parameters.credentials.response))
    }

    private func authenticationFailure(_ code: ResponseCode) -> StreamError {
        let reason =
            code == .saslChallenge
            ? "the broker asks a challenge that \(parameters.credentials.mechanism) has no answer to"
            : "the broker refuses the login: \(code)"
        return StreamError(
            .authenticationFailed,
            responseCode: code,
            reason: reason,
            hint: code == .saslMechanismNotSupported
                ? parameters.credentials.missingMechanismHint : parameters.credentials.refusedHint
        )
    }

    /// What the end of the transport means while a login by certificate is under way; `nil` where it means nothing of its own.
    var lostWhileAuthenticating: StreamError? {
        guard state == .awaitingAuthentication, case .external = parameters.credentials else { return nil }
        return StreamError(
            .authenticationFailed,
            reason:
                "the broker, \(serverProperties["version"] ?? "of an unknown version"), closed the connection at the login "
                + "with the client certificate",
            hint:
                "before 3.10.25, 3.11.19 and 3.12.1 RabbitMQ fails at EXTERNAL on the stream protocol: update the broker, or "
                + "log in with a password over TLS"
        )
    }

    /// Where the broker has a limit, ours must be no larger and not 0, which would mean none.
    private mutating func tune(_ frameMaximum: UInt32, _ heartbeat: UInt32) throws(StreamError) -> Action {
        negotiated = StreamNegotiated(
            frameMaximum: Self.smaller(frameMaximum, parameters.frameMaximum),
            heartbeat: Self.smaller(heartbeat, parameters.heartbeat)
        )
        guard negotiated.frameMaximum == 0 || negotiated.frameMaximum >= Self.smallestFrameMaximum else {
            throw StreamError(
                .protocolViolation,
                reason: "a frame max of \(negotiated.frameMaximum) bytes, which no request fits into"
            )
        }
        state = .awaitingOpen
        let answer = ClientFrame.tune(frameMaximum: negotiated.frameMaximum, heartbeat: negotiated.heartbeat)
        return .tune(answer, ask(.open(virtualHost: parameters.virtualHost)))
    }

    /// Of a request with long names.
    static var smallestFrameMaximum: UInt32 { 1024 }

    /// The smaller of two limits where 0 means none.
    static func smaller(_ one: UInt32, _ other: UInt32) -> UInt32 {
        one == 0 || other == 0 ? max(one, other) : min(one, other)
    }

    private mutating func opened(_ response: Response) throws(StreamError) -> Action {
        guard response.code == .ok else {
            throw StreamError(
                .virtualHostRefused,
                responseCode: response.code,
                reason: "the broker does not open the virtual host '\(parameters.virtualHost)': \(response.code)"
            )
        }
        if case .properties(let properties) = response.content { connectionProperties = properties }
        // A broker that does not know the question closes the connection.
        guard BrokerVersion(serverProperties["version"] ?? "").tellsCommandVersions else { return finish() }
        state = .awaitingVersions
        return .send(ask(.exchangeCommandVersions(CommandVersions.own)))
    }

    private mutating func finish() -> Action {
        state = .open
        hasBeenOpen = true
        return .opened
    }

    private static func outOfOrder(_ what: String) -> StreamError {
        StreamError(.protocolViolation, reason: "the peer broke the protocol: \(what) out of order")
    }
}

/// A version as RabbitMQ tells it, such as `3.10.8` or `4.3.0-rc.1`.
struct BrokerVersion: Equatable {
    var major = 0
    var minor = 0

    init(_ text: String) {
        let parts = text.split(separator: ".").prefix(2).map { Int($0) ?? 0 }
        if parts.count == 2 { (major, minor) = (parts[0], parts[1]) }
    }

    /// Since 3.11.
    var tellsCommandVersions: Bool { (major, minor) >= (3, 11) }
}
