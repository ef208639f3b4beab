import NIOCore
import Testing

@testable import AMQP

@Suite("Publishes that are awaited")
struct AwaitedPublishesTests {
    private static func message(_ key: String, _ text: String = "", id: String? = nil) -> ReturnLikeness {
        ReturnLikeness(
            exchange: "x",
            routingKey: key,
            properties: BasicProperties(headers: ["b": 1, "a": 2], messageID: id),
            body: ByteBuffer(string: text)
        )
    }

    private static func confirm(_ sequence: UInt64, multiple: Bool = false, positive: Bool = true) -> Confirm {
        Confirm(sequence: sequence, isMultiple: multiple, isPositive: positive)
    }

    @Test("given many mandatory ones at once, when some come back, then each is told its own fate")
    func returns() {
        // Given
        var awaited = AwaitedPublishes<String>()
        for (number, key) in ["taken", "absent", "taken", "absent", "plain"].enumerated() {
            let sequence = UInt64(number + 1)
            awaited.add(sequence, "\(sequence)", likeness: key == "plain" ? nil : Self.message(key, "\(number)"))
        }
        // When the second and the fourth come back, and one confirm covers four
        awaited.returned(Self.message("absent", "1"))
        awaited.returned(Self.message("absent", "3"))
        let first = awaited.settle(Self.confirm(4, multiple: true))
        let last = awaited.settle(Self.confirm(5, positive: false))
        // Then
        #expect(first.map(\.0) == ["1", "2", "3", "4"])
        #expect(first.map(\.1) == [.confirmed, .returned, .confirmed, .returned])
        #expect(last.map(\.0) == ["5"] && last.map(\.1) == [.refused])
        #expect(awaited.isEmpty)
    }

    @Test("given messages that are alike, when one comes back, then the oldest is meant")
    func alike() {
        var awaited = AwaitedPublishes<Int>()
        for number in 1...3 { awaited.add(UInt64(number), number, likeness: Self.message("k", "same")) }
        awaited.returned(Self.message("k", "same"))
        #expect(awaited.settle(Self.confirm(1)).map(\.1) == [.returned])
        awaited.returned(Self.message("k", "same"))
        #expect(awaited.settle(Self.confirm(3, multiple: true)).map(\.1) == [.returned, .confirmed])
    }

    @Test("given headers that a broker sorted or added to, when the message comes back, then it is known again")
    func changedHeaders() {
        var awaited = AwaitedPublishes<Int>()
        awaited.add(1, 1, likeness: Self.message("k", "body", id: "one"))
        awaited.add(2, 2, likeness: Self.message("k", "body", id: "two"))
        awaited.add(3, 3, likeness: Self.message("k", "body", id: "three"))
        var sorted = Self.message("k", "body", id: "two")
        sorted.properties.headers = ["a": 2, "b": 1]
        awaited.returned(sorted)
        var added = Self.message("k", "body", id: "three")
        added.properties.headers?["c"] = 3
        awaited.returned(added)
        // And one that nobody sent is nobody's
        awaited.returned(Self.message("other"))
        #expect(awaited.settle(Self.confirm(3, multiple: true)).map(\.1) == [.confirmed, .returned, .returned])
    }

    @Test("given messages alike but for headers that the broker rewrote, when one comes back, then it is that one")
    func rewrittenHeaders() {
        // Given what a headers exchange routes apart, as RabbitMQ 4 returns it: every integer as a long
        var awaited = AwaitedPublishes<Int>()
        for number in 1...3 {
            var message = Self.message("k", "same")
            message.properties.headers = ["n": .int32(Int32(number)), "x-trace": "mine"]
            awaited.add(UInt64(number), number, likeness: message)
        }
        // When
        var returned = Self.message("k", "same")
        returned.properties.headers = ["n": .int64(2)]
        awaited.returned(returned)
        // Then
        #expect(awaited.settle(Self.confirm(3, multiple: true)).map(\.1) == [.confirmed, .returned, .confirmed])
    }

    @Test("given no word, when the channel ends, then all are handed back in order")
    func removeAll() {
        var awaited = AwaitedPublishes<Int>()
        for number in 1...4 { awaited.add(UInt64(number), number, likeness: nil) }
        #expect(awaited.settle(Self.confirm(2)).map(\.0) == [2])
        // Confirmed twice, and never sent
        #expect(awaited.settle(Self.confirm(2)).isEmpty && awaited.settle(Self.confirm(9)).isEmpty)
        #expect(awaited.removeAll() == [1, 3, 4])
        #expect(awaited.isEmpty && awaited.removeAll().isEmpty)
    }
}
