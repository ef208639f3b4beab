import ControlModel
import Management
import Testing
import Topology

@testable import Failover

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
        let removal = declared.removal(
            from: there,
            comparison: TopologyComparison(source: source, target: there),
            withPair: "shop"
        )

        // then
        #expect(
            Set(removal.plan.steps.map { "\($0.object.identity)" }) == [
                "binding 'x' → queue 'q' with 'k'", "queue 'q'", "exchange 'x'",
            ]
        )
        let kept = Dictionary(uniqueKeysWithValues: removal.kept.map { ($0.object, $0.reason) })
        #expect(Set(kept.keys) == ["exchange 'used'", "queue 'changed'"])
        #expect(kept["exchange 'used'"] == "binding 'own' → exchange 'used' with '' uses it")
        #expect(kept["queue 'changed'"]?.contains("it is not as at site") == true, "\(kept)")
    }

    @Test(
        "Given what is bound to the pair's own objects, as after a promotion there and back, when it goes, then it goes too"
    )
    func ownBindings() {
        // given
        let source = definitions(queues: [QueueDefinition(name: "q")], exchanges: ["x", "y"])
        var declared = DeclaredTopology(virtualHost: "/")
        declared.take(TopologyPlan(TopologyComparison(source: source, target: definitions(queues: [], exchanges: []))))
        let there = definitions(
            queues: ["q", "ropeway.shop.x.capture", "ropeway.other.y.capture"].map { QueueDefinition(name: $0) },
            exchanges: ["x", "y", "ropeway.shop.x.replay"],
            bindings: [
                BindingDefinition(source: "x", destination: "ropeway.shop.x.capture", routingKey: "k"),
                BindingDefinition(source: "ropeway.shop.x.replay", destination: "q"),
                BindingDefinition(source: "y", destination: "ropeway.other.y.capture", routingKey: "k"),
            ]
        )

        // when
        let removal = declared.removal(
            from: there,
            comparison: TopologyComparison(source: source, target: there),
            withPair: "shop"
        )

        // then
        #expect(Set(removal.plan.steps.map { "\($0.object.identity)" }) == ["queue 'q'", "exchange 'x'"])
        #expect(removal.kept.map(\.object) == ["exchange 'y'"])
        #expect(removal.kept.first?.reason.contains("ropeway.other.y.capture") == true)
    }

    @Test(
        "Given what the other site has no more, when it goes, then bindings go, and what may have been changed is left"
    )
    func goneElsewhere() {
        // given
        let bound = BindingDefinition(source: "amq.topic", destination: "q", routingKey: "k")
        let source = definitions(queues: [QueueDefinition(name: "q")], exchanges: [], bindings: [bound])
        var declared = DeclaredTopology(virtualHost: "/")
        declared.take(TopologyPlan(TopologyComparison(source: source, target: definitions(queues: [], exchanges: []))))

        // when
        let removal = declared.removal(
            from: source,
            comparison: TopologyComparison(source: definitions(queues: [], exchanges: []), target: source),
            withPair: "shop"
        )

        // then
        #expect(removal.plan.steps.map { "\($0.object.identity)" } == ["\(ObjectIdentity(bound))"])
        #expect(removal.kept.first?.reason.contains("does not have it any more") == true, "\(removal.kept)")
    }

    @Test("Given a parameter, when written and read, then it is the same; one that is something else is none")
    func coding() {
        var declared = DeclaredTopology(virtualHost: "v", objects: ["queue 'q'"])
        #expect(DeclaredTopology(declared.json) == declared)
        #expect(DeclaredTopology(["version": .integer(1)]) == nil)
        declared.site = "dc2"
        declared.active = "dc1"
        #expect(DeclaredTopology(declared.json) == declared)
        declared.take(TopologyPlan(phases: []))
        #expect(declared.objects == ["queue 'q'"])
    }
}
