/// Finds what somebody meant to write.
enum Spelling {
    /// The known word that is nearest to what was written, if it is near enough to be meant.
    static func nearest(to written: String, among known: [String]) -> String? {
        // Nothing that long is a slip of the pen, and the distance costs the product of both lengths.
        guard written.utf8.count <= 64 else { return nil }
        let normalized = Self.normalize(written)
        let candidates = known.map { word in (word: word, distance: Self.distance(normalized, Self.normalize(word))) }
        guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
        // Two slips in a word of four letters are common (pear, plane); in three letters they are another word.
        let length = best.word.utf8.count
        return best.distance <= (length <= 3 ? 1 : max(2, length / 3)) ? best.word : nil
    }

    /// snake_case, camelCase and kebab-case of one word are the same word.
    private static func normalize(_ word: String) -> [UInt8] {
        word.lowercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }
    }

    /// How many bytes to insert, delete or replace.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var previous = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for column in right.indices {
                let replaced = previous[column] + (byte == right[column] ? 0 : 1)
                current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}
