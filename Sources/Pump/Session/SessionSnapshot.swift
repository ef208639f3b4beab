import NIOCore

/// What a session has done and is doing.
struct SessionSnapshot: Sendable {
    let counters: PumpCounters
    let inFlight: Int
    let unsettled: Int
    let blockers: [PumpBlocker]
    let obstacle: PumpObstacle?
    /// Since when something is in its way: milliseconds since 1970.
    let obstructedSince: Int64?
    let returns: ReturnRun?

    init(_ machine: PumpStateMachine, wait: DestinationWait?, now: NIODeadline) {
        func wallClock(_ time: NIODeadline) -> Int64 {
            WallClock.milliseconds() - (now - time).nanoseconds / 1_000_000
        }
        counters = machine.counters
        inFlight = machine.ledger.inFlight
        unsettled = machine.ledger.unsettled
        blockers = machine.blockers(wait)
        obstacle = machine.obstacle(wait)
        obstructedSince = machine.obstructedSince.map(wallClock)
        returns = machine.returns.map {
            ReturnRun(count: $0.count, since: wallClock($0.since), replyText: machine.returnText)
        }
    }
}

extension PumpStatus {
    /// Adds the session that runs to what those before it did.
    mutating func add(_ session: SessionSnapshot) {
        counters = counters + session.counters
        inFlight = session.inFlight
        unsettled = session.unsettled
        returns = session.returns
        guard phase == .running else { return }
        blockers = session.blockers
        if session.counters.moved > 0 { troubledSince = nil }
        if let obstacle = session.obstacle {
            phase = .blocked(obstacle)
            troubledSince = troubledSince ?? session.obstructedSince
        } else if session.counters.moved > 0 {
            error = nil
        }
    }
}
