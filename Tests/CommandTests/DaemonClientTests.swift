import ControlAPI
import ControlModel
import ErrorCodes
import FoundationEssentials
import HTTPClient
import Logging
import RopewayConfiguration
import Testing

@testable import ropeway

@Suite("A command that asks a daemon", .timeLimit(.minutes(1)))
struct DaemonClientTests {
    /// Runs an API on a free port over a scripted engine.
    private static func withDaemon(
        pair: String = "orders-dr",
        token: SecretSource = .literal(Secret("right")),
        clientToken: SecretSource? = .literal(Secret("right")),
        environment: [String: String] = [:],
        body: @Sendable (DaemonClient, ScriptedEngine) async throws -> Void
    ) async throws {
        let engine = ScriptedEngine()
        let (ports, port) = AsyncStream<Int>.makeStream()
        let server = APIServer(
            control: engine,
            settings: APISettings(
                listener: .tcp(host: "127.0.0.1", port: 0),
                pair: pair,
                sites: ["dc1", "dc2"],
                token: BearerToken(token)
            ),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: { port.yield($0) }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { port.finish() }
                try await server.run()
            }
            var iterator = ports.makeAsyncIterator()
            if let port = await iterator.next() {
                let client = DaemonClient(
                    client: CurlClient(),
                    origin: HTTPOrigin(scheme: .http, host: "127.0.0.1", port: port),
                    pair: "orders-dr",
                    token: clientToken,
                    environment: environment
                )
                try await body(client, engine)
                await client.shutdown()
                group.cancelAll()
            }
            do {
                try await group.waitForAll()
            } catch is CancellationError {
                // The server says so when it is cancelled.
            }
        }
    }

    @Test("Given a daemon of the pair, when a command asks, then it gets the reports")
    func reports() async throws {
        try await Self.withDaemon { (client, engine) async throws -> Void in
            #expect(try await client.absence() == nil)
            #expect(try await client.status().routes == Samples.status.routes)
            #expect(try await client.history().isEmpty)
            try await client.pause("orders", PauseRequest())
            try await client.resume("orders", PauseRequest())
            try await client.acknowledge("orders")
            #expect(engine.calls == ["pause orders", "resume orders", "acknowledge orders"])
        }
    }

    @Test("Given a promotion that a daemon runs, when a command waits, then it gets its end")
    func promotion() async throws {
        try await Self.withDaemon { (client, engine) async throws -> Void in
            let started = try await client.beginPromotion(PromotionRequest(site: "dc2", forced: true))
            #expect(started.state == .running)
            var waiting = OperationWaiting(pair: client, output: Output(format: .json))
            waiting.interval = .milliseconds(5)
            let end = try await waiting.end(of: started)
            #expect(end == Samples.operation)
            #expect(engine.calls.filter { $0 == "operation" }.count == ScriptedEngine.questionsUntilDone)
        }
    }

    @Test("Given a daemon that forgot the operation, when a command waits, then it ends as incomplete")
    func forgotten() async throws {
        try await Self.withDaemon { (client, _) async throws -> Void in
            var started = Samples.operation
            started.id = "p-9"
            started.state = .running
            var waiting = OperationWaiting(pair: client, output: Output(format: .json))
            waiting.interval = .milliseconds(5)
            waiting.patience = .milliseconds(50)
            let error = await #expect(throws: OperationError.self) { try await waiting.end(of: started) }
            #expect(error?.code == .operationForgotten)
            #expect(error?.kind == .incomplete)
        }
    }

    @Test("Given a refusal, when a command asks, then it gets the daemon's reason and exit status")
    func refusal() async throws {
        try await Self.withDaemon { (client, engine) async throws -> Void in
            engine.refuse(OperationError(.locked, code: .locked, message: "another holds the lock", hint: "wait"))
            let error = await #expect(throws: OperationError.self) {
                try await client.beginPromotion(PromotionRequest(site: "dc2"))
            }
            #expect(error?.kind == .locked)
            #expect(error?.code == .locked)
        }
    }

    @Test("Given an error that claims to be a success, when a command reads it, then it is no error of a daemon")
    func falseSuccess() throws {
        let text = #"{"error":{"exit":0,"code":"locked","message":"m","hint":"h"}}"#
        #expect(throws: DecodingError.self) { try ReportCoding.decode(ErrorAnswer.self, from: text.utf8) }
    }

    @Test("Given an error of a newer daemon, when a command reads it, then it is told with what it means")
    func newerCode() throws {
        let text = #"{"error":{"exit":8,"code":"not-invented-yet","message":"m","hint":"h"}}"#
        let error = try ReportCoding.decode(ErrorAnswer.self, from: text.utf8).error
        #expect(error == OperationError(.locked, code: .unrecognized, message: "m", hint: "h"))
    }

    @Test("Given a daemon of another pair, when a command looks for its own, then it sees that")
    func otherPair() async throws {
        try await Self.withDaemon(pair: "billing-dr") { (client, _) async throws -> Void in
            let absence = try await client.absence()
            #expect(absence == .anotherAnswers(pair: "billing-dr"))
        }
    }

    @Test("Given nothing that listens, when a command looks for the daemon, then it knows that it is free to work")
    func nothingListens() async throws {
        let client = DaemonClient(
            client: CurlClient(),
            origin: HTTPOrigin(scheme: .http, host: "127.0.0.1", port: 1),
            pair: "orders-dr",
            token: nil,
            environment: [:]
        )
        #expect(try await client.absence() == .nothingListens)
        await client.shutdown()
    }

    @Test("Given a wrong token, when a command changes something, then it says so and reading still works")
    func wrongToken() async throws {
        try await Self.withDaemon(clientToken: .literal(Secret("wrong"))) { (client, engine) async throws -> Void in
            let error = await #expect(throws: OperationError.self) { try await client.pause("orders", PauseRequest()) }
            #expect(error?.code == .unauthorized)
            #expect(try await client.status().routes == Samples.status.routes)
            #expect(engine.calls.isEmpty)
        }
    }

    @Test("Given a token that the daemon wrote, when a command of the same user changes something, then it may")
    func tokenFile() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/ropeway-command-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let environment = ["ROPEWAY_STATE": directory]
        let secret = try TokenFile(pair: "orders-dr", environment: environment).obtain()
        try await Self.withDaemon(
            token: .literal(secret),
            clientToken: nil,
            environment: environment
        ) { (client, engine) async throws -> Void in
            try await client.pause("orders", PauseRequest())
            #expect(engine.calls == ["pause orders"])
        }
        try await Self.withDaemon(
            token: .literal(secret),
            clientToken: nil,
            environment: ["ROPEWAY_STATE": directory + "/none"]
        ) { (client, _) async throws -> Void in
            let error = await #expect(throws: OperationError.self) { try await client.pause("orders", PauseRequest()) }
            #expect(error?.code == .noToken)
        }
    }

    @Test("Given a daemon, when something is planned, listed and cancelled, then the daemon is asked")
    func planning() async throws {
        try await Self.withDaemon { client, engine in
            let added = try await client.addToSchedule(
                ScheduleRequest(site: "dc2", at: "2027-01-01T00:00:00Z", who: "ann")
            )
            #expect(added == Samples.scheduled)
            #expect(try await client.schedule().schedule == [Samples.scheduled])
            let cancelled = try await client.cancelScheduled("s1", ScheduleCancellation(who: "bob", why: "no need"))
            #expect(cancelled == Samples.scheduled)
            #expect(engine.calls == ["add dc2 2027-01-01T00:00:00Z by ann", "cancel s1 by bob"])
        }
    }

    @Test(
        "Given a daemon that is gone, when a command waits for its promotion, then the exit status says what has changed",
        arguments: OperationStepReport.State.allCases
    )
    func lost(commit: OperationStepReport.State) async throws {
        let client = DaemonClient(
            client: CurlClient(),
            origin: HTTPOrigin(scheme: .http, host: "127.0.0.1", port: 1),
            pair: "orders-dr",
            token: nil,
            environment: [:]
        )
        var started = Samples.operation
        started.state = .running
        started.steps = [
            OperationStepReport(step: "draining", title: "drain", state: .done),
            OperationStepReport(step: "committing", title: "commit", state: commit),
        ]
        var waiting = OperationWaiting(pair: client, output: Output(format: .json))
        waiting.interval = .milliseconds(5)
        waiting.patience = .milliseconds(20)
        let error = await #expect(throws: OperationError.self) { try await waiting.end(of: started) }
        await client.shutdown()
        #expect(error.map { ExitCode($0.kind).rawValue } == (commit == .pending ? 9 : 5))
        #expect(error?.code == (commit == .pending ? .daemonSilent : .daemonLost))
        if commit != .pending { #expect(error?.hint.contains("start the daemon again") == true) }
    }
}
