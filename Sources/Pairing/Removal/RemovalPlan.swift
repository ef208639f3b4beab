import ControlModel
import Failover
import Topology

/// What would go where a pair, or one of its routes, is taken off the brokers, what stays, and what that would lose.
package struct RemovalPlan: Sendable {
    /// What Ropeway declared for applications on a site.
    struct Declared: Sendable {
        /// What deletes it.
        var plan = TopologyPlan(phases: [])
        /// What stays.
        var kept: [DeclaredRemoval.Kept] = []
        /// What is to be written down of what stays, so that it is not forgotten; `nil` where it is.
        var rest: DeclaredTopology?

        /// What stays written down once the plan was carried out; `nil` for nothing.
        func memory(after outcome: TopologyOutcome = TopologyOutcome()) -> DeclaredTopology? {
            guard var memory = rest else { return nil }
            memory.objects.formUnion(outcome.undone.map(\.step.object.identity.description))
            return memory.objects.isEmpty ? nil : memory
        }
    }

    /// The site that applications use; `nil` where no record tells, or the records contradict each other.
    package var active: String?
    /// What Ropeway has on each site, and goes.
    package var own: [OwnObjects]
    /// What it declared for applications, by site.
    var declared: [String: Declared] = [:]
    /// What refuses the removal unless it may be lost, and what to know.
    package var findings: [CheckFinding]

    /// Whether there is nothing to remove.
    package var isEmpty: Bool {
        own.allSatisfy(\.isEmpty) && declared.values.allSatisfy(\.plan.isEmpty)
    }
}
