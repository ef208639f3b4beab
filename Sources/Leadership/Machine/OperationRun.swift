import Notation

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A promotion that this process works on.
package struct OperationRun: Sendable, Hashable {
    enum Purpose: Sendable, Hashable {
        /// Somebody asked for it.
        case ordered(PromotionOrder)
        /// The record says that it is past its point of no return.
        case resumed
        /// The record says that it is before its point of no return, and nobody works on it.
        case takenBack(request: String?)
    }

    enum Phase: Sendable, Hashable {
        /// What both sites' records say is read again.
        case reading
        case walking
        /// What was done is taken back, because of a fault.
        case undoing(OperationFault, Undo)
    }

    enum Undo: Sendable, Hashable {
        case stopRoutes
        case restoreTarget
        case restoreOrigin
    }

    package internal(set) var id: String
    package internal(set) var kind: PairRecord.OperationKind
    package let target: String
    package let origin: String
    package let started: Moment
    /// What it works on.
    package internal(set) var plan: PairRecord.Plan
    package internal(set) var isDryRun = false
    package internal(set) var acceptsGap = false
    /// The steps, in their order, and which of them is walked.
    package internal(set) var steps: [PromotionStep] = []
    package internal(set) var index = 0
    /// The epoch that it makes, once that is known.
    package internal(set) var epoch: Int?
    /// What it does not get on with at the moment.
    package internal(set) var waitsFor: String?
    /// What was said of steps that need not succeed.
    package internal(set) var notes: [String] = []
    /// How long the steps took that are over, in their order.
    package internal(set) var times: [PairRecord.StepTime] = []
    /// When the step before the one that is walked was over; `nil` while that is the start.
    var lastStepEnd: Duration?
    /// What it took over, if it did.
    package internal(set) var takenOver: String?

    var purpose: Purpose
    /// Whether whoever ordered it was told.
    var isAnswered = false
    /// Whether somebody else was told that this operation is what they asked for.
    var isAwaited = false
    /// Whether whoever waits for it asked for a forced promotion, and it goes on with one that somebody else began.
    var isUrgent = false
    /// Other ids under which it was accepted before it turned out which operation it is.
    var aliases: [String] = []
    var phase = Phase.reading
    /// Readings that began before it say nothing about it.
    let begun: Ticket
    /// When a planned promotion takes itself back.
    var deadline: Duration?
    /// The record that it goes on from: as read, then as written.
    var base: PairRecord?
    /// What it goes back to where the new epoch was certainly not written.
    var uncommitted: PairRecord?
    var pendingStep: Ticket?
    var pendingWrite: Ticket?
    /// The attempt to take a lock for it.
    var pendingLock: Ticket?
    /// Whether anything is in a record that would have to be taken back.
    var isAnnounced = false
    /// Whether the new epoch may be written: there is no way back.
    var isCommitAttempted = false
    /// Whether an attempt to write it had no answer, so that it may be written at any time.
    var isCommitUnknown = false
    var commitRest = Rest(first: .milliseconds(500), longest: .seconds(10))
    var replayed: StepOutcome.Replayed?

    /// The step that is walked; `nil` before the first and after the last.
    package var step: PromotionStep? {
        guard case .walking = phase, steps.indices.contains(index) else { return nil }
        return steps[index]
    }

    /// Notes that the step which is walked is over. What came before the first one counts to it.
    mutating func noteStep(at time: Duration) {
        guard let step else { return }
        let began = lastStepEnd ?? started.time
        times.append(
            PairRecord.StepTime(
                step: step.code,
                site: step.site,
                from: Int((began - started.time).wholeMilliseconds),
                milliseconds: Int((time - began).wholeMilliseconds)
            )
        )
        lastStepEnd = time
    }

    /// From when the site that was active had to be silent, as far as this process knows.
    package var silentSince: Date? {
        switch kind {
        case .planned:
            // Until then, what is published is drained; from then on, it has the promotion taken back.
            let settled = times.first { $0.step == PromotionStep.settle.code }
            return settled.map { started.date.addingTimeInterval(Double($0.from) / 1000) }
        case .forced:
            guard case .ordered(let order) = purpose, case .linkLoss(let date) = order.cut else { return nil }
            return date
        }
    }

    /// What it was to lose and repeat, and what was accepted of that: by whoever ordered it, or by the record.
    package var forecast: PairRecord.Forecast? {
        if case .ordered(let order) = purpose { return order.forecast }
        return base?.operation?.forecast
    }
    package var consent: PairRecord.Consent? {
        if case .ordered(let order) = purpose { return order.consent }
        return base?.operation?.consent
    }

    /// Whether it is being taken back.
    package var isUndoing: Bool { if case .undoing = phase { true } else { false } }

    /// Whether the new epoch is written, or may be.
    package var isPastReturn: Bool { isCommitAttempted }

    /// Whether it may be reading the stores, so that what is missing from them may be its own doing.
    package var mayReadStores: Bool { !isDryRun && (isPastReturn || !isBegun || purpose == .resumed) }

    /// Whether it is known what it does: an order is not before both records were read.
    package var isBegun: Bool { if case .reading = phase { false } else { true } }

    /// The request that has not been answered yet; `nil` if there is none.
    var unanswered: String? {
        switch purpose {
        case .ordered(let order): isAnswered ? nil : order.id
        case .takenBack(let request): request
        case .resumed: nil
        }
    }

    /// What it is at, in a word.
    package var stepCode: String { isUndoing ? "undoing" : step?.code ?? "reading" }
}
