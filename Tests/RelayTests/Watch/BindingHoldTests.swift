import Testing

@testable import Relay

@Suite("Bindings that the exchange has no more")
struct BindingHoldTests {
    @Test("are kept for some minutes, and again each time that they were back")
    func kept() {
        let binding = CaptureBinding(routingKey: "red")
        let start = ContinuousClock.now
        var hold = BindingHold()
        #expect(hold.held(present: [binding], wanted: [binding], at: start).isEmpty)
        #expect(hold.held(present: [binding], wanted: [], at: start + .seconds(1)) == [binding])
        #expect(hold.held(present: [binding], wanted: [], at: start + .seconds(300)) == [binding])
        #expect(hold.held(present: [binding], wanted: [binding], at: start + .seconds(301)).isEmpty)
        #expect(hold.held(present: [binding], wanted: [], at: start + .seconds(302)) == [binding])
        #expect(hold.held(present: [binding], wanted: [], at: start + .seconds(602)).isEmpty)
    }
}
