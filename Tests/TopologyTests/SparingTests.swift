import Testing

@testable import Topology

@Suite("What others use")
struct SparingTests {
    @Test("Given a queue and an exchange with bindings that are not deleted, when they are to be, then they are left")
    func spared() {
        let shown = BindingDefinition(source: "x", destination: "q", routingKey: "a")
        let unshown = BindingDefinition(source: "x", destination: "q", routingKey: "b")
        let queue = TopologyObject.queue(QueueDefinition(name: "q"))
        let exchange = TopologyObject.exchange(ExchangeDefinition(name: "x", type: "topic"))
        let free = TopologyObject.queue(QueueDefinition(name: "free"))
        let plan = TopologyPlan(phases: [
            [.init(.delete, .binding(shown))], [.init(.delete, queue), .init(.delete, free)],
            [.init(.delete, exchange)],
        ])

        #expect(plan.sparingWhatOthersUse(bindings: [shown]) == plan)
        let spared = plan.sparingWhatOthersUse(bindings: [shown, unshown])
        #expect(spared.steps == [.init(.delete, .binding(shown)), .init(.delete, free)])
    }
}
