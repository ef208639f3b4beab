import AMQP
import Logging
import Testing
import Transport
import Waiting

@testable import Pump

@Suite("A pump that is paused")
struct PausedPumpTests {
    /// How often a pump has tried to connect.
    private final class Attempts: Sendable {
        private let box = Locked(0)
        var count: Int { box.withLock { $0 } }
        func note() { box.withLock { $0 += 1 } }
    }

    private static func pump(_ attempts: Attempts, isPaused: Bool) throws -> MessagePump {
        MessagePump(
            name: "test",
            source: PumpSource(
                connection: { throw AMQPError(.couldNotConnect, reason: "nobody is there") },
                queue: "q"
            ),
            destination: PumpDestination(
                connection: {
                    attempts.note()
                    throw AMQPError(.couldNotConnect, reason: "nobody is there")
                },
                route: try PublishRoute(exchange: "", routingKey: "q")
            ),
            backoff: BackoffPolicy(initial: .milliseconds(1), maximum: .milliseconds(2)),
            isPaused: isPaused,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            makeTransform: { _ in VerbatimTransform() }
        )
    }

    @Test("connects to nothing until it is resumed, and to nothing once it is paused again")
    func resumed() async throws {
        // Given a pump that begins paused
        let attempts = Attempts()
        let pump = try Self.pump(attempts, isPaused: true)
        let running = Task { await pump.run() }
        while await pump.status().phase != .paused { await Task.yield() }
        #expect(attempts.count == 0)
        // When it is resumed, then it tries
        await pump.resume()
        while attempts.count < 3 { await Task.yield() }
        // When it is paused, then it tries no more once it says so
        await pump.pause()
        while await pump.status().phase != .paused { await Task.yield() }
        let before = attempts.count
        for _ in 0..<1000 { await Task.yield() }
        #expect(attempts.count == before)
        #expect(await pump.isPaused)
        running.cancel()
        #expect(await running.value == .stopped)
    }

    @Test("ends when its task is cancelled, whether it waits already or not")
    func cancelled() async throws {
        for round in 0..<200 {
            let pump = try Self.pump(Attempts(), isPaused: true)
            let running = Task { await pump.run() }
            if round % 2 == 0 { await Task.yield() }
            running.cancel()
            #expect(await running.value == .stopped)
        }
    }
}
