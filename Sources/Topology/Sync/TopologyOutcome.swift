import Management

/// What came of a plan.
package struct TopologyOutcome: Sendable, Hashable {
    /// What came of one step.
    package struct Result: Sendable, Hashable {
        /// The step.
        package var step: TopologyPlan.Step
        /// How it ended.
        package var end: End

        /// Creates a result.
        package init(_ step: TopologyPlan.Step, _ end: End) {
            self.step = step
            self.end = end
        }
    }

    /// How a step ended.
    package enum End: Sendable, Hashable {
        /// It is as the plan has it.
        case done
        /// It was refused, and is as it was: the broker's reason, and what to do.
        case refused(reason: String, hint: String)
        /// Whether it was done is not known: the answer was lost.
        case unknown(reason: String)
        /// It was not begun.
        case notTried
    }

    /// Every step in the order of the plan.
    package var results: [Result]
    /// Why it ended before the plan did; `nil` where every step was tried.
    package var stop: Stop?

    /// Why work on a target ended early.
    package struct Stop: Sendable, Hashable {
        /// What happened.
        package var reason: String
        /// What to do.
        package var hint: String

        /// Creates a reason.
        package init(reason: String, hint: String) {
            self.reason = reason
            self.hint = hint
        }
    }

    /// Creates an outcome.
    package init(results: [Result] = [], stop: Stop? = nil) {
        self.results = results
        self.stop = stop
    }

    /// The steps that were done.
    package var done: [TopologyPlan.Step] { results.filter { $0.end == .done }.map(\.step) }

    /// The steps that were not done, or may not have been.
    package var undone: [Result] { results.filter { $0.end != .done } }

    /// Has bindings count as deleted that went with what they began or ended at, whatever became of the attempt before.
    ///
    /// - Returns: whether there were any.
    mutating func settleBindings() -> Bool {
        var isSettled = false
        let deleted = Set(done.filter { $0.action == .delete }.map(\.object.identity))
        for index in results.indices where results[index].step.action == .delete && results[index].end != .done {
            guard let binding = results[index].step.object.identity.binding else { continue }
            let end = ObjectIdentity(binding.destinationType == .queue ? .queue : .exchange, binding.destination)
            guard deleted.contains(end) || deleted.contains(ObjectIdentity(.exchange, binding.source)) else { continue }
            results[index].end = .done
            isSettled = true
        }
        return isSettled
    }
}
