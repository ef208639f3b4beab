import AMQP
import NIOCore

/// Tells a source that holds messages and delivers none from one that is empty or at work.
struct SourceWatch {
    private let patience: Duration
    private var received: UInt64 = 0
    private var since: ContinuousClock.Instant?

    init(patience: Duration) { self.patience = patience }

    /// Notes what was seen while the pump had room for deliveries.
    ///
    /// - Parameters:
    ///   - waiting: messages that the source could deliver.
    ///   - received: messages that it has delivered so far.
    /// - Returns: whether messages have waited at every look for longer than the patience, and none was delivered.
    mutating func note(waiting: Int, received: UInt64, at now: ContinuousClock.Instant) -> Bool {
        if waiting == 0 || received != self.received { since = nil }
        self.received = received
        guard waiting > 0 else { return false }
        guard let since else {
            self.since = now
            return false
        }
        return now - since >= patience
    }
}

extension MessagePump {
    /// Gives a session up whose source holds messages and delivers none, as where another is the single active consumer.
    ///
    /// It asks only while nothing that was delivered is left: otherwise the session looks after its own progress.
    func watchSource(
        _ session: NIOLoopBound<PumpSession>,
        _ running: RunningSession,
        on connection: AMQPConnection
    ) async {
        guard source.countsWaiting else { return }
        let interval = min(limits.stallTimeout / 3, .seconds(10))
        var watch = SourceWatch(patience: limits.stallTimeout)
        // A queue that can't be asked has no consumer either, which the session is told by the broker.
        guard let channel = try? await connection.openChannel() else { return }
        while (try? await Task.sleep(for: interval)) != nil {
            let hungry = try? await eventLoop.submit { session.value.receivedWhileHungry }.get()
            guard let received = hungry ?? nil else { continue }
            guard let waiting = try? await channel.declareQueue(source.queue, passive: true).messages else { return }
            if waiting == 0 { forgiveStarvation() }
            if watch.note(waiting: waiting, received: received, at: .now) {
                await running.fail(.starved(waiting: waiting, after: limits.stallTimeout))
                return
            }
        }
    }
}
