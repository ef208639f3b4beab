/// What a session has done and is doing, read on its event loop.
struct SessionSnapshot: Sendable {
    let counters: PumpCounters
    let inFlight: Int
    let unsettled: Int
    let obstacle: PumpObstacle?
    /// Since when something is in its way: milliseconds since 1970.
    let obstructedSince: Int64?
    let returns: ReturnRun?

    init(_ session: PumpSession) {
        counters = session.counters
        inFlight = session.inFlight
        unsettled = session.unsettled
        obstacle = session.obstacle
        obstructedSince = session.obstructedSince
        returns = session.returns
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
        if session.counters.moved > 0 { troubledSince = nil }
        if let obstacle = session.obstacle {
            phase = .blocked(obstacle)
            troubledSince = troubledSince ?? session.obstructedSince
        } else if session.counters.moved > 0 {
            error = nil
        }
    }
}
