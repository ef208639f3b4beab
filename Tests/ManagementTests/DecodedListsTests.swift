import Testing

@testable import Management

@Suite("Lists that are decoded again and again")
struct DecodedListsTests {
    private func queue(_ name: String, _ messages: Int) -> String {
        #"{"name":"\#(name)","vhost":"/","type":"classic","arguments":{"x":"]}\""},"messages":\#(messages)}"#
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("have what a page says, and how many pages there are")
    func page() throws {
        let lists = DecodedLists<QueueTotals>()
        let text = #"{"filtered_count":702,"items":[\#(queue("a", 1)), \#(queue("b", 2))],"page":1,"page_count":2}"#
        let page = try lists.page(of: "/api/queues?page=1", bytes(text))
        #expect(page.items.map(\.name) == ["a", "b"])
        #expect(page.items.map(\.messages) == [1, 2])
        #expect((page.pageCount, page.total) == (2, 702))
        #expect(page.isWhole)
    }

    @Test("have what a bare list says")
    func list() throws {
        let page = try DecodedLists<QueueTotals>().page(of: "/api/queues", bytes("[\(queue("a", 1))]"))
        #expect(page.items.map(\.name) == ["a"])
        #expect((page.pageCount, page.total) == (1, nil))
        #expect(try DecodedLists<QueueTotals>().page(of: "/api/queues", bytes("[]")).items.isEmpty)
    }

    @Test("say what is so now where an item changed, came or went")
    func change() throws {
        let lists = DecodedLists<QueueTotals>()
        func counts(_ items: String...) throws -> [String: Int64?] {
            let page = try lists.page(of: "/api/queues", bytes("[\(items.joined(separator: ","))]"))
            return Dictionary(uniqueKeysWithValues: page.items.map { ($0.name, $0.messages) })
        }
        #expect(try counts(queue("a", 1), queue("b", 2)) == ["a": 1, "b": 2])
        #expect(try counts(queue("a", 1), queue("b", 2)) == ["a": 1, "b": 2])
        #expect(try counts(queue("a", 5), queue("b", 2)) == ["a": 5, "b": 2])
        #expect(try counts(queue("b", 2), queue("c", 3)) == ["b": 2, "c": 3])
        #expect(try counts(queue("a", 1), queue("b", 2)) == ["a": 1, "b": 2])
    }

    @Test("of two requests are kept apart")
    func targets() throws {
        let lists = DecodedLists<QueueTotals>()
        #expect(try lists.page(of: "one", bytes("[\(queue("a", 1))]")).items.count == 1)
        #expect(try lists.page(of: "two", bytes("[]")).items.isEmpty)
        #expect(try lists.page(of: "one", bytes("[\(queue("a", 1))]")).items.count == 1)
    }

    @Test("are not whole where an item makes no sense, and are refused where they are no JSON")
    func malformed() throws {
        let lists = DecodedLists<QueueTotals>()
        let page = try lists.page(of: "one", bytes(#"[\#(queue("a", 1)),{"vhost":"/"}]"#))
        #expect(page.items.map(\.name) == ["a"])
        #expect(!page.isWhole)
        #expect(throws: JSONReader.Malformed.self) { try lists.page(of: "one", bytes("[")) }
        #expect(throws: JSONReader.Malformed.self) { try lists.page(of: "one", bytes("[] x")) }
    }

    @Test("of consumers have whose queue's each is")
    func consumers() throws {
        let text = #"""
            [{"ack_required":true,"active":false,"channel_details":{"connection_name":"a -> b","user":"guest"},
            "consumer_tag":"ropeway","prefetch_count":4096,"queue":{"name":"ropeway.p.orders.capture"}}]
            """#
        let page = try DecodedLists<ListedConsumer>().page(of: "/api/consumers", bytes(text))
        let one = try #require(page.items.first)
        #expect(one.queue == "ropeway.p.orders.capture")
        #expect((one.consumer.tag, one.consumer.user, one.consumer.connection) == ("ropeway", "guest", "a -> b"))
        #expect((one.consumer.prefetch, one.consumer.acknowledges, one.consumer.isActive) == (4096, true, false))
    }
}
