import AMQP
import ErrorCodes
import Logging
import Management
import Pump
import Relay
import RopewayConfiguration
import Waiting

/// Seeing that nobody else takes what a queue store holds.
extension Replay {
    /// What is known of the messages of a queue, to tell whether others took some.
    struct Account {
        var ledger: StoreLedger
        /// Whether messages were seen, by any run, that expire by a property of their own.
        var mayExpire = false
        /// What was there when the run began, until the age of the first message is known.
        var start: (messages: UInt64, at: ContinuousClock.Instant)?
        var ages: MessageAges?
        /// What was done or left at the last look.
        var last: (total: UInt64, oldest: Int64)?
        let opened = ContinuousClock.now
    }

    /// How long the first message may take to come for its age to say what could have expired before it.
    private static let startTolerance = Duration.seconds(5)
    /// How long a broker may take to notice that a process is gone which had taken messages: two of its heartbeats and more.
    private static let noticing = Duration.seconds(30)

    /// Begins with what the run before saw, or with what was there when the store was sealed.
    func openAccount(_ work: Work) async throws {
        let store = (try? await site.existingQueue(names.standby, on: work.connection)) ?? nil
        let messages = try await depth(on: work.channel)
        let settings = [
            store?.effectivePolicyDefinition?["message-ttl"]?.integer,
            store?.totals.arguments["x-message-ttl"]?.integer,
        ]
        // Where the broker does not tell, it is what the configuration sets.
        let told = store?.effectivePolicyDefinition != nil
        let retention = settings.compactMap(\.self).min() ?? (told ? nil : StoreRetention(route.standby).age)
        state.withLock { state in
            var looks = state.base.rest?.looks ?? []
            if !state.isResumed, let depth = state.plan?.depth {
                looks = [StoreLedger.Look(total: UInt64(max(0, depth)), oldest: nil)]
            }
            state.account = Account(
                ledger: StoreLedger(retention: retention, looks: looks),
                mayExpire: state.base.rest?.mayExpire ?? false,
                start: (UInt64(messages), .now)
            )
        }
    }

    /// Notes of which ages the messages are that have come.
    static func note(_ ages: MessageAges, in state: Locked<State>) {
        state.withLock { state in
            if let start = state.account?.start {
                if ContinuousClock.now - start.at < startTolerance {
                    state.account?.ledger.note(total: start.messages, oldest: ages.first)
                }
                state.account?.ledger.noteFirst(ages.first, now: WallClock.milliseconds())
                state.account?.start = nil
            }
            if ages.mayExpire { state.account?.mayExpire = true }
            state.account?.ages = ages
        }
    }

    /// Notes what is left in the queue.
    ///
    /// - Parameter done: how many messages the queue had been told of as done before that was asked.
    func noteRest(_ ready: Int, done: UInt64) {
        state.withLock { state in
            guard let ages = state.account?.ages else { return }
            let look = (total: done + UInt64(ready), oldest: min(ages.newest, WallClock.milliseconds()))
            // The new leader of a quorum queue may count for a moment what has left it, so two looks must agree.
            if let last = state.account?.last {
                state.account?.ledger.note(total: min(last.total, look.total), oldest: min(last.oldest, look.oldest))
            }
            state.account?.last = look
        }
    }

    /// Messages that the queue was told of as done, by this run.
    func done() async -> UInt64 {
        let (past, pump) = state.withLock { ($0.pastDone, $0.pump) }
        return past + (await pump?.status().acknowledged ?? 0)
    }

    /// Writes down that messages are done, which the queue is told then.
    ///
    /// - Parameter count: how many, by the pump that runs.
    func record(_ count: UInt64, _ work: Work) async throws {
        state.withLock { $0.recorded = max($0.recorded, $0.pastDone + count) }
        try await writeCursor(work)
    }

    /// Whether messages lack that somebody who is gone by now may still have: the broker gives them back once it has noticed.
    func mayGetMore(_ work: Work) async throws -> Bool {
        let done = await done()
        guard let account = state.withLock({ $0.isResumed ? $0.account : nil }) else { return false }
        while account.ledger.missing(done: done, now: WallClock.milliseconds()) != StoreLedger.Missing(),
            ContinuousClock.now - account.opened < Self.noticing
        {
            let (_, ready, consumers) = try await work.channel.declareQueue(names.standby, passive: true)
            if ready > 0 { return true }
            if consumers == 0 { return false }
            try await Task.sleep(for: .milliseconds(200))
        }
        return false
    }

    /// Says how many messages are gone that were neither replayed nor left out, now that the queue is empty.
    func closeAccount(_ work: Work) async throws {
        let done = await done()
        guard let account = state.withLock({ $0.account }) else { return }
        let missing = account.ledger.missing(done: done, now: WallClock.milliseconds())
        // What is told once is not told by the next run again.
        state.withLock { $0.account?.ledger = StoreLedger(retention: nil) }
        guard !account.mayExpire else { return logPossible(missing) }
        if missing.taken > 0 {
            // What an earlier run had on its way as it ended may have been replayed and taken, or written down and left.
            let count = state.withLock { $0.isResumed } ? "about \(missing.taken)" : "\(missing.taken)"
            try await note(loss("\(count) messages", "while it was replayed", "or somebody else"), work)
        }
        if missing.takenOrExpired > 0 {
            let when = "after it was sealed and before they could be replayed"
            try await note(
                loss("up to \(missing.takenOrExpired) messages", when, "they expired, or somebody else"),
                work
            )
        }
    }

    private func loss(_ count: String, _ when: String, _ others: String) -> ReplayLoss {
        ReplayLoss(
            code: .storeMissing,
            message:
                "\(count) left store '\(names.standby)' on site '\(site.name)' \(when), and "
                + "were not: it was purged, \(others) consumed from it",
            hint: "look for who did, and for these messages in the queues and the capture of the other site"
        )
    }

    private func logPossible(_ missing: StoreLedger.Missing) {
        guard missing != StoreLedger.Missing() else { return }
        logger.warning(
            "messages left the store while it was replayed that have expired by their own expiration, or were taken",
            metadata: ["route": "\(route.name)", "messages": "at most \(missing.taken + missing.takenOrExpired)"]
        )
    }
}

/// Of which ages the messages are that a session of a replay has seen.
package struct MessageAges: Sendable, Hashable {
    /// When the relay saw the first one: milliseconds since 1970.
    package var first: Int64
    /// When it saw the newest one.
    package var newest: Int64
    /// Whether some expire by a property of their own.
    package var mayExpire: Bool

    mutating func add(_ time: Int64, mayExpire: Bool) {
        newest = max(newest, time)
        if mayExpire { self.mayExpire = true }
    }
}
