import NIOCore

/// When a session started, by both clocks: so that a time of its event loop is the same time of day whenever it is asked for.
struct SessionStart: Sendable {
    let milliseconds: Int64
    let time: NIODeadline

    init(_ time: NIODeadline, milliseconds: Int64 = WallClock.milliseconds()) {
        self.milliseconds = milliseconds
        self.time = time
    }

    /// Milliseconds since 1970.
    func wallClock(_ time: NIODeadline) -> Int64 { milliseconds + (time - self.time).nanoseconds / 1_000_000 }
}

/// What a session has done and is doing.
struct SessionSnapshot: Sendable {
    let counters: PumpCounters
    let inFlight: Int
    let unsettled: Int
    /// How long the session has had the oldest of what is not settled; `nil` without any.
    var oldest: Duration?
    /// Whether it has left unread for a while what the source has sent.
    var leavesUnread = false
    let blockers: [PumpBlocker]
    let obstacle: PumpObstacle?
    /// Since when something is in its way: milliseconds since 1970.
    let obstructedSince: Int64?
    let returns: ReturnRun?

    init(_ machine: PumpStateMachine, wait: DestinationWait?, started: SessionStart) {
        counters = machine.counters
        inFlight = machine.ledger.inFlight
        unsettled = machine.ledger.unsettled
        blockers = machine.blockers(wait)
        obstacle = machine.obstacle(wait)
        obstructedSince = machine.obstructedSince.map(started.wallClock)
        returns = machine.returns.map {
            ReturnRun(count: $0.count, since: started.wallClock($0.since), replyText: machine.returnText)
        }
    }
}

extension PumpSession {
    /// What it has done and is doing.
    var snapshot: SessionSnapshot {
        var snapshot = SessionSnapshot(machine, wait: destination.wait, started: started)
        snapshot.leavesUnread = unreadSince.map { eventLoop.now - $0 >= .seconds(1) } ?? false
        if snapshot.unsettled > 0 {
            snapshot.oldest = held.oldestArrival.map { .nanoseconds((eventLoop.now - $0).nanoseconds) }
        }
        return snapshot
    }
}

extension PumpStatus {
    /// Adds the session that runs to what those before it did.
    mutating func add(_ session: SessionSnapshot) {
        counters = counters + session.counters
        inFlight = session.inFlight
        unsettled = session.unsettled
        oldest = session.oldest
        returns = session.returns
        leavesUnread = session.leavesUnread
        guard phase == .running else { return }
        blockers = session.blockers
        if session.counters.haveProved { troubledSince = nil }
        if let obstacle = session.obstacle {
            phase = .blocked(obstacle)
            troubledSince = troubledSince ?? session.obstructedSince
        } else if session.counters.haveProved {
            error = nil
        }
    }
}
