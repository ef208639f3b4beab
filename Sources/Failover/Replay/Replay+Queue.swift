import AMQP
import NIOCore
import Pump
import Relay
import Waiting

/// Replaying a queue, whose messages go as they are replayed.
extension Replay {
    func replayQueue(_ work: Work) async throws {
        do {
            try await openAccount(work)
            // What was there as it began is all that the next run can learn of messages that go as they are replayed.
            if state.withLock({ !$0.isResumed }) { try await writeCursor(work) }
            repeat {
                try await throughStages(work) { leg in try await replayQueue(leg, work) }
            } while try await mayGetMore(work)
        } catch let error as AMQPError where error.refusal == .queueMissing {
            throw TopologyError(deletedStore: names.standby, of: site)
        }
        try await closeAccount(work)
    }

    private func replayQueue(_ leg: Leg, _ work: Work) async throws {
        let pump = try makePump(leg, seal: nil, work)
        await begin(pump, seal: nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.watchForRefusal(of: pump, leg, work) }
            group.addTask { try await self.watchStage(leg) }
            group.addTask { try await self.empty(pump, on: work.connection) }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Replays a queue until nothing is left in it, or the end of the leg is met.
    ///
    /// That it looks empty is not enough: a large message may be on its way for long, neither in the queue any more nor
    /// here. So the consumer is ended and what it was sent is settled before the queue is believed.
    private func empty(_ pump: MessagePump, on connection: AMQPConnection) async throws {
        while true {
            let hasMetEnd = try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    _ = await pump.run()
                    return true
                }
                group.addTask {
                    try await self.waitUntilEmpty(on: connection)
                    await pump.finish()
                    return false
                }
                var looksEmpty = false
                while let hasEnded = try await group.next(), !hasEnded { looksEmpty = true }
                group.cancelAll()
                return !looksEmpty
            }
            try Task.checkCancellation()
            if hasMetEnd { return }
            let channel = try await connection.openChannel()
            let rest = try await channel.get(names.standby)
            // Closing gives it back.
            try await channel.close()
            if rest == nil { return }
        }
    }

    /// A queue looks empty once basic.get says so, which asks the leader, and nothing is under way that arrived here.
    private func waitUntilEmpty(on connection: AMQPConnection) async throws {
        let channel = try await connection.openChannel()
        var emptyReads = 0
        while !Task.isCancelled, emptyReads < 2 {
            try await Task.sleep(for: .milliseconds(100))
            let pump = state.withLock { $0.pump }
            let done = await done()
            let (_, ready, _) = try await channel.declareQueue(names.standby, passive: true)
            state.withLock { $0.ready = ready }
            noteRest(ready, done: done)
            guard ready == 0, let status = await pump?.status(), status.phase == .running, status.unsettled == 0 else {
                emptyReads = 0
                continue
            }
            if let delivery = try await channel.get(names.standby) {
                try? await channel.reject(delivery.deliveryTag, requeue: true)
                emptyReads = 0
            } else {
                emptyReads += 1
            }
        }
    }
}
