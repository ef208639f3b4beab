/// A binding key of a topic exchange: words between dots, `*` for one word, `#` for any number of them.
struct TopicPattern: Sendable, Hashable {
    private let words: [Substring]

    init(_ key: String) {
        words = key.isEmpty ? [] : key.split(separator: ".", omittingEmptySubsequences: false)
    }

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
}
