import Testing

@testable import Relay

@Suite("Patterns of topics")
struct TopicPatternTests {
    static let rows: [(String, String, Set<String>)] = [
        ("a.#", "*.b", ["a.b"]), ("a.#", "#", ["a.#"]), ("#", "#", ["#"]), ("a.*", "b.*", []), ("", "#", [""]),
        ("a.#", "#.b", ["a.b", "a.#.b"]), ("a", "a", ["a"]), ("*.*", "a.#", ["a.*"]), ("#.a.#", "b", []),
    ]

    @Test("when two are intersected, then the result matches what both match", arguments: rows)
    func table(one: String, other: String, expected: Set<String>) throws {
        let both = try #require(TopicPattern(one).intersection(with: TopicPattern(other)))
        let swapped = try #require(TopicPattern(other).intersection(with: TopicPattern(one)))
        #expect(both == swapped)
        // Written down with one that others cover left in, which is left out of a result.
        #expect(both == TopicPattern.withoutCovered(Set(expected.map { TopicPattern($0) })))
    }

    @Test("given random ones, when two are intersected, then each key is matched by the result exactly if by both")
    func random() throws {
        var generator = SystemRandomNumberGenerator()
        let words = ["a", "b", "*", "#"]
        for _ in 0..<300 {
            let patterns = (0..<2).map { _ in
                TopicPattern(
                    (0..<Int.random(in: 0...4, using: &generator)).map { _ in words.randomElement() ?? "a" }.joined(
                        separator: "."
                    )
                )
            }
            guard let both = patterns[0].intersection(with: patterns[1]) else { continue }
            for _ in 0..<40 {
                let key = TopicPattern(
                    (0..<Int.random(in: 0...5, using: &generator)).map { _ in ["a", "b", "c"].randomElement() ?? "a" }
                        .joined(separator: ".")
                )
                let isWanted = patterns.allSatisfy { $0.covers(key) }
                #expect(both.contains { $0.covers(key) } == isWanted, "\(patterns.map(\.text)) \(key.text)")
            }
        }
    }
}
