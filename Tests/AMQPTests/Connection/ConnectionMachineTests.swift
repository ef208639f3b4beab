import PeerHarness
import Testing
import Transport

@testable import AMQP

@Suite("The life of a connection without I/O")
struct ConnectionMachineTests {
    private static func machine(
        credentials: Credentials = .plain(username: "user", password: "secret"),
        frameMaximum: UInt32 = 131_072,
        channelMaximum: UInt16 = 2047,
        heartbeat: UInt16 = 10
    ) -> ConnectionMachine {
        ConnectionMachine(
            parameters: .init(
                credentials: credentials,
                virtualHost: "v",
                frameMaximum: frameMaximum,
                channelMaximum: channelMaximum,
                heartbeat: heartbeat,
                clientProperties: ["product": "test"]
            )
        )
    }

    private static func start(_ mechanisms: String, minor: UInt8 = 9) -> Method {
        .connectionStart(ConnectionStart(versionMajor: 0, versionMinor: minor, mechanisms: mechanisms))
    }

    struct Limits: Sendable {
        var broker: (channels: UInt16, frame: UInt32, heartbeat: UInt16)
        var own: (channels: UInt16, frame: UInt32, heartbeat: UInt16)
        var agreed: (channels: UInt16, frame: UInt32, heartbeat: UInt16)
    }

    /// RabbitMQ closes a connection that asks for more than the broker's limit, or for 0 where there is a limit; for
    /// the heartbeat its own clients take the smaller, or the one that is not 0.
    static let limits = [
        Limits(broker: (2047, 131_072, 60), own: (2047, 131_072, 10), agreed: (2047, 131_072, 10)),
        Limits(broker: (2047, 131_072, 5), own: (10, 8192, 10), agreed: (10, 8192, 5)),
        Limits(broker: (5, 16_384, 60), own: (2047, 131_072, 10), agreed: (5, 16_384, 10)),
        Limits(broker: (0, 0, 0), own: (2047, 131_072, 10), agreed: (2047, 131_072, 10)),
        Limits(broker: (2047, 131_072, 60), own: (0, 131_072, 0), agreed: (2047, 131_072, 60)),
        Limits(broker: (0, 4096, 0), own: (0, 131_072, 0), agreed: (0, 4096, 0)),
    ]

    @Test("agrees on limits by RabbitMQ's rules", arguments: limits)
    func negotiation(_ limits: Limits) throws {
        var machine = Self.machine(
            frameMaximum: limits.own.frame,
            channelMaximum: limits.own.channels,
            heartbeat: limits.own.heartbeat
        )
        _ = try machine.received(Self.start("PLAIN"))
        let action = try machine.received(
            ScriptedPeer.tune(
                channelMax: limits.broker.channels,
                frameMax: limits.broker.frame,
                heartbeat: limits.broker.heartbeat
            )
        )
        guard case .tune(let agreed, .connectionTuneOK(let ok), .connectionOpen(let open)) = action else {
            Issue.record("no tune-ok and open")
            return
        }
        #expect(ok.channelMax == limits.agreed.channels && agreed.channelMaximum == limits.agreed.channels)
        #expect(ok.frameMax == limits.agreed.frame && agreed.frameMaximum == limits.agreed.frame)
        #expect(ok.heartbeat == limits.agreed.heartbeat && agreed.heartbeat == limits.agreed.heartbeat)
        #expect(open.virtualHost == "v")
    }

    @Test("refuses a frame-max that leaves no room for frames", arguments: [1, 7, 8, 9, 4095] as [UInt32])
    func tinyFrameMaximum(frameMaximum: UInt32) throws {
        var machine = Self.machine()
        _ = try machine.received(Self.start("PLAIN"))
        #expect(throws: AMQPError.self) { try machine.received(ScriptedPeer.tune(frameMax: frameMaximum)) }
    }

    @Test("logs in with the mechanism that it was given, or says that the broker lacks it")
    func mechanisms() throws {
        var plain = Self.machine()
        guard case .send(.connectionStartOK(let ok)) = try plain.received(Self.start("AMQPLAIN PLAIN")) else {
            Issue.record("no start-ok")
            return
        }
        #expect(ok.mechanism == "PLAIN" && ok.response == Array("\0user\0secret".utf8))
        var external = Self.machine(credentials: .external)
        guard case .send(.connectionStartOK(let second)) = try external.received(Self.start("EXTERNAL PLAIN")) else {
            Issue.record("no start-ok")
            return
        }
        #expect(second.mechanism == "EXTERNAL" && second.response.isEmpty)
        // PLAINTEXT is not PLAIN
        for (mechanisms, credentials) in [
            ("PLAINTEXT", Credentials.plain(username: "u", password: "p")), ("PLAIN", .external),
        ] {
            var machine = Self.machine(credentials: credentials)
            do {
                _ = try machine.received(Self.start(mechanisms))
                Issue.record("\(mechanisms) was accepted")
            } catch {
                #expect(error.code == .authenticationFailed)
                #expect(error.hint.contains("auth_mechanisms"), "\(error)")
            }
        }
        var old = Self.machine()
        #expect(throws: AMQPError.self) { try old.received(Self.start("PLAIN", minor: 8)) }
    }

    @Test("tells by the state what a close of the broker means")
    func closes() throws {
        func close(_ code: UInt16) -> Method { .connectionClose(ConnectionClose(replyCode: code, replyText: "words")) }
        let expected: [(steps: Int, code: UInt16, meaning: AMQPError.Code)] = [
            (1, 403, .authenticationFailed), (2, 530, .virtualHostRefused), (2, 403, .virtualHostRefused),
            (3, 530, .closedByBroker), (3, 320, .closedByBroker), (0, 403, .closedByBroker), (2, 541, .closedByBroker),
        ]
        for (steps, code, meaning) in expected {
            var machine = Self.machine()
            for method in [Self.start("PLAIN"), ScriptedPeer.tune(), .connectionOpenOK(ConnectionOpenOK())].prefix(
                steps
            ) {
                _ = try machine.received(method)
            }
            guard case .closedByBroker(let error) = try machine.received(close(code)) else {
                Issue.record("no close")
                continue
            }
            #expect(error.code == meaning && error.replyCode == code && error.reason == "words")
            #expect(machine.state == .closed)
        }
    }

    @Test("takes or refuses every method in every state, and never traps")
    func everyMethodInEveryState() throws {
        var random = RandomValues(seed: 5)
        for steps in 0...5 {
            for method in random.everyMethod() {
                // Given a machine in one of its states
                var machine = Self.machine()
                for step in [Self.start("PLAIN"), ScriptedPeer.tune(), .connectionOpenOK(ConnectionOpenOK())].prefix(
                    steps
                ) {
                    _ = try machine.received(step)
                }
                if steps >= 4 { _ = machine.close() }
                if steps >= 5 { _ = try machine.received(.connectionCloseOK(ConnectionCloseOK())) }
                let before = machine.state
                // When any method comes
                let action = try? machine.received(method)
                // Then it is refused, or leads where the state allows
                switch (before, action) {
                case (.closed, let action):
                    guard case .some(.none) = action else {
                        Issue.record("\(method.id) did something to a closed connection")
                        continue
                    }
                case (_, nil):
                    break
                case (_, .some):
                    let isOfConnection = method.id.rawValue >> 16 == 10
                    #expect(isOfConnection, "\(method.id) was taken on channel 0")
                }
            }
        }
    }
}
