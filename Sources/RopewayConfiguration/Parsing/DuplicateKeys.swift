import Yams

/// Lets duplicate keys through the YAML parser, so that they are reported with their path and line, beside everything
/// else that is wrong.
///
/// Yams refuses a whole document at its first mapping with duplicates and names the place of the first of the two.
/// Here the second one is renamed in the text, with a mark that ``original(of:)`` recognises.
enum DuplicateKeys {
    /// An invisible separator, which nobody has in a key.
    private static let mark: Unicode.Scalar = "\u{2063}"

    /// The key that was written, and whether it had been there before.
    static func original(of key: String) -> (name: String, isDuplicate: Bool) {
        guard key.unicodeScalars.contains(Self.mark) else { return (key, false) }
        return (String(String.UnicodeScalarView(key.unicodeScalars.prefix { $0 != Self.mark })), true)
    }

    /// The text with the second of two equal keys marked; `nil` if it is not found.
    ///
    /// - Parameters:
    ///   - first: where the first of the two stands.
    ///   - attempt: makes the mark unique, for the third and further ones.
    static func renaming(_ key: String, after first: Mark, in text: String, attempt: Int) -> String? {
        var scalars = Array(text.unicodeScalars)
        let name = Array(key.unicodeScalars)
        guard !name.isEmpty, let start = Self.offset(of: first, in: scalars) else { return nil }
        let found =
            Self.isInFlow(start, in: scalars)
            ? Self.nextInFlow(name, after: start, in: scalars)
            : Self.nextInBlock(name, column: first.column, after: start, in: scalars)
        guard let found else { return nil }
        scalars.insert(contentsOf: [Self.mark] + Array(String(attempt).unicodeScalars), at: found + name.count)
        return String(String.UnicodeScalarView(scalars))
    }

    /// Whether a key belongs to a mapping in braces: only there does a key follow a brace or comma.
    private static func isInFlow(_ offset: Int, in scalars: [Unicode.Scalar]) -> Bool {
        let before = scalars[..<offset].last { !$0.properties.isWhitespace }
        return before == "{" || before == ","
    }

    /// The next such key of the same braces.
    private static func nextInFlow(_ name: [Unicode.Scalar], after start: Int, in scalars: [Unicode.Scalar]) -> Int? {
        var depth = 0
        var mayStartKey = false
        for index in start..<scalars.count {
            let scalar = scalars[index]
            if depth == 0, mayStartKey, let found = Self.keyOffset(name, at: index, in: scalars) { return found }
            switch scalar {
            case "{", "[": depth += 1
            case "}", "]": depth -= 1
            default: break
            }
            if depth < 0 { return nil }
            mayStartKey = scalar == "," || (mayStartKey && scalar.properties.isWhitespace)
        }
        return nil
    }

    /// The next such key at the same column, before a line that is indented less.
    private static func nextInBlock(
        _ name: [Unicode.Scalar],
        column: Int,
        after start: Int,
        in scalars: [Unicode.Scalar]
    ) -> Int? {
        var index = start
        while let end = scalars[index...].firstIndex(where: { $0 == "\n" }) {
            index = end + 1
            guard let first = scalars[index...].firstIndex(where: { $0 != " " }) else { return nil }
            let isBlank = scalars[first] == "\n" || scalars[first] == "\r" || scalars[first] == "#"
            if isBlank { continue }
            if first - index < column - 1 { return nil }
            if first - index == column - 1, let found = Self.keyOffset(name, at: first, in: scalars) { return found }
        }
        return nil
    }

    private static func offset(of mark: Mark, in scalars: [Unicode.Scalar]) -> Int? {
        var line = 1
        var index = 0
        while line < mark.line {
            guard let end = scalars[index...].firstIndex(of: "\n") else { return nil }
            index = end + 1
            line += 1
        }
        let offset = index + mark.column - 1
        return offset < scalars.count ? offset : nil
    }

    /// Where the name starts if it stands here, quoted or not, as a whole word that a colon follows.
    private static func keyOffset(_ name: [Unicode.Scalar], at index: Int, in scalars: [Unicode.Scalar]) -> Int? {
        let isQuoted = scalars[index] == "\"" || scalars[index] == "'"
        let start = isQuoted ? index + 1 : index
        var after = start + name.count
        guard after < scalars.count, scalars[start..<after].elementsEqual(name) else { return nil }
        if isQuoted {
            guard scalars[after] == scalars[index] else { return nil }
            after += 1
        }
        while after < scalars.count, scalars[after] == " " { after += 1 }
        guard after < scalars.count else { return nil }
        // In braces a key may stand without a value.
        return scalars[after] == ":" || scalars[after] == "," || scalars[after] == "}" ? start : nil
    }
}
