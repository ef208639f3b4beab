import AMQP
import Relay
import Waiting

/// How far a replay got, kept on the broker.
extension Replay {
    /// Writes the cursor as soon as there is progress, then less and less often: a replay that never lives for long
    /// gets somewhere each time.
    func keepCursor(_ work: Work) async throws {
        var written = state.withLock { $0.position }
        var interval = Duration.milliseconds(20)
        while !Task.isCancelled {
            try await Task.sleep(for: interval)
            let position = state.withLock { $0.position }
            guard position != written else { continue }
            try await writeCursor(work)
            written = position
            interval = min(interval * 2, .seconds(1))
        }
    }

    func writeCursor(_ work: Work) async throws {
        // Position and tally are taken together.
        try await work.cursors.write(cursor(state.withLock { $0 }), on: work.channel)
    }

    /// Writes the cursor of a replay that ends before its time, if the broker takes it soon.
    func leaveCursor(_ work: Work) async {
        // In a task of its own, which is awaited: this one may be cancelled, and would write nothing any more.
        await Task {
            try? await work.connection.withLimit(.seconds(2)) { try await writeCursor(work) }
        }.value
    }
}
