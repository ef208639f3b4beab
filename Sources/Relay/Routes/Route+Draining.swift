import AMQP
import Foundation
import NIOCore
import Pump
import RopewayConfiguration

/// Waiting until all that was captured is in the store, and looking at the capture.
extension Route {
    /// Puts sentinels behind everything that is captured and waits until all before them is in the store.
    ///
    /// From RabbitMQ 4.0 on a quorum queue lets messages with a priority above 4 overtake others, and keeps the order among
    /// either. So there is one sentinel of each kind.
    ///
    /// - Throws: where the active site can't be reached, or the time is over.
    package func drain(within timeout: Duration) async throws {
        let sentinels = [UInt8(0), 9].map { (id: UUID().uuidString, priority: $0) }
        try await withSourceConnection("drain") { connection in
            let channel = try await connection.openChannel()
            try await channel.selectConfirms()
            for sentinel in sentinels {
                let result = try await channel.publish(
                    ByteBuffer(),
                    properties: BasicProperties(
                        headers: [EnvelopeHeaders.sentinel: .string(sentinel.id)],
                        deliveryMode: 2,
                        priority: sentinel.priority
                    ),
                    exchange: "",
                    routingKey: names.capture,
                    mandatory: true
                )
                guard result == .confirmed else {
                    throw AMQPError(.closedByBroker, reason: "the capture '\(names.capture)' did not take a sentinel")
                }
            }
        }
        let deadline = ContinuousClock.now + timeout
        if let stream { return try await drain(stream, until: deadline, timeout) }
        while !sentinels.allSatisfy({ drain.hasPassed($0.id) }) {
            guard ContinuousClock.now < deadline else {
                throw AMQPError(.timedOut, reason: "route '\(names.route)' was not drained within \(timeout)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until the store has all up to where the capture ends, which is behind the sentinels.
    private func drain(
        _ stream: CaptureStream,
        until deadline: ContinuousClock.Instant,
        _ timeout: Duration
    ) async throws {
        let probe = stream.anotherProbe()
        var end: UInt64?
        var isDrained = false
        while !isDrained, ContinuousClock.now < deadline, !Task.isCancelled {
            if end == nil, case .at(let found)? = try? await probe.look() { end = found }
            if let end, let copied = await stream.pump.progress.copied { isDrained = copied >= end }
            if !isDrained { try? await Task.sleep(for: .milliseconds(20)) }
        }
        await probe.close()
        try Task.checkCancellation()
        guard isDrained else {
            throw AMQPError(.timedOut, reason: "route '\(names.route)' was not drained within \(timeout)")
        }
    }

    /// How many messages wait in the capture: published after the drain, where it was drained.
    package func captured() async throws -> Int {
        try await withSourceConnection("look") { connection in
            try await capture.depth(on: try await connection.openChannel())
        }
    }

    /// A connection to the active site for topology and small things.
    func withSourceConnection<Value>(
        _ purpose: String,
        _ body: (AMQPConnection) async throws -> Value
    ) async throws -> Value {
        try await AMQPConnection.withConnection(
            try source.connection(name: "ropeway \(names.pair) \(names.route) \(purpose)", for: .control),
            on: eventLoop,
            body
        )
    }
}
