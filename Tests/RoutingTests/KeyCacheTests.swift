import SeededRandomness
import Testing

@testable import Routing

@Suite("Keys that were seen")
struct KeyCacheTests {
    @Test("given more keys than fit, then each is still classified right, and memory stays bounded")
    func bounded() {
        let bindings = (0..<300).map { number in
            RoutingTopology.Binding(from: "x", to: .queue("\(number)"), routingKey: "k.\(number).#")
        }
        let topology = RoutingTopology(exchanges: [.init("x", type: "topic")], bindings: bindings)
        var table = RoutingTable(
            topology,
            publishedTo: "x",
            rules: RoutingRules(comparison: .exact),
            mostKeys: 64,
            seed: 1
        )
        for number in 0..<20_000 {
            let key = "k.\(number % 300).\(number)"
            let found = table.classify(key)
            #expect(table.queues(of: found) == ["\(number % 300)"])
        }
        #expect(table.classCount == 301)
    }

    @Test("given random keys of every length, then a key that is known has its own value")
    func random() {
        var random = SeededGenerator(seed: 3)
        var cache = KeyCache(mostKeys: 128, mostBytes: 4_096, seed: 5)
        var truth: [[UInt8]: Int32] = [:]
        var known = 0
        for number in 0..<50_000 {
            let length = Int.random(in: 0...40, using: &random)
            let key = (0..<length).map { _ in UInt8.random(in: 0...(length < 4 ? 3 : 1), using: &random) }
            key.withUnsafeBytes { bytes in
                let value = cache.value(for: bytes)
                if value >= 0 {
                    known += 1
                    #expect(truth[key] == value)
                } else {
                    truth[key] = Int32(number)
                    cache.insert(bytes, Int32(number))
                    #expect(cache.value(for: bytes) == Int32(number))
                }
            }
            #expect(cache.count <= 128)
        }
        #expect(known > 1_000)
    }

    @Test("given keys of the greatest length, then few are kept")
    func bytes() {
        var cache = KeyCache(mostKeys: 128, mostBytes: 1_024, seed: 5)
        for number in 0..<100 {
            let key = [UInt8](repeating: UInt8(number), count: 255)
            key.withUnsafeBytes { cache.insert($0, 1) }
            #expect(cache.count <= 4)
        }
        #expect(cache.mostMemory == 128 * 2 * 16 + 1_024)
    }

    @Test("given more sets of queues than are told apart, then what comes beyond them is certain for none")
    func classes() {
        var classes = RoutingClasses()
        for number in 1..<Int32(RoutingClasses.most) { #expect(classes.number(of: [number]) == number) }
        #expect(classes.number(of: [0]) == 0)
        #expect(classes.number(of: [7]) == 7)
        var large = RoutingClasses()
        let many = Array(0..<Int32(RoutingClasses.mostMembers))
        #expect(large.number(of: many) == 1 && large.number(of: [1]) == 0)
    }
}
