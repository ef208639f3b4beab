import Testing

@testable import AMQP

@Suite("The consumers of a channel")
struct ConsumerTagsTests {
    private func place(_ tag: String, in tags: ConsumerTags) -> UInt16? {
        Array(tag.utf8).withUnsafeBytes { tags.place(of: $0) }
    }

    @Test("given two, when deliveries name them, another or none, then each has its place or none")
    func known() {
        var tags = ConsumerTags()
        let places = [tags.add(Array("one".utf8)), tags.add(Array("two".utf8)), tags.add(Array("one".utf8))]
        #expect(places == [0, 1, nil])
        #expect(place("one", in: tags) == 0 && place("two", in: tags) == 1)
        #expect(place("three", in: tags) == nil && place("", in: tags) == nil && place("on", in: tags) == nil)
    }

    @Test("given one that has ended, when it is named, then that is known, however many ended before it")
    func ended() {
        var tags = ConsumerTags()
        for number in 0..<100 {
            _ = tags.add(Array("c\(number)".utf8))
            tags.remove(Array("c\(number)".utf8))
        }
        #expect(place("c99", in: tags) == ConsumerTags.endedPlace && place("c90", in: tags) == ConsumerTags.endedPlace)
        // And what ended long ago is forgotten, so that nothing grows
        #expect(place("c0", in: tags) == nil)
        // And one that comes back has a place again
        #expect(tags.add(Array("c99".utf8)) == 0 && place("c99", in: tags) == 0)
    }
}
