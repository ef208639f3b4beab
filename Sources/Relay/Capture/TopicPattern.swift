/// A binding key of a topic exchange: words between dots, `*` for one word, `#` for any number of them.
struct TopicPattern: Sendable, Hashable {
    private let words: [Substring]

    init(_ key: String) {
        words = key.isEmpty ? [] : key.split(separator: ".", omittingEmptySubsequences: false)
    }

    private init(words: [Substring]) { self.words = words }

    /// The key.
    var text: String { words.joined(separator: ".") }

    /// Whether it stands for exactly one routing key.
    var isLiteral: Bool { !words.contains { $0 == "*" || $0 == "#" } }

    /// Whether every routing key that `other` matches is matched by this pattern too. `false` may also mean that it
    /// takes more than a comparison word by word to tell.
    func covers(_ other: TopicPattern) -> Bool {
        // covered[j]: whether the rest of this pattern covers the rest of the other from word j on.
        let count = other.words.count
        var covered = [Bool](repeating: false, count: count + 1)
        covered[count] = true
        for word in words.reversed() {
            var next = [Bool](repeating: false, count: count + 1)
            if word == "#" {
                next[count] = covered[count]
                for index in stride(from: count - 1, through: 0, by: -1) {
                    next[index] = covered[index] || next[index + 1]
                }
            } else {
                for index in 0..<count where other.words[index] != "#" {
                    next[index] = (word == "*" || word == other.words[index]) && covered[index + 1]
                }
            }
            covered = next
        }
        return covered[0]
    }

    /// Patterns that together match exactly the routing keys that both patterns match, none of which another covers.
    ///
    /// - Returns: `nil` where it takes more than `limit` of them.
    func intersection(with other: TopicPattern, limit: Int = 32) -> Set<TopicPattern>? {
        var known: [Place: Set<TopicPattern>] = [:]
        guard let all = Self.intersection(words[...], other.words[...], limit, &known) else { return nil }
        return Self.withoutCovered(all)
    }

    /// The patterns of a set that no other of it covers.
    static func withoutCovered(_ patterns: Set<TopicPattern>) -> Set<TopicPattern> {
        // Of two that cover each other, as `#.*` and `*.#` do, one has to stay.
        var kept = patterns
        for pattern in patterns.sorted(by: { $0.text < $1.text })
        where kept.contains(where: { $0 != pattern && $0.covers(pattern) }) {
            kept.remove(pattern)
        }
        return kept
    }

    /// How much is left of each of the two patterns.
    private struct Place: Hashable {
        var one: Int
        var other: Int
    }

    private static func intersection(
        _ one: ArraySlice<Substring>,
        _ other: ArraySlice<Substring>,
        _ limit: Int,
        _ known: inout [Place: Set<TopicPattern>]
    ) -> Set<TopicPattern>? {
        let place = Place(one: one.count, other: other.count)
        if let result = known[place] { return result }
        func rest(_ one: ArraySlice<Substring>, _ other: ArraySlice<Substring>) -> Set<TopicPattern>? {
            intersection(one, other, limit, &known)
        }
        var result: Set<TopicPattern> = []
        switch (one.first, other.first) {
        case (nil, nil):
            result = [TopicPattern(words: [])]
        case ("#"?, "#"?):
            // One of the two stands for at least as many words as the other.
            guard let shorter = rest(one.dropFirst(), other), let longer = rest(one, other.dropFirst()) else {
                return nil
            }
            result = Set(shorter.union(longer).map { $0.behind("#") })
        case ("#"?, let word):
            guard let none = rest(one.dropFirst(), other) else { return nil }
            result = none
            if let word {
                guard let more = rest(one, other.dropFirst()) else { return nil }
                result.formUnion(more.map { $0.behind(word) })
            }
        case (let word, "#"?):
            guard let none = rest(one, other.dropFirst()) else { return nil }
            result = none
            if let word {
                guard let more = rest(one.dropFirst(), other) else { return nil }
                result.formUnion(more.map { $0.behind(word) })
            }
        case (let word?, let otherWord?) where word == otherWord || word == "*" || otherWord == "*":
            guard let more = rest(one.dropFirst(), other.dropFirst()) else { return nil }
            result = Set(more.map { $0.behind(word == "*" ? otherWord : word) })
        default:
            break
        }
        result = withoutCovered(result)
        guard result.count <= limit else { return nil }
        known[place] = result
        return result
    }

    /// The pattern with a word before it; `#` before `#` is one.
    private func behind(_ word: Substring) -> TopicPattern {
        word == "#" && words.first == "#" ? self : TopicPattern(words: [word] + words)
    }
}
