import Management
import Testing
import Topology

@testable import Recovery

@Suite("What Ropeway declared for applications")
struct DeclaredTopologyTests {
    private func definitions(
        queues: [QueueDefinition],
        exchanges: [String] = ["x"],
        bindings: [BindingDefinition] = []
    ) -> Definitions {
        Definitions(
            origin: Definitions.Origin(name: "site"),
            exchanges: exchanges.map { ExchangeDefinition(name: $0, type: "direct") },
            queues: queues,
            bindings: bindings
        )
    }

    @Test("Given objects that were changed, bound by others or not declared here, when it goes, then they are left")
    func removal() {
        // given
        let bound = BindingDefinition(source: "x", destination: "q", routingKey: "k")
        let source = definitions(
            queues: [QueueDefinition(name: "q"), QueueDefinition(name: "changed")],
            exchanges: ["x", "used"],
            bindings: [bound]
        )
        var declared = DeclaredTopology(virtualHost: "/")
        declared.take(TopologyPlan(TopologyComparison(source: source, target: definitions(queues: [], exchanges: []))))
        let there = definitions(
            queues: [
                QueueDefinition(name: "q"), QueueDefinition(name: "changed", type: "quorum"),
                QueueDefinition(name: "mine"),
            ],
            exchanges: ["x", "used", "own"],
            bindings: [bound, BindingDefinition(source: "own", destination: "used", destinationType: .exchange)]
        )

        // when
        let plan = declared.removal(from: there, comparison: TopologyComparison(source: source, target: there))

        // then
        #expect(
            Set(plan.steps.map { "\($0.object.identity)" }) == [
                "binding 'x' → queue 'q' with 'k'", "queue 'q'", "exchange 'x'",
            ]
        )
        #expect(declared.kept(in: there, besides: plan) == ["exchange 'used'", "queue 'changed'"])
    }

    @Test("Given a parameter, when written and read, then it is the same; one that is something else is none")
    func coding() {
        var declared = DeclaredTopology(virtualHost: "v", objects: ["queue 'q'"])
        #expect(DeclaredTopology(declared.json) == declared)
        #expect(DeclaredTopology(["version": .integer(1)]) == nil)
        declared.take(TopologyPlan(phases: []))
        #expect(declared.objects == ["queue 'q'"])
    }
}
