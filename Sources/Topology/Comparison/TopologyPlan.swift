import Management

/// What is done to a target, in a safe order: who may use it before what is used, policies before the objects that they
/// are for, ends before what binds them, and the last part of a way first, so that no message finds half of it. What is
/// deleted goes the other way round.
package struct TopologyPlan: Sendable, Hashable {
    /// One thing to do.
    package struct Step: Sendable, Hashable {
        /// What is done to the object.
        package enum Action: String, Sendable, Hashable, CaseIterable {
            case create
            case change
            case delete
        }

        /// What is done.
        package var action: Action
        /// The object as it shall be, or as it is that goes.
        package var object: TopologyObject
        /// The object as it is, where it is changed.
        package var previous: TopologyObject?

        /// Creates a step.
        package init(_ action: Action, _ object: TopologyObject, previous: TopologyObject? = nil) {
            self.action = action
            self.object = object
            self.previous = previous
        }
    }

    /// Steps of which none needs another one's end, group after group.
    package var phases: [[Step]]

    /// All steps in order.
    package var steps: [Step] { phases.flatMap { $0 } }

    /// Whether there is nothing to do.
    package var isEmpty: Bool { phases.isEmpty }

    /// The steps that delete.
    package var deletions: [Step] { steps.filter { $0.action == .delete } }

    /// Creates a plan of phases as they are.
    package init(phases: [[Step]]) { self.phases = phases.filter { !$0.isEmpty } }

    /// What makes the target of a comparison as its source, as far as that is possible.
    ///
    /// - Parameter prunes: whether what only the target has is deleted.
    package init(_ comparison: TopologyComparison, prunes: Bool = false) {
        let steps = comparison.differences.compactMap { difference -> Step? in
            switch (difference.kind, difference.source, difference.target) {
            case (.missing, let object?, _): Step(.create, object)
            case (.changed, let object?, let previous): Step(.change, object, previous: previous)
            case (.onlyThere, _, let object?): prunes ? Step(.delete, object) : nil
            case (.conflict, _, _), (.notPossible, _, _), (.missing, nil, _), (.changed, nil, _), (.onlyThere, _, nil):
                nil
            }
        }
        let ranks = Dictionary(grouping: steps) { $0.rank }
        self.init(phases: ranks.sorted { $0.key < $1.key }.map(\.value))
    }

    /// Without the deletion of exchanges and queues that begin or end a binding which is not deleted as well: it would go
    /// with them.
    ///
    /// - Parameter bindings: those that the target has.
    package func sparingWhatOthersUse(bindings: [BindingDefinition]) -> TopologyPlan {
        let deleted = Set(steps.filter { $0.action == .delete }.compactMap(\.object.identity.binding))
        // Every queue has one of the default exchange's.
        let others = bindings.filter { !deleted.contains($0) && !$0.source.isEmpty }
        let usedQueues = Set(others.filter { $0.destinationType == .queue }.map(\.destination))
        let usedExchanges = Set(
            others.map(\.source) + others.filter { $0.destinationType == .exchange }.map(\.destination)
        )
        return TopologyPlan(
            phases: phases.map { phase in
                phase.filter { step in
                    guard step.action == .delete else { return true }
                    switch step.object {
                    case .queue(let queue): return !usedQueues.contains(queue.name)
                    case .exchange(let exchange): return !usedExchanges.contains(exchange.name)
                    default: return true
                    }
                }
            }
        )
    }

    /// The steps that another plan has too, exactly as they are here.
    package func keeping(onlyOf other: TopologyPlan) -> TopologyPlan {
        let known = Set(other.steps)
        return TopologyPlan(phases: phases.map { $0.filter(known.contains) })
    }
}

extension TopologyPlan.Step {
    /// When it is done: the lower, the earlier.
    fileprivate var rank: Int {
        let order =
            switch object {
            case .user: 0
            case .permissions: 1
            case .topicPermissions: 2
            case .policy: 3
            case .exchange: 4
            case .queue: 5
            case .binding(let binding): binding.destinationType == .queue ? 6 : 7
            }
        return action == .delete ? 100 - order : order
    }
}
