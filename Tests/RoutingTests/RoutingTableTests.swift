import Routing
import SeededRandomness
import Testing

@Suite("What a table says of messages")
struct RoutingTableTests {
    @Test("given a direct exchange, then equal keys and no others pass, byte by byte")
    func direct() {
        var table = makeTable(
            [.init("x", type: "direct")],
            [
                .init(from: "x", to: .queue("one"), routingKey: "a"),
                .init(from: "x", to: .queue("two"), routingKey: "a"),
                .init(from: "x", to: .queue("three"), routingKey: ""),
                // A key of a direct exchange has no wildcards.
                .init(from: "x", to: .queue("four"), routingKey: "#"),
                // The same letter, composed and decomposed: two keys.
                .init(from: "x", to: .queue("composed"), routingKey: "\u{E9}"),
                .init(from: "x", to: .queue("decomposed"), routingKey: "e\u{301}"),
            ]
        )
        #expect(table.queues("a") == ["one", "two"])
        #expect(table.queues("") == ["three"])
        #expect(table.queues("A") == [])
        #expect(table.queues("#") == ["four"])
        #expect(table.queues("\u{E9}") == ["composed"])
        #expect(table.queues("e\u{301}") == ["decomposed"])
    }

    @Test("given a fanout exchange, then whatever the key, each queue is reached once")
    func fanout() {
        var table = makeTable(
            [.init("x", type: "fanout")],
            [
                .init(from: "x", to: .queue("one"), routingKey: "a"),
                .init(from: "x", to: .queue("one"), routingKey: "b"),
                .init(from: "x", to: .queue("two")),
                .init(from: "other", to: .queue("three")),
            ]
        )
        #expect(table.queues("c") == ["one", "two"])
        #expect(Set(table.reachableQueues) == ["one", "two"])
    }

    @Test("given exchanges bound to each other in a circle, then each is visited once")
    func circle() {
        var table = makeTable(
            [.init("x", type: "topic"), .init("y", type: "fanout"), .init("z", type: "direct")],
            [
                .init(from: "x", to: .exchange("y"), routingKey: "a.#"),
                .init(from: "y", to: .exchange("z")),
                .init(from: "z", to: .exchange("x"), routingKey: "a.b"),
                .init(from: "x", to: .exchange("x"), routingKey: "#"),
                .init(from: "x", to: .exchange("gone"), routingKey: "#"),
                .init(from: "y", to: .queue("of-y")),
                .init(from: "z", to: .queue("of-z"), routingKey: "a.b"),
                .init(from: "x", to: .queue("of-x"), routingKey: "*.b"),
            ]
        )
        #expect(table.queues("a.b") == ["of-x", "of-y", "of-z"])
        #expect(table.queues("a.c") == ["of-y"])
        #expect(table.queues("c.b") == ["of-x"])
        #expect(table.outcome("c.c") == .init(queues: [], mayReachOthers: false))
    }

    @Test("given an alternate exchange, then it gets what reached nothing, where all keys are seen")
    func alternate() {
        let exchanges: [RoutingTopology.Exchange] = [
            .init("x", type: "direct", alternate: "rest"),
            .init("rest", type: "fanout", alternate: "x"),
            .init("y", type: "direct", alternate: "nowhere"),
        ]
        let bindings: [RoutingTopology.Binding] = [
            .init(from: "x", to: .queue("one"), routingKey: "a"),
            .init(from: "x", to: .exchange("y"), routingKey: "b"),
            .init(from: "rest", to: .queue("rest")),
        ]
        var published = makeTable(exchanges, bindings, seesAllKeys: true)
        #expect(published.outcome("a") == .init(queues: ["one"], mayReachOthers: false))
        // An exchange counts as well, even if the message gets lost there.
        #expect(published.outcome("b") == .init(queues: [], mayReachOthers: false))
        #expect(published.outcome("c") == .init(queues: ["rest"], mayReachOthers: false))
        // In a capture, a BCC header may have led it elsewhere.
        var captured = makeTable(exchanges, bindings)
        #expect(captured.outcome("a") == .init(queues: ["one"], mayReachOthers: false))
        #expect(captured.outcome("c") == .init(queues: [], mayReachOthers: true))
    }

    @Test("given keys in CC and BCC headers, then they count like the first, the first header of a name only")
    func copies() {
        var table = makeTable(
            [.init("x", type: "direct", alternate: "y"), .init("y", type: "fanout")],
            [
                .init(from: "x", to: .queue("one"), routingKey: "a"),
                .init(from: "x", to: .queue("two"), routingKey: "b"),
                .init(from: "x", to: .queue("three"), routingKey: "c"),
                .init(from: "y", to: .queue("rest")),
            ],
            seesAllKeys: true
        )
        let keys: ([String]) -> RoutingValue = { .array($0.map { .string(Array($0.utf8)) }) }
        #expect(
            table.outcome("a", [("CC", keys(["b", "d"])), ("BCC", keys(["c"]))]).queues == ["one", "two", "three"]
        )
        #expect(table.outcome("d", [("CC", keys(["b"])), ("CC", keys(["c"]))]).queues == ["two"])
        #expect(table.outcome("d", [("CC", keys(["e"]))]).queues == ["rest"])
        #expect(
            table.outcome("d", [("cc", keys(["a"])), ("BCC", .array([.bytes([0x61]), .integer(1)]))]).queues == ["rest"]
        )
    }

    @Test(
        "given a message that was dead-lettered, then nothing is certain: brokers keep it out of queues it was in before",
        arguments: ["x-death", "x-first-death-queue"]
    )
    func deadLettered(_ name: String) {
        var table = makeTable([.init("x", type: "fanout")], [.init(from: "x", to: .queue("one"))])
        #expect(table.outcome("a", [(name, .string([0x71]))]) == .init(queues: [], mayReachOthers: true))
        #expect(name.utf8CString.dropLast().withUnsafeBytes { RoutingTable.changesRouting($0) })
    }

    @Test("given a type that a plugin brings, then what lies behind it is possible and the rest certain")
    func plugin() {
        var table = makeTable(
            [
                .init("x", type: "topic"),
                .init("y", type: "x-consistent-hash", alternate: "z"),
                .init("z", type: "fanout"),
            ],
            [
                .init(from: "x", to: .queue("one"), routingKey: "#"),
                .init(from: "x", to: .exchange("y"), routingKey: "a"),
                .init(from: "y", to: .queue("two"), routingKey: "1"),
                .init(from: "z", to: .queue("three")),
            ],
            seesAllKeys: true
        )
        #expect(table.outcome("a") == .init(queues: ["one"], mayReachOthers: true))
        #expect(table.outcome("b") == .init(queues: ["one"], mayReachOthers: false))
    }

    @Test("given keys that the management API could not write, then what is bound by them is possible only")
    func standIns() {
        var table = makeTable(
            [.init("x", type: "topic")],
            [
                .init(from: "x", to: .queue("one"), routingKey: "a.\u{FFFD}"),
                .init(from: "x", to: .queue("two"), routingKey: "#"),
            ]
        )
        #expect(table.outcome("a.\u{FFFD}") == .init(queues: ["two"], mayReachOthers: true))
    }

    @Test("given the default exchange, then the queue of that name is reached, if there is one")
    func defaultExchange() {
        var table = makeTable([], [], from: "", queues: ["one", "amq.rabbitmq.reply-to.g1"])
        #expect(table.outcome("one") == .init(queues: ["one"], mayReachOthers: false))
        #expect(table.outcome("two") == .init(queues: [], mayReachOthers: false))
        #expect(table.outcome("amq.rabbitmq.reply-to.g1") == .init(queues: [], mayReachOthers: false))
        var unknown = makeTable([], [], from: "")
        #expect(unknown.outcome("one") == .init(queues: [], mayReachOthers: true))
    }

    @Test("given an exchange that is not in the topology, then nothing is certain")
    func missing() {
        var table = makeTable([.init("x", type: "fanout")], [.init(from: "x", to: .queue("q"))], from: "y")
        #expect(table.outcome("a") == .init(queues: [], mayReachOthers: true))
    }

    @Test("given two keys that lead to the same queues by different ways, then they have one class")
    func classes() {
        var table = makeTable(
            [.init("x", type: "topic"), .init("y", type: "fanout")],
            [
                .init(from: "x", to: .queue("one"), routingKey: "a"),
                .init(from: "x", to: .queue("two"), routingKey: "a"),
                .init(from: "x", to: .exchange("y"), routingKey: "b"),
                .init(from: "y", to: .queue("two")),
                .init(from: "y", to: .queue("one")),
                .init(from: "x", to: .queue("two"), routingKey: "c"),
            ]
        )
        let (one, two, three) = (table.classify("a"), table.classify("b"), table.classify("c"))
        #expect(one == two && one != three && one != 0 && three != 0)
        #expect(table.classify("d") == 0)
        #expect(table.queues(of: one).sorted() == ["one", "two"])
        #expect(table.queues(of: 0).isEmpty && table.queues(of: 17).isEmpty && table.queues(of: -1).isEmpty)
        #expect(table.classCount == 3)
        #expect(table.classify("a", [("CC", .array([.string(Array("c".utf8))]))]) == one)
    }
}

@Suite("Words of a topic exchange")
struct TopicTests {
    @Test(
        "given a pattern, then exactly the keys that RabbitMQ's trie matches pass",
        arguments: [
            ("#", ["", "a", ".", "a.b", "..", "#", "*"], []),
            ("*", ["a", "#", "*"], ["", ".", "a.b", "a."]),
            ("", [""], ["a", ".", "#"]),
            (".", ["."], ["", "a", "..", "a."]),
            ("a.", ["a."], ["a", "a.b", "a..", ""]),
            (".a", [".a"], ["a", "..a"]),
            ("a.*", ["a.", "a.b", "a.#"], ["a", "a.b.c", ".a", "b.a"]),
            ("*.*", [".", "a.", ".a", "a.b"], ["", "a", ".."]),
            ("a.#", ["a", "a.", "a.b", "a..", "a.b.c"], ["", "ab", ".a", "b.a"]),
            ("#.a", ["a", ".a", "b.a", "b.c.a"], ["", "a.", "a.b", "ba"]),
            ("#.#", ["", "a", "a.b"], []),
            ("#.*", ["a", ".", "a.b"], [""]),
            ("*.#", ["a", ".", "a.b"], [""]),
            ("a.#.b", ["a.b", "a..b", "a.c.d.b", "a.b.b", "a.a.b"], ["a", "b", "a.b.c", "ab"]),
            ("#.a.#", ["a", "a.b", "b.a", "b.a.c", ".a."], ["", "b", "ab"]),
            ("#.a.#.b.#", ["a.b", "c.a.c.b.c", "b.a.b"], ["b.a", "a", "b"]),
            // A wildcard stands for whole words only.
            ("a*", ["a*"], ["ab", "a"]),
            ("a.**", ["a.**"], ["a.b"]),
            ("##", ["##"], ["", "a", "#"]),
        ] as [(String, [String], [String])]
    )
    func patterns(_ pattern: String, matched: [String], others: [String]) {
        var table = makeTable(
            [.init("x", type: "topic")],
            [.init(from: "x", to: .queue("q"), routingKey: pattern)]
        )
        for key in matched { #expect(table.queues(key) == ["q"], "\(pattern) \(key)") }
        for key in others { #expect(table.queues(key) == [], "\(pattern) \(key)") }
    }

    @Test("given many patterns at once, then each key passes those that it passes one by one")
    func random() {
        var random = SeededGenerator(seed: 17)
        let words = ["a", "b", "", "*", "#", "a", "ab"]
        func key(_ random: inout SeededGenerator) -> String {
            let count = Int.random(in: 0...5, using: &random)
            return (0..<count).map { _ in words.randomElement(using: &random)! }.joined(separator: ".")
        }
        for _ in 0..<50 {
            let patterns = (0..<30).map { _ in key(&random) }
            var table = makeTable(
                [.init("x", type: "topic")],
                patterns.enumerated().map { .init(from: "x", to: .queue("\($0.offset)"), routingKey: $0.element) }
            )
            for _ in 0..<100 {
                let key = key(&random)
                let expected = patterns.indices.filter { Self.matches(patterns[$0], key) }.map(String.init)
                #expect(table.queues(key) == Set(expected), "\(patterns) \(key)")
            }
        }
    }

    /// As AMQP says it, pattern by pattern.
    private static func matches(_ pattern: String, _ key: String) -> Bool {
        func words(_ text: String) -> [Substring] {
            text.isEmpty ? [] : text.split(separator: ".", omittingEmptySubsequences: false)
        }
        func matches(_ pattern: ArraySlice<Substring>, _ key: ArraySlice<Substring>) -> Bool {
            guard let first = pattern.first else { return key.isEmpty }
            if first == "#" {
                return matches(pattern.dropFirst(), key) || !key.isEmpty && matches(pattern, key.dropFirst())
            }
            guard let word = key.first, first == "*" || first == word else { return false }
            return matches(pattern.dropFirst(), key.dropFirst())
        }
        return matches(words(pattern)[...], words(key)[...])
    }

    @Test("given a pattern made to be slow, then a long key is still matched at once")
    func hostile() {
        let pattern = Array(repeating: "#.a", count: 40).joined(separator: ".")
        var table = makeTable(
            [.init("x", type: "topic")],
            [.init(from: "x", to: .queue("q"), routingKey: pattern)]
        )
        let key = Array(repeating: "a", count: 126).joined(separator: ".")
        let start = ContinuousClock.now
        #expect(table.queues(key) == ["q"] && table.queues(key + ".b") == [])
        #expect(ContinuousClock.now - start < .seconds(2))
    }
}
