import NIOCore

/// What a run tells of itself.
extension PumpStateMachine {
    var phase: Phase {
        if hasEnded { return .ended }
        switch refusals {
        case .draining: return .draining
        case .waiting: return .waiting
        case .resending: return .resending
        case .none: break
        }
        if isStopping { return .finishing }
        if emptying != .no { return .emptying }
        return nextSlot >= endSlot ? .finishing : .running
    }

    /// All that keeps it from publishing more at the moment; empty where nothing does.
    func blockers(_ wait: DestinationWait?) -> [PumpBlocker] {
        guard !hasEnded else { return [] }
        var blockers: [PumpBlocker] = []
        if let wait { blockers.append(wait.blocker) }
        switch refusals {
        case .draining, .waiting: blockers.append(.refused)
        case .resending, .none: break
        }
        let isNew = refusals == .none
        guard !isNew || nextSlot < min(ledger.tail, endSlot) else {
            return blockers + [ledger.head < min(ledger.tail, endSlot) ? .confirms : .nothingToDo]
        }
        if ledger.inFlight >= window { blockers.append(.window) }
        if rateDeadline != nil { blockers.append(.rate) }
        return blockers
    }

    /// What is in the way and should not be, for an operator.
    func obstacle(_ wait: DestinationWait?) -> PumpObstacle? {
        if case .alarm(let reason) = wait { return .blocked(reason: reason) }
        if refusals != .none { return .refused }
        return isUnread ? .unread : nil
    }

    /// How many deliveries came, if none of them is left and more would be taken.
    var receivedWhileHungry: UInt64? {
        guard !hasEnded, !isStopping, ledger.tail < endSlot, ledger.unsettled == 0 else { return nil }
        return counters.received
    }
}
