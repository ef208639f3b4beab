import AMQP
import Logging
import NIOCore
import Testing
import Transport
import Waiting

@testable import Pump

@Suite("The delay before a pump connects again")
struct ReconnectDelayTests {
    /// Keeps the metadata of each line.
    private struct LineKeeper: LogHandler {
        let lines: Locked<[Logger.Metadata]>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = event.metadata ?? [:]
            lines.withLock { $0.append(line) }
        }
    }

    @Test("is random, and its ceiling doubles from one attempt to the next up to the longest")
    func grows() async throws {
        // Given a destination that can't be had, each time for a reason of its own, so that each attempt has a line
        let lines = Locked<[Logger.Metadata]>([])
        let attempts = Locked(0)
        let policy = BackoffPolicy(initial: .milliseconds(1), maximum: .milliseconds(64))
        let pump = MessagePump(
            name: "test",
            source: PumpSource(
                connection: { throw AMQPError(.couldNotConnect, reason: "nobody is there") },
                queue: "q"
            ),
            destination: PumpDestination(
                connection: {
                    let attempt = attempts.withLock { count in
                        count += 1
                        return count
                    }
                    throw AMQPError(.couldNotConnect, reason: "attempt \(attempt)")
                },
                route: try PublishRoute(exchange: "", routingKey: "q")
            ),
            backoff: policy,
            logger: Logger(label: "test") { _ in LineKeeper(lines: lines) },
            makeTransform: { _ in VerbatimTransform() }
        )
        // When it tries a dozen times
        let running = Task { await pump.run() }
        while attempts.withLock({ $0 }) < 12 { await Task.yield() }
        running.cancel()
        _ = await running.value
        // Then no delay is longer than its ceiling, and not all are as short as the first may be
        let delays = lines.withLock { $0 }.compactMap { $0["retry-in"] }
            .compactMap { "\($0)".split(separator: " ").first.flatMap { Int($0) } }
        #expect(delays.count >= 11, "\(delays)")
        for (attempt, delay) in delays.enumerated() {
            #expect(.milliseconds(delay) <= policy.ceiling(attempt: attempt), "\(delays)")
        }
        #expect(delays.contains { $0 > 1 }, "\(delays)")
    }
}
