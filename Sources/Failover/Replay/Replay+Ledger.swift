import AMQP
import ErrorCodes
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
        /// What was there when the run began, until the age of the first message is known.
        var start: (messages: UInt64, at: ContinuousClock.Instant)?
        var ages: MessageAges?
        /// What was settled or left at the last look.
        var last: (total: UInt64, oldest: Int64)?
    }

    /// How long the first message may take to come for its age to say what could have expired before it.
    private static let startTolerance = Duration.seconds(5)

    func openAccount(_ work: Work) async throws {
        let store = (try? await site.existingQueue(names.standby, on: work.connection)) ?? nil
        let (_, messages, _) = try await work.channel.declareQueue(names.standby, passive: true)
        let settings = [
            store?.effectivePolicyDefinition?["message-ttl"]?.integer,
            store?.totals.arguments["x-message-ttl"]?.integer,
        ]
        // Where the broker does not tell, it is what the configuration sets.
        let told = store?.effectivePolicyDefinition != nil
        let retention = settings.compactMap(\.self).min() ?? (told ? nil : StoreRetention(route.standby).age)
        state.withLock {
            $0.account = Account(ledger: StoreLedger(retention: retention), start: (UInt64(messages), .now))
        }
    }

    /// Notes of which ages the messages are that have come.
    static func note(_ ages: MessageAges, in state: Locked<State>) {
        state.withLock { state in
            if let start = state.account?.start {
                if ContinuousClock.now - start.at < startTolerance {
                    state.account?.ledger.note(total: start.messages, oldest: ages.first)
                }
                state.account?.start = nil
            }
            // A later session begins anew.
            var ages = ages
            if state.account?.ages?.mayExpire == true { ages.mayExpire = true }
            state.account?.ages = ages
        }
    }

    /// Notes what is left in the queue.
    ///
    /// - Parameter settled: how many messages were settled before that was asked.
    func noteRest(_ ready: Int, settled: UInt64) {
        state.withLock { state in
            guard let ages = state.account?.ages else { return }
            let look = (total: settled + UInt64(ready), oldest: min(ages.newest, WallClock.milliseconds()))
            // The new leader of a quorum queue may count for a moment what has left it, so two looks must agree.
            if let last = state.account?.last {
                state.account?.ledger.note(total: min(last.total, look.total), oldest: min(last.oldest, look.oldest))
            }
            state.account?.last = look
        }
    }

    /// Says how many messages are gone that were neither replayed nor left out, now that the queue is empty.
    func closeAccount(_ work: Work) async throws {
        let settled = await settled()
        guard let account = state.withLock({ $0.account }), account.ages?.mayExpire != true else { return }
        let missing = account.ledger.missing(settled: settled, now: WallClock.milliseconds())
        guard missing > 0 else { return }
        try await note(
            ReplayLoss(
                code: .storeMissing,
                message:
                    "\(missing) messages left store '\(names.standby)' on site '\(site.name)' while it was replayed, and "
                    + "were not: it was purged, or somebody else consumed from it",
                hint: "look for who did, and for these messages in the queues and the capture of the other site"
            ),
            work
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
