import ErrorCodes

/// A step of a promotion. Plan, dry run, run, resume and undo walk the same list of them.
package enum PromotionStep: Sendable, Hashable {
    /// Take a site's lock.
    case lock(site: String)
    /// Evaluate the checks that a promotion of this kind has to pass.
    case check
    /// Run the hooks that come before: one that fails may keep the promotion from being begun. Nothing is changed yet.
    case beforeHooks
    /// Write the intent and the plan into a site's record.
    case announce(site: String)
    /// See that the routes run that are to be drained.
    case relay
    /// Have everything that was captured stored.
    case drain
    /// See that nothing is published any more, and that everything that was published was captured.
    case settle
    /// End the routes.
    case stopRoutes
    /// See that the captures are empty.
    case verifyEmpty
    /// Write the new epoch into the record of the promoted site: the point of no return.
    case commit
    /// Write the new epoch into the record of the other site, if it answers.
    case inform(site: String)
    /// Write the record of the promoted site again, under the lock of whoever goes on with the operation: an earlier holder
    /// that takes it back, and was late, does not count any more.
    case claim
    /// Keep whoever still relays in the ended epoch out of the stores.
    case closeBarrier
    /// Capture on the promoted site, for the way back.
    case captureReverse
    /// Mark the end of what is replayed, and count it.
    case seal
    /// Write what is replayed into the record.
    case recordStores
    /// Replay into the exchanges.
    case replay
    /// End the operation in the record of the promoted site.
    case finish
    /// End it in the record of the other site, if it answers.
    case informOfEnd(site: String)

    /// A stable word, as records and reports have it.
    package var code: String {
        switch self {
        case .lock: "locking"
        case .check: "checking"
        case .beforeHooks: "before-hooks"
        case .announce: "announcing"
        case .relay: "relaying"
        case .drain: "draining"
        case .settle: "settling"
        case .stopRoutes: "stopping-routes"
        case .verifyEmpty: "verifying"
        case .commit: "committing"
        case .inform: "informing"
        case .claim: "claiming"
        case .closeBarrier: "closing-barrier"
        case .captureReverse: "capturing-reverse"
        case .seal: "sealing"
        case .recordStores: "recording-stores"
        case .replay: "replaying"
        case .finish: "finishing"
        case .informOfEnd: "informing-of-end"
        }
    }

    /// The site that the step is about, where it names one.
    package var site: String? {
        switch self {
        case .lock(let site), .announce(let site), .inform(let site), .informOfEnd(let site): site
        default: nil
        }
    }

    /// Whether an error of the step changes nothing about the operation: it is said, and the next step follows.
    package var isBestEffort: Bool {
        switch self {
        case .inform, .informOfEnd, .captureReverse: true
        default: false
        }
    }

    /// Whether a dry run takes the step: it changes nothing that lasts.
    package var isTriedByDryRun: Bool {
        switch self {
        case .lock, .check: true
        default: false
        }
    }

    /// What is done, for a person.
    ///
    /// - Parameters:
    ///   - target: the promoted site.
    ///   - origin: the other one.
    package func title(target: String, origin: String, epoch: Int) -> String {
        switch self {
        case .lock(let site): "take the lock of site '\(site)'"
        case .check: "check what the promotion needs"
        case .beforeHooks: "run the hooks before the promotion"
        case .announce(let site): "write the plan to the record of site '\(site)'"
        case .relay: "verify that the routes from '\(origin)' to '\(target)' are running"
        case .drain: "relay everything that site '\(origin)' has captured"
        case .settle: "verify that nothing is published to site '\(origin)' any more, and that everything was captured"
        case .stopRoutes: "stop the routes from '\(origin)' to '\(target)'"
        case .verifyEmpty: "verify that the captures of site '\(origin)' are empty"
        case .commit: "write epoch \(epoch) with '\(target)' active to its record (point of no return)"
        case .inform(let site): "write epoch \(epoch) to the record of site '\(site)', if it answers"
        case .claim: "write the record of site '\(target)' under this lock"
        case .closeBarrier: "bar relays of epoch \(epoch - 1) from the stores of site '\(target)'"
        case .captureReverse: "prepare the captures on site '\(target)' for the way back"
        case .seal: "mark the end of what is replayed, and count it"
        case .recordStores: "write what is replayed to the record"
        case .replay: "replay from the stores of site '\(target)' into its exchanges"
        case .finish: "end the operation: site '\(target)' is open"
        case .informOfEnd(let site): "write its end to the record of site '\(site)', if it answers"
        }
    }

    /// The steps of a promotion, in their order.
    package static func all(_ kind: PairRecord.OperationKind, target: String, origin: String) -> [PromotionStep] {
        let before: [PromotionStep] =
            switch kind {
            case .planned:
                [
                    .lock(site: target), .lock(site: origin), .check, .beforeHooks, .announce(site: target),
                    .announce(site: origin), .relay, .drain, .settle, .stopRoutes, .verifyEmpty,
                ]
            case .forced:
                [.lock(site: target), .check, .beforeHooks]
            }
        return before + [.commit] + afterCommit(kind, origin: origin)
    }

    /// What whoever goes on with an operation behind its point of no return does.
    package static func resumed(
        _ kind: PairRecord.OperationKind,
        target: String,
        origin: String
    ) -> [PromotionStep] {
        [.lock(site: target), .claim] + afterCommit(kind, origin: origin)
    }

    /// What is only ever resumed.
    package static func afterCommit(_ kind: PairRecord.OperationKind, origin: String) -> [PromotionStep] {
        // A planned one has ended its routes before.
        let inform: [PromotionStep] = kind == .planned ? [.inform(site: origin)] : [.stopRoutes]
        let end: [PromotionStep] = kind == .planned ? [.informOfEnd(site: origin)] : []
        return inform + [.closeBarrier, .captureReverse, .seal, .recordStores, .replay, .finish] + end
    }

    /// The step that the record names while nothing is irrevocable: an operation that stands there is taken back.
    package static let reversibleCode = PromotionStep.drain.code
    /// The step that the record names once the new epoch is written: an operation that stands there is resumed.
    package static let irreversibleCode = PromotionStep.replay.code
}

/// What came of a step that was performed.
package enum StepOutcome: Sendable, Hashable {
    case done
    /// What is to be replayed, by route.
    case sealed([String: PairRecord.Store])
    /// What the replays did, together; a number that is not known is `nil`.
    case replayed(Replayed)

    package struct Replayed: Sendable, Hashable {
        package var replayed: Int?
        package var expired: Int?
        package var quarantined: Int?
        /// Why something that was relayed could not be replayed, and never will be; `nil` if nothing is known to be missing.
        package var missing: StepFailure?

        package init(replayed: Int?, expired: Int?, quarantined: Int?, missing: StepFailure? = nil) {
            self.replayed = replayed
            self.expired = expired
            self.quarantined = quarantined
            self.missing = missing
        }
    }
}

/// Why a step did not succeed, before it is known what that means for the operation.
package struct StepFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// A stable word.
    package var code: ErrorCode
    /// What happened.
    package var message: String
    /// What to do.
    package var hint: String

    package init(code: ErrorCode, message: String, hint: String) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { "\(message); \(hint)" }
}
