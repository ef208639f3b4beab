import Testing

@testable import AMQP

@Suite("The headers of a message that came back")
struct HeaderLikenessTests {
    private static func shared(_ returned: FieldTable, _ message: FieldTable) -> Int? {
        HeaderLikeness(BasicProperties(headers: returned)).sharedHeaders(with: BasicProperties(headers: message))
    }

    @Test("given headers that the broker rewrote, when compared, then they are the message's own")
    func writtenAnew() {
        let message: FieldTable = ["n": .uint64(7), "kind": "wanted", "all": true, "n": .uint64(8)]
        let likeness = HeaderLikeness(BasicProperties(headers: ["all": true, "kind": "wanted", "n": .int64(7)]))
        let shared = likeness.sharedHeaders(with: BasicProperties(headers: message))
        #expect(shared == 3)
        #expect(shared.map(likeness.isWhole) == true)
    }

    @Test("given a message with another value, or one that did not come back, when compared, then it is another")
    func another() {
        #expect(Self.shared(["n": .int32(7)], ["n": .int32(8)]) == nil)
        #expect(Self.shared(["kind": "wanted"], ["kind": "wanted", "n": .int32(7)]) == nil)
    }

    @Test("given headers that a broker or the pump took away or added, when compared, then the rest counts")
    func takenAndAdded() {
        #expect(Self.shared(["n": .int32(7)], ["n": .int32(7), "x-delivery-count": .int64(1)]) == 1)
        #expect(Self.shared(["n": .int32(7), "x-shovelled": .array([])], ["n": .int32(7)]) == 1)
        #expect(Self.shared(["n": .int32(7)], [:]) == 0)
    }
}
