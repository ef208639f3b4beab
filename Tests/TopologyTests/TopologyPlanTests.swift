import Management
import Testing

@testable import Topology

@Suite("Plan of a sync")
struct TopologyPlanTests {
    @Test("Policies come before what they are for, ends before what binds them, and the last part of a way first")
    func order() {
        let plan = TopologyPlan(TopologyComparison(source: Samples.shop, target: Samples.empty()))
        #expect(
            plan.phases.map { $0.map(\.object.identity.description).sorted() } == [
                ["policy 'limits'"], ["exchange 'audit'", "exchange 'orders'"],
                ["queue 'billing'", "queue 'shipping'"],
                ["binding 'audit' → queue 'shipping' with ''", "binding 'orders' → queue 'billing' with 'eu.#'"],
                ["binding 'orders' → exchange 'audit' with '#'"],
            ]
        )
    }

    @Test("What is deleted goes the other way round, after what is made")
    func deletions() {
        var target = Samples.copy()
        target.queues.removeAll { $0.name == "billing" }
        var source = Samples.shop
        source.exchanges.removeAll { $0.name == "audit" }
        source.bindings.removeAll { $0.source == "audit" || $0.destination == "audit" }
        let plan = TopologyPlan(TopologyComparison(source: source, target: target), prunes: true)
        #expect(
            plan.steps.map { "\($0.action.rawValue) \($0.object.identity)" } == [
                "create queue 'billing'", "delete binding 'orders' → exchange 'audit' with '#'",
                "delete binding 'audit' → queue 'shipping' with ''", "delete exchange 'audit'",
            ]
        )
    }

    @Test("Of what is found later, only that is done which was shown, exactly as it was shown")
    func shown() {
        // given
        var target = Samples.copy()
        target.queues.append(QueueDefinition(name: "old"))
        target.policies[0].priority = 1
        let shown = TopologyPlan(TopologyComparison(source: Samples.shop, target: target), prunes: true)

        // when: another queue came, the old one was declared again with arguments, and somebody changed the policy
        target.queues =
            Samples.copy().queues + [
                QueueDefinition(name: "new"), QueueDefinition(name: "old", arguments: ["x-max-length": 1]),
            ]
        target.policies[0].priority = 2
        let later = TopologyPlan(TopologyComparison(source: Samples.shop, target: target), prunes: true)

        // then
        #expect(shown.steps.count == 2)
        #expect(later.steps.count == 3)
        #expect(later.keeping(onlyOf: shown).isEmpty)
        #expect(shown.keeping(onlyOf: shown) == shown)
    }

    @Test("A name can't break out of its line, whatever it is made of")
    func oddNames() {
        let name = "a\n\u{1B}[31m'\u{202E}\"/%ü"
        let shown = ObjectIdentity(.queue, name).description
        #expect(shown == #"queue 'a\n\u{1b}[31m'\u{202e}"/%ü'"#)
    }
}
