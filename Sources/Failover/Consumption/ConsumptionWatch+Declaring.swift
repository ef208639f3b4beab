import AMQP
import Consumption
import Logging
import Relay

/// Passive declarations: the queue's own process answers them. One that is held up tells no new figures, and the old ones
/// stay.
extension ConsumptionWatch {
    /// From one declaration to the next: a hundred a second.
    private static let declarationSpacing = Duration.milliseconds(10)
    /// From the begin of one pass over all queues to that of the next, at least.
    private static let passInterval = Duration.seconds(4)

    func keepDeclaring(_ situation: Situation) async {
        var backoff = Self.spacing
        while !Task.isCancelled {
            do {
                try await AMQPConnection.withConnection(
                    try situation.active.connection(name: "ropeway \(pair) consumption", for: .control)
                ) { connection in
                    var channel = try await connection.openChannel()
                    while !Task.isCancelled {
                        let next = ContinuousClock.now + (queues.isEmpty ? Self.spacing : Self.passInterval)
                        for queue in queues {
                            // A queue that can't be declared passively costs the channel.
                            if try await !declare(queue, channel) { channel = try await connection.openChannel() }
                            try await Task.sleep(for: Self.declarationSpacing)
                        }
                        backoff = Self.spacing
                        try await Task.sleep(until: next, clock: .continuous)
                    }
                }
            } catch {
                // Without them nothing is concluded, and what is asked of the management API says why.
                try? await Task.sleep(for: backoff)
                backoff = min(backoff * 2, Self.longestPause)
            }
        }
    }

    /// - Returns: whether the channel is still open.
    private func declare(_ queue: String, _ channel: AMQPChannel) async throws(AMQPError) -> Bool {
        let sent = SteadyTime.now()
        var look = PassiveLooks.Look(answer: nil, isGone: false, sent: sent, answered: sent)
        do throws(AMQPError) {
            let (_, messages, consumers) = try await channel.declareQueue(queue, passive: true)
            look.answer = .init(ready: UInt64(messages), consumers: UInt64(consumers))
        } catch {
            guard error.code == .channelClosedByBroker else { throw error }
            look.isGone = error.replyCode == 404
        }
        look.answered = .now()
        passives.note(look, of: queue)
        return look.answer != nil
    }
}
