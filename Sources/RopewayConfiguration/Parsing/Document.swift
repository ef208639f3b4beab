import Yams

/// Turns the text of a file into its root node, within bounds that no real configuration reaches.
enum Document {
    /// The most scalars, lists and mappings, counted after aliases are expanded.
    private static let mostNodes = 100_000
    /// The most words that look like an alias. Nested aliases multiply: sixteen make at most 243 times the file.
    private static let mostAliases = 16
    /// The most duplicate keys that are reported one by one.
    private static let mostDuplicates = 50
    /// The most that is parsed to find them, in bytes: each takes the whole text once more. What is behind is told of once
    /// these are mended.
    private static let mostParsed = 2 * PairConfiguration.longestFile

    /// The root of the document, or `nil` after what is wrong was reported.
    static func root(of text: String, problems: ProblemCollector) -> Cursor? {
        func fail(_ message: String, hint: String, line: Int = 1, column: Int? = nil) -> Cursor? {
            problems.error(line: line, column: column, key: "", message, hint: hint)
            return nil
        }
        guard text.utf8.count <= PairConfiguration.longestFile else {
            return fail("the file has more than 1 MiB", hint: "shorten it")
        }
        if let line = Self.lineOfAliasTooMany(text) {
            return fail("has more than \(Self.mostAliases) aliases", hint: "write the values out", line: line)
        }
        var remaining = text.first == "\u{FEFF}" ? String(text.dropFirst()) : text
        let duplicates = min(Self.mostDuplicates, Self.mostParsed / max(1, remaining.utf8.count))
        var lines: [Int] = []
        for attempt in 0...duplicates {
            do {
                // The rule-less resolver keeps every scalar as its text; `PlainScalar` decides what it is.
                guard let node = try Yams.compose(yaml: remaining, .basic, .default, .utf8) else {
                    return fail("the file holds no configuration", hint: "start with pair: NAME")
                }
                var budget = Self.mostNodes
                guard Self.isWithin(&budget, node) else {
                    return fail("has more than \(Self.mostNodes) values", hint: "shorten it, or use fewer aliases")
                }
                return Cursor(node: node, key: "", keyMark: nil, problems: problems)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                // A key that can't be found in the text is not named either: it may be a misplaced password.
                let line = max(1, context.mark.line)
                if !lines.contains(line) { lines.append(line) }
                guard attempt < duplicates, let key = keys.first,
                    let renamed = DuplicateKeys.renaming(key, after: context.mark, in: remaining, attempt: attempt)
                else {
                    for line in lines {
                        _ = fail("a mapping has the same key twice", hint: "keep one of them", line: line)
                    }
                    return nil
                }
                remaining = renamed
            } catch {
                return Self.report(error, of: text, to: problems)
            }
        }
        return nil
    }

    private static func report(_ error: any Error, of text: String, to problems: ProblemCollector) -> Cursor? {
        var line = 1
        var column: Int?
        var message = "the file is not YAML"
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            (line, column, message) = (mark.line, mark.column, "not YAML: \(problem)")
        case YamlError.reader(let problem, let offset, _, _):
            line = offset.map { Self.line(at: $0, in: text) } ?? 1
            message = "not YAML: \(problem)"
        default:
            break
        }
        let hint =
            Self.isIndentedWithTab(line: line, in: text)
            ? "indent with spaces; YAML takes no tabs there"
            : "look at the indentation, the quotes and the brackets of this line and the one before"
        problems.error(line: line, column: column, key: "", message, hint: hint)
        return nil
    }

    /// Counts down for every value below a node; stops at zero, so that expanded aliases cost no more than that.
    private static func isWithin(_ budget: inout Int, _ node: Node) -> Bool {
        budget -= 1
        if budget < 0 { return false }
        switch node {
        case .scalar, .alias:
            return true
        case .sequence(let sequence):
            for element in sequence where !Self.isWithin(&budget, element) { return false }
            return true
        case .mapping(let mapping):
            for (key, value) in mapping {
                if !Self.isWithin(&budget, key) || !Self.isWithin(&budget, value) { return false }
            }
            return true
        }
    }

    /// Looks at the text, since the parser hashes keys, and a key that is an alias of aliases would keep it busy for
    /// ever. Words in comments and quotes count as well; the bound leaves room for them.
    private static func lineOfAliasTooMany(_ text: String) -> Int? {
        var line = 1
        var count = 0
        var previous: UInt8 = UInt8(ascii: "\n")
        var isStar = false
        for byte in text.utf8 {
            if isStar && Self.isAnchorCharacter(byte) {
                count += 1
                if count > Self.mostAliases { return line }
            }
            isStar =
                byte == UInt8(ascii: "*") && !Self.isAnchorCharacter(previous) && previous != UInt8(ascii: "\"")
                && previous != UInt8(ascii: "'")
            if byte == UInt8(ascii: "\n") { line += 1 }
            previous = byte
        }
        return nil
    }

    private static func isAnchorCharacter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-")
    }

    private static func isIndentedWithTab(line: Int, in text: String) -> Bool {
        let lines = text.split(separator: "\n", maxSplits: line, omittingEmptySubsequences: false)
        guard line >= 1, line <= lines.count else { return false }
        // The parser reports the line after the one that confused it as often as the line itself.
        return lines[max(0, line - 2)..<line].contains { candidate in
            candidate.prefix { $0 == " " || $0 == "\t" }.contains("\t")
        }
    }

    private static func line(at offset: Int, in text: String) -> Int {
        1 + text.prefix(offset).count { $0.isNewline }
    }
}
