import AMQP
import Consumption
import Logging
import Relay
import Synchronization

/// Puts a canary into each capture now and then: where it arrives, all that entered before it is in the store, and what
/// comes behind it entered later.
package actor CanaryKeeper {
    /// What is relayed now, and from where.
    struct Situation: Sendable {
        var active: Site
        var routes: [Route]

        fileprivate func isSame(as other: Situation) -> Bool {
            active.name == other.active.name && routes.count == other.routes.count
                && zip(routes, other.routes).allSatisfy { $0 === $1 }
        }
    }

    /// From one canary of a route to the next, at the least.
    private static let interval = Duration.seconds(1)
    /// From one canary to the next, of whatever route.
    private static let spacing = Duration.milliseconds(20)
    /// How long one may take beyond the interval until the way counts as unknown.
    private static let patience = Duration.seconds(4)
    private static let longestPause = Duration.seconds(30)

    private let pair: String
    private let logger: Logger
    private var running: (situation: Situation, tasks: OwnedTasks)?
    /// Whether a promotion empties the captures, so that nothing is put into them.
    private nonisolated let leavesCaptures = Mutex(false)
    private nonisolated let ledger = Mutex(CanaryLedger())

    package init(pair: String, logger: Logger) {
        self.pair = pair
        self.logger = logger
    }

    /// What the connection is called that canaries are sent on.
    nonisolated var connectionName: String { "ropeway \(pair) canary" }

    /// Those that were sent on that connection.
    nonisolated var sent: CanaryLedger { ledger.withLock { $0 } }

    /// Sends into the captures that are given from now on; the same as before goes on without a break. `nil` ends it.
    func follow(_ situation: Situation?) async {
        if let situation, let running, running.situation.isSame(as: situation) { return }
        if let ended = running {
            running = nil
            await ended.tasks.stop()
            for route in ended.situation.routes { route.positions.expectCanaries(within: nil) }
        }
        guard let situation, !situation.routes.isEmpty else { return }
        running = (situation, OwnedTasks([{ await self.keep(situation) }]))
    }

    package func stop() async { await follow(nil) }

    /// Says whether a promotion empties the captures, so that no canary is put into them.
    nonisolated func leaveCaptures(_ isBusy: Bool) { leavesCaptures.withLock { $0 = isBusy } }

    private func keep(_ situation: Situation) async {
        var backoff = Self.interval
        var fault: String?
        expect(situation)
        while !Task.isCancelled {
            do {
                try await AMQPConnection.withConnection(
                    try situation.active.connection(name: connectionName, for: .control)
                ) { connection in
                    let channel = try await connection.openChannel()
                    try await channel.selectConfirms()
                    ledger.withLock { $0.begin() }
                    try await send(situation, on: channel)
                    (backoff, fault) = (Self.interval, nil)
                }
            } catch {
                if !(error is CancellationError), fault != "\(error)" {
                    fault = "\(error)"
                    logger.info(
                        """
                        no canary gets into the captures of site '\(situation.active.name)', so that the lag of a quiet \
                        route is not known; it is tried again
                        """,
                        metadata: ["error": "\(error)"]
                    )
                }
                try? await Task.sleep(for: backoff)
                backoff = min(backoff * 2, Self.longestPause)
            }
        }
    }

    private func expect(_ situation: Situation) {
        let isLeaving = leavesCaptures.withLock { $0 }
        let limit = Self.patience + Self.round(situation)
        for route in situation.routes { route.positions.expectCanaries(within: isLeaving ? nil : limit) }
    }

    /// How long it takes until each route had its turn.
    private static func round(_ situation: Situation) -> Duration { max(interval, spacing * situation.routes.count) }

    /// Sends without waiting for confirms, which take as long as the way to the site.
    private func send(_ situation: Situation, on channel: AMQPChannel) async throws {
        let pause = Self.round(situation) / situation.routes.count
        try await withThrowingDiscardingTaskGroup { group in
            // One that fails cancels the group, and not the task that fills it.
            while !Task.isCancelled, !group.isCancelled {
                expect(situation)
                for route in situation.routes where !group.isCancelled {
                    if !leavesCaptures.withLock({ $0 }), !route.isPaused,
                        let instant = route.positions.canary(at: .now())
                    {
                        group.addTask {
                            let isCaptured = try await Canary.send(
                                instant,
                                into: route.names.capture,
                                instance: route.positions.instance,
                                on: channel
                            )
                            route.positions.sentCanary(instant, isCaptured: isCaptured)
                            self.ledger.withLock { $0.sent(at: .now()) }
                        }
                    }
                    try await Task.sleep(for: pause)
                }
            }
        }
    }
}
