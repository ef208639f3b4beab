import NIOCore
import Testing
import Transport

@testable import RabbitStream

private typealias Machine = StreamConnectionStateMachine<String>

private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

@Suite("The handshake of a stream connection without I/O")
struct HandshakeTests {
    @Test(
        "ends open, with what was negotiated",
        arguments: [(1 << 20, 8192, 8192), (0, 8192, 8192), (4096, 0, 4096), (0, 0, 0)]
    )
    func frameMaximum(ours: UInt32, theirs: UInt32, agreed: UInt32) throws {
        var machine = Machine(parameters: parameters { $0.frameMaximum = ours })
        try machine.handshake(frameMaximum: theirs, heartbeat: 60)
        #expect(machine.state == .open)
        #expect(machine.negotiated == StreamNegotiated(frameMaximum: agreed, heartbeat: 10))
        #expect(machine.serverProperties["version"] == "3.10.8")
        #expect(machine.connectionProperties["advertised_port"] == "5552")
    }

    @Test("asks for command versions where the broker can tell, and only there")
    func commandVersions() throws {
        var machine = Machine(parameters: parameters())
        try machine.handshake(version: "3.10.8")
        #expect(machine.supports(.partitions))
        #expect(!machine.supports(.streamStats))
        #expect(!machine.supports(.publish, version: 2))

        machine = Machine(parameters: parameters())
        try machine.handshake(version: "3.11.0")
        #expect(machine.state == .awaitingVersions)
        let versions = [
            CommandVersions(key: 2, minimum: 1, maximum: 2), CommandVersions(key: 0x1C, minimum: 1, maximum: 1),
        ]
        let answer = Response(code: .ok, content: .commandVersions(versions))
        guard case .opened = try machine.answer(.exchangeCommandVersions, answer) else { return #expect(Bool(false)) }
        #expect(machine.supports(.publish, version: 2))
        #expect(machine.supports(.streamStats))
        #expect(!machine.supports(.resolveOffsetSpecification))
    }

    @Test("tells a wrong password, a missing mechanism and a challenge from each other")
    func login() throws {
        for (code, words) in [
            (ResponseCode.authenticationFailure, "refuses the login"), (.saslChallenge, "challenge"),
            (.saslAuthenticationFailureLoopback, "own host only"),
        ] {
            var machine = Machine(parameters: parameters())
            try machine.untilAuthentication(mechanisms: ["PLAIN"])
            let error = #expect(throws: StreamError.self) {
                try machine.answer(.saslAuthenticate, Response(code: code))
            }
            #expect(error?.code == .authenticationFailed)
            #expect(error?.reason.contains(words) == true)
            #expect(error?.description.contains("secret") == false)
        }
        var machine = Machine(parameters: parameters { $0.credentials = .external })
        let error = #expect(throws: StreamError.self) {
            try machine.untilAuthentication(mechanisms: ["PLAIN", "AMQPLAIN"])
        }
        #expect(error?.code == .authenticationFailed)
        #expect(error?.hint.contains("rabbitmq_auth_mechanism_ssl") == true)
    }

    @Test("tells that the virtual host is refused")
    func virtualHost() throws {
        var machine = Machine(parameters: parameters { $0.virtualHost = "nowhere" })
        try machine.untilTune()
        _ = try machine.received(.tune(frameMaximum: 0, heartbeat: 0))
        let error = #expect(throws: StreamError.self) {
            try machine.answer(.open, Response(code: .virtualHostAccessFailure))
        }
        #expect(error?.code == .virtualHostRefused)
        #expect(error?.reason.contains("nowhere") == true)
    }

    @Test("ends at what comes out of order, and goes over what it does not know")
    func outOfOrder() throws {
        var machine = Machine(parameters: parameters())
        _ = machine.start()
        _ = try machine.received(.heartbeat)
        _ = try machine.received(.unknown(key: 0x99, version: 1, correlation: nil))
        _ = try machine.received(.response(.open, Response(code: .ok), correlation: 12_345))
        #expect(machine.ignoredFrames == 2)
        #expect(throws: StreamError.self) { try machine.received(.tune(frameMaximum: 0, heartbeat: 0)) }
        #expect(throws: StreamError.self) { try machine.received(.publishConfirm(publisher: 0, PublishingIDs([]))) }
        #expect(throws: StreamError.self) { try machine.answer(.open, Response(code: .ok)) }
    }

    @Test("takes a goodbye of the broker at any time")
    func goodbye() throws {
        var machine = Machine(parameters: parameters())
        _ = machine.start()
        let close = Request.close(code: .internalError, reason: "no room")
        guard case .closedByBroker(let error, _) = try machine.received(.request(close, correlation: 1)) else {
            return #expect(Bool(false))
        }
        #expect((error.code, error.responseCode, error.reason) == (.closedByBroker, .internalError, "no room"))
        #expect(machine.state == .closed)
    }
}

@Suite("An open stream connection without I/O")
struct OpenStateTests {
    private static func open(_ change: (inout Machine.Parameters) -> Void = { _ in }) throws -> Machine {
        var machine = Machine(parameters: parameters(change))
        try machine.handshake()
        return machine
    }

    @Test("hands each answer to who asked, whatever the order")
    func correlation() throws {
        var machine = try Self.open()
        let first = try machine.request(.delete(stream: "a"), "first", at: start).correlation
        let second = try machine.request(.delete(stream: "b"), "second", at: start).correlation
        #expect(try machine.answered(.delete, second) == "second")
        #expect(try machine.answered(.create, first) == nil)
        #expect(try machine.answered(.delete, first) == "first")
        #expect(try machine.answered(.delete, first) == nil)
        #expect(machine.ignoredFrames == 2)
    }

    @Test("gives a request up that is not answered in time")
    func timeOut() throws {
        var machine = try Self.open { $0.requestTimeout = .seconds(3) }
        _ = try machine.request(.delete(stream: "a"), "first", at: start)
        let late = try machine.request(.delete(stream: "b"), "second", at: start + .seconds(1)).correlation
        #expect(machine.nextDeadline == start + .seconds(3))
        #expect(machine.tick(at: start + .seconds(2), isReading: true).expired.isEmpty)
        #expect(machine.tick(at: start + .seconds(3), isReading: true).expired == ["first"])
        #expect(machine.tick(at: start + .seconds(4), isReading: true).expired == ["second"])
        #expect(machine.nextDeadline == nil)
        #expect(try machine.answered(.delete, late) == nil)
    }

    @Test("has 256 publishers, and an id serves again that a refusal or a deletion gave back")
    func ids() throws {
        var machine = try Self.open()
        var ids: Set<UInt8> = []
        for number in 0..<256 {
            let (id, frame) = try machine.declarePublisher(reference: nil, stream: "s", "\(number)", at: start)
            ids.insert(id)
            _ = try machine.answered(.declarePublisher, frame.correlation)
        }
        #expect(ids.count == 256)
        let error = #expect(throws: StreamError.self) {
            try machine.declarePublisher(reference: nil, stream: "s", "one more", at: start)
        }
        #expect(error?.code == .invalidArgument)
        // When one is deleted, then its id serves again, also after a refusal
        let deletion = try machine.deletePublisher(7, "delete", at: start).correlation
        #expect(try machine.answered(.deletePublisher, deletion) == "delete")
        let (id, frame) = try machine.declarePublisher(reference: nil, stream: "s", "again", at: start)
        #expect(id == 7)
        #expect(try machine.answered(.declarePublisher, frame.correlation, .accessRefused) == "again")
        #expect(try machine.declarePublisher(reference: nil, stream: "s", "again", at: start).id == 7)
    }

    @Test("hands on what comes for its publishers and subscriptions, and nothing for those that have ended")
    func ended() throws {
        var machine = try Self.open()
        let (publisher, declared) = try machine.declarePublisher(reference: "r", stream: "s", "p", at: start)
        _ = try machine.answered(.declarePublisher, declared.correlation)
        let wanted = Request.Subscription(id: 0, stream: "s", offset: .first, credit: 1, properties: [:])
        let (subscription, subscribed) = try machine.subscribe(wanted, "c", at: start)
        // A chunk may come in the read that brings the answer
        _ = try machine.answered(.subscribe, subscribed.correlation)
        let deliver = BrokerFrame.deliver(subscription: subscription, committedOffset: nil, chunk: ByteBuffer())
        guard case .deliver = try machine.received(deliver) else { return #expect(Bool(false)) }
        let confirm = BrokerFrame.publishConfirm(publisher: publisher, PublishingIDs([1]))
        guard case .confirmed = try machine.received(confirm) else { return #expect(Bool(false)) }
        // When the stream is deleted
        guard
            case .metadataChanged(let change) = try machine.received(.metadataUpdate(stream: "s", .streamNotAvailable))
        else { return #expect(Bool(false)) }
        // Then both have ended
        #expect(change.publishers == [publisher])
        #expect(change.subscriptions == [subscription])
        guard case .none = try machine.received(deliver), case .none = try machine.received(confirm) else {
            return #expect(Bool(false))
        }
        #expect(machine.ignoredFrames == 2)
    }

    @Test("says of a publisher that the stream is gone where that was told before the answer")
    func goneMeanwhile() throws {
        var machine = try Self.open()
        let (id, frame) = try machine.declarePublisher(reference: nil, stream: "s", "p", at: start)
        _ = try machine.received(.metadataUpdate(stream: "s", .streamNotAvailable))
        let answer = BrokerFrame.response(.declarePublisher, Response(code: .ok), correlation: frame.correlation)
        guard case .answer("p", let response) = try machine.received(answer) else { return #expect(Bool(false)) }
        #expect(response.code == .streamNotAvailable)
        #expect(machine.publishers[id] == nil)
    }

    @Test("answers what it does not serve with unknown frame, and ignores what wants no answer")
    func unknown() throws {
        var machine = try Self.open()
        guard
            case .send(.response(.consumerUpdate, let response, correlation: 5)) = try machine.received(
                .unknown(key: 0x1A, version: 2, correlation: 5)
            )
        else { return #expect(Bool(false)) }
        #expect(response.code == .unknownFrame)
        guard case .none = try machine.received(.unknown(key: 0x77, version: 1, correlation: nil)) else {
            return #expect(Bool(false))
        }
        #expect(machine.ignoredFrames == 2)
    }

    @Test("does not ask what the broker does not have, since it would close the connection")
    func notSupported() throws {
        var machine = try Self.open()
        let error = #expect(throws: StreamError.self) { try machine.request(.streamStats(stream: "s"), "x", at: start) }
        #expect(error?.code == .notSupported)
        #expect(error?.reason.contains("3.10.8") == true)
    }

    @Test("has a bound for the requests that wait")
    func bound() throws {
        var machine = try Self.open()
        for number in 0..<1024 { _ = try machine.request(.delete(stream: "s"), "\(number)", at: start) }
        let error = #expect(throws: StreamError.self) { try machine.request(.delete(stream: "s"), "more", at: start) }
        #expect(error?.code == .outputFull)
        #expect(machine.end().count == 1024)
    }

    @Test("sends heartbeats in half intervals without a write, and gives a silent broker up after two")
    func heartbeats() throws {
        var machine = try Self.open()
        #expect(machine.nextDeadline == nil)
        machine.startHeartbeats(at: start)
        #expect(machine.nextDeadline == start + .seconds(5))
        #expect(machine.tick(at: start + .seconds(5), isReading: true).heartbeat == .send)
        machine.didWrite(at: start + .seconds(9))
        #expect(machine.tick(at: start + .seconds(10), isReading: true).heartbeat == .none)
        machine.didRead(4, endsFrame: true, at: start + .seconds(10))
        #expect(machine.tick(at: start + .seconds(30), isReading: true).heartbeat == .send)
        #expect(machine.tick(at: start + .seconds(36), isReading: true).heartbeat == .giveUp)
    }

    @Test("closes once, and takes what comes until the answer")
    func close() throws {
        var machine = try Self.open()
        let sent = machine.close()
        let goodbye = try #require(sent)
        #expect(throws: StreamError.self) { try machine.request(.delete(stream: "s"), "x", at: start) }
        let answer = BrokerFrame.response(.close, Response(code: .ok), correlation: goodbye.correlation)
        guard case .closed = try machine.received(answer) else { return #expect(Bool(false)) }
        #expect(machine.state == .closed)
    }
}

private func parameters(_ change: (inout Machine.Parameters) -> Void = { _ in }) -> Machine.Parameters {
    var parameters = Machine.Parameters(
        credentials: .plain(username: "user", password: "secret"),
        virtualHost: "/"
    )
    change(&parameters)
    return parameters
}

extension Machine {
    fileprivate mutating func answer(_ key: CommandKey, _ response: Response) throws(StreamError) -> Action {
        try received(.response(key, response, correlation: handshakeCorrelation))
    }

    fileprivate mutating func untilAuthentication(
        mechanisms: [String],
        version: String = "3.10.8"
    ) throws(StreamError) {
        _ = start()
        _ = try answer(.peerProperties, Response(code: .ok, content: .properties(["version": version])))
        _ = try answer(.saslHandshake, Response(code: .ok, content: .mechanisms(mechanisms)))
    }

    fileprivate mutating func untilTune(version: String = "3.10.8") throws(StreamError) {
        try untilAuthentication(mechanisms: ["AMQPLAIN", "PLAIN"], version: version)
        _ = try answer(.saslAuthenticate, Response(code: .ok))
    }

    fileprivate mutating func handshake(
        version: String = "3.10.8",
        frameMaximum: UInt32 = 1 << 20,
        heartbeat: UInt32 = 60
    ) throws(StreamError) {
        try untilTune(version: version)
        _ = try received(.tune(frameMaximum: frameMaximum, heartbeat: heartbeat))
        let properties = ["advertised_host": "here", "advertised_port": "5552"]
        _ = try answer(.open, Response(code: .ok, content: .properties(properties)))
    }

    /// The token that an answer goes to.
    fileprivate mutating func answered(
        _ key: CommandKey,
        _ correlation: UInt32,
        _ code: ResponseCode = .ok
    ) throws -> String? {
        guard
            case .answer(let token, _) = try received(.response(key, Response(code: code), correlation: correlation))
        else { return nil }
        return token
    }
}

extension ClientFrame {
    fileprivate var correlation: UInt32 {
        switch self {
        case .request(_, let correlation), .response(_, _, let correlation): correlation
        case .credit, .storeOffset, .tune, .heartbeat: 0
        }
    }
}
