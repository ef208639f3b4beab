#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What reaches the machine: what came of its actions, what an operator asks for, and time.
package enum LeaderEvent: Sendable, Hashable {
    /// Nothing but time.
    case tick
    /// A site's record was read, or could not be.
    case recordRead(site: String, Ticket, RecordReading)
    /// A lock is held.
    case lockTaken(LockHandle)
    case lockRefused(site: String, Ticket, LockRefusal)
    /// A lock that was held is not any more.
    case lockLost(LockHandle, reason: String)
    /// A lock that was to be given back is.
    case lockReleased(LockHandle)
    /// The record as it is at the site now, read back.
    case recordWritten(Ticket, PairRecord)
    case recordNotWritten(Ticket, WriteRefusal)
    /// No route runs any more that was started before.
    case routesStopped(Ticket)
    /// Why a step does not go on at the moment; `nil` if it does.
    case stepWaits(Ticket, reason: String?)
    case stepEnded(Ticket, StepOutcome)
    case stepFailed(Ticket, StepFailure)
    /// Somebody asks for a promotion.
    case promote(PromotionOrder)
    /// Somebody wants the operation that is under way taken back; the id is that of the request.
    case abort(request: String)
    /// Other addresses, users or passwords: everything that is held or runs with the old ones ends first.
    case renew
    /// The process ends: everything that runs is stopped, every lock given back.
    case stop
}

/// What the machine wants done. Everything but ``answer`` and what ends something is answered by an event.
package enum LeaderAction: Sendable, Hashable {
    case readRecord(site: String, Ticket)
    /// - Parameter patience: how long another holder is waited for.
    case takeLock(site: String, Ticket, patience: Duration)
    case releaseLock(LockHandle)
    /// Write a record under a lock, which must be held, and read it back.
    case writeRecord(PairRecord, under: LockHandle, Ticket)
    /// Start the routes; they end with the lock.
    case startRoutes(RelayOrder, under: LockHandle)
    case stopRoutes(Ticket)
    case perform(StepOrder, under: LockHandle, Ticket)
    case cancelStep(Ticket)
    /// Answer whoever asked.
    case answer(request: String, OrderAnswer)
    /// An operation has ended, or rests.
    case ended(OperationEnd)
    /// Everything that was held or ran with the old settings has ended: take over the new ones.
    case applySettings
    /// Everything has ended.
    case stopped
}

/// From where to where is relayed.
package struct RelayOrder: Sendable, Hashable {
    package var from: String
    package var to: String
    package var epoch: Int
    /// Whether the stores' policies are left as they are, since a promotion follows.
    package var holdsPolicies = false

    package init(from: String, to: String, epoch: Int, holdsPolicies: Bool = false) {
        self.from = from
        self.to = to
        self.epoch = epoch
        self.holdsPolicies = holdsPolicies
    }
}

/// A step to perform.
package struct StepOrder: Sendable, Hashable {
    package var step: PromotionStep
    /// The operation's id.
    package var operation: String
    package var kind: PairRecord.OperationKind
    package var target: String
    package var origin: String
    /// The record that the step works under: with plan, cut and stores once they are written.
    package var record: PairRecord
    /// What the operation works on.
    package var plan: PairRecord.Plan
    /// Whether nothing but the checks is done.
    package var isDryRun: Bool
    /// Whether it goes on over gaps that nobody has acknowledged.
    package var acceptsGap: Bool
    /// How long the step may take; `nil` for as long as it needs.
    package var limit: Duration?
}

/// How an operation ended.
package struct OperationEnd: Sendable, Hashable {
    package var id: String
    package var kind: PairRecord.OperationKind
    package var site: String
    package var epoch: Int
    /// Why it did not end as asked; `nil` if it is done.
    package var fault: OperationFault?
    /// What it replayed, as far as is known.
    package var replayed: StepOutcome.Replayed?
    /// How long its steps took here.
    package var times: [PairRecord.StepTime] = []
    /// From when the site that was active had to be silent, as far as that is known.
    package var silent: Date?
}
