import AMQP
import Relay
import Waiting

/// How far a replay got, kept on the broker.
extension Replay {
    /// Writes the cursor as soon as there is progress, then less and less often: a replay that never lives for long
    /// gets somewhere each time.
    ///
    /// - Throws: ``StageChange`` where the leg does not lead to whom it is to lead.
    func keepCursor(_ leg: Leg, _ work: Work) async throws {
        var interval = Duration.milliseconds(20)
        while !Task.isCancelled {
            try await Task.sleep(for: interval)
            if try await keepCursorOnce(leg, work) || leg.bound != nil { interval = min(interval * 2, .seconds(1)) }
        }
    }

    /// - Returns: whether there was something to write, and it could be.
    @discardableResult
    private func keepCursorOnce(_ leg: Leg, _ work: Work) async throws -> Bool {
        // What is settled before the look at the bindings went where it was to go.
        let reached = state.withLock { $0 }
        guard try await isSeenWhole(leg), reached.position != reached.written.offset else { return false }
        try await write(cursor(reached), work)
        return true
    }

    func writeCursor(_ work: Work) async throws {
        // Position and tally are taken together.
        try await write(cursor(state.withLock { $0 }), work)
    }

    private func write(_ cursor: ReplayCursor, _ work: Work) async throws {
        try await work.cursors.write(cursor, on: work.channel)
        state.withLock { $0.written = cursor }
    }

    /// Writes the cursor of a replay that ends before its time, if the broker takes it soon.
    func leaveCursor(_ leg: Leg, _ work: Work) async {
        // In a task of its own, which is awaited: this one may be cancelled, and would write nothing any more.
        await Task {
            try? await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await work.connection.withLimit(.seconds(2)) { _ = try await self.keepCursorOnce(leg, work) }
                }
                group.addTask { try await Task.sleep(for: .seconds(2)) }
                try await group.next()
                group.cancelAll()
            }
        }.value
    }
}
