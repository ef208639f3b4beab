import Foundation

/// Since when something is in the state that it is in.
struct StateStay: Sendable {
    enum State: Sendable {
        case connecting, running, blocked, paused, completed
    }

    private var last: (state: State, since: Date)?

    /// When a state was first seen without another in between.
    mutating func since(_ state: State, now: Date) -> Date {
        if let last, last.state == state { return last.since }
        last = (state, now)
        return now
    }
}
