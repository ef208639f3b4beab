import Testing

@testable import Topology

@Suite("What came of a plan")
struct TopologyOutcomeTests {
    private func deletion(_ object: TopologyObject, _ end: TopologyOutcome.End) -> TopologyOutcome.Result {
        TopologyOutcome.Result(TopologyPlan.Step(.delete, object), end)
    }

    @Test("Given a binding that could not be deleted, when one of its ends was, then it has gone; else it has not")
    func bindings() {
        // given
        let refused = TopologyOutcome.End.refused(reason: "the management API can't", hint: "")
        let gone = BindingDefinition(source: "x", destination: "q", routingKey: "null")
        let there = BindingDefinition(source: "x", destination: "full", routingKey: "null")
        var outcome = TopologyOutcome(results: [
            deletion(.binding(gone), refused), deletion(.binding(there), refused),
            deletion(.queue(QueueDefinition(name: "q")), .done),
            deletion(.queue(QueueDefinition(name: "full")), refused),
        ])

        // when
        let isSettled = outcome.settleBindings()

        // then
        #expect(isSettled)
        #expect(outcome.results.map { $0.end == .done } == [true, false, true, false])
        let again = outcome.settleBindings()
        #expect(!again)
    }
}
