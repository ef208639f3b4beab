import Testing

@testable import Relay

@Suite("Instants that routes have in common")
struct CommonTickTests {
    @Test("are the same for whoever asks within an interval, and lie ahead")
    func common() {
        let now = CommonTick.next(.seconds(2))
        let asked = [Duration.zero, .milliseconds(1), .milliseconds(1_999)].map { now + $0 }
        let next = asked.map { CommonTick.next(.seconds(2), after: $0) }
        #expect(next == Array(repeating: now + .seconds(2), count: 3))
    }
}
