import Yams

/// A node of the document together with where it stands: its dotted key and its line.
///
/// Each reader returns `nil` after it has reported what is wrong, so that the caller goes on with the next key.
struct Cursor {
    let node: Node
    /// The dotted path, such as `routes[0].standby.ttl`.
    let key: String
    let line: Int
    let column: Int?
    let problems: ProblemCollector

    /// - Parameter keyMark: where the key of this value stands. A list or mapping is reported there rather than at
    ///   its first element, and so is a value that is missing.
    init(node: Node, key: String, keyMark: Mark?, problems: ProblemCollector) {
        self.node = node
        self.key = key
        self.problems = problems
        let ownMark = node.mark
        let mark: Mark? =
            if let scalar = node.scalar, !scalar.string.isEmpty { ownMark ?? keyMark } else { keyMark ?? ownMark }
        self.line = mark?.line ?? 1
        self.column = mark?.column
    }

    func error(_ message: String, hint: String) {
        self.problems.error(line: self.line, column: self.column, key: self.key, message, hint: hint)
    }

    func warning(_ message: String, hint: String) {
        self.problems.warning(line: self.line, column: self.column, key: self.key, message, hint: hint)
    }

    /// Whether there is nothing behind the key, or an unquoted `null`.
    var isNull: Bool { self.plainKind == .null }

    /// What an unquoted scalar is taken for; `nil` for quoted scalars, lists and mappings.
    var plainKind: PlainScalar? {
        guard let scalar = self.node.scalar, scalar.style == .plain || scalar.style == .any else { return nil }
        return PlainScalar(scalar.string)
    }

    /// What stands here, in words that fit "is …, but must be …". Never the value, which may be a secret.
    var kindDescription: String {
        switch self.node {
        case .mapping: return "a mapping"
        case .sequence: return "a list"
        case .alias: return "an alias"
        case .scalar:
            return self.plainKind?.description ?? "a string"
        }
    }

    /// Whether the value is a mapping.
    var isMapping: Bool { self.node.mapping != nil }

    /// Whether the value is a list.
    var isList: Bool { self.node.sequence != nil }

    /// Whether the value is `[]` or `{}`.
    var isEmptyCollection: Bool {
        self.node.mapping?.isEmpty ?? self.node.sequence?.isEmpty ?? false
    }

    /// Whether the value is `""`.
    var isQuotedEmpty: Bool { self.node.scalar?.string.isEmpty ?? false && !self.isNull }

    /// The keys of a mapping, however broken its values are; empty for anything else.
    var scalarKeys: [String] {
        self.node.mapping?.keys.compactMap { key in
            key.scalar.map { DuplicateKeys.original(of: $0.string).name }
        } ?? []
    }

    /// The value behind a key, or the mapping itself if there is none: a place to report what was found out later.
    func child(_ name: String) -> Cursor {
        guard let mapping = self.node.mapping,
            let (key, value) = mapping.first(where: { key, _ in key.scalar?.string == name })
        else { return self }
        return Cursor(node: value, key: self.path(name), keyMark: key.mark, problems: self.problems)
    }

    // MARK: - Structure

    /// The elements of a list.
    ///
    /// - Parameter expected: what would be right, such as `a list of routes`.
    func list(expected: String) -> [Cursor]? {
        guard case .sequence(let sequence) = self.node, self.hasNoTag() else {
            if self.node.sequence == nil {
                self.error("is \(self.kindDescription), but must be \(expected)", hint: "write [] for none")
            }
            return nil
        }
        return sequence.enumerated().map { index, element in
            Cursor(node: element, key: "\(self.key)[\(index)]", keyMark: nil, problems: self.problems)
        }
    }

    /// The keys and values of a mapping, whatever its keys are.
    ///
    /// - Parameter shownKeys: the keys that messages may repeat, where another may be a misplaced secret; `nil` is all.
    func pairs(expected: String, shownKeys: [String]? = nil) -> [(name: String, value: Cursor)]? {
        guard case .mapping(let mapping) = self.node, self.hasNoTag() else {
            if self.node.mapping == nil {
                self.error("is \(self.kindDescription), but must be \(expected)", hint: "write key: value pairs")
            }
            return nil
        }
        return mapping.compactMap { keyNode, valueNode in
            self.pair(keyNode: keyNode, valueNode: valueNode, shownKeys: shownKeys)
        }
    }

    /// The mapping's values by their keys; an unknown key is reported with the known one that it resembles.
    func fields(_ known: [String], expected: String, concealsKeys: Bool = false) -> Fields? {
        guard let pairs = self.pairs(expected: expected, shownKeys: concealsKeys ? known : nil) else { return nil }
        var values: [String: Cursor] = [:]
        for (name, value) in pairs {
            if known.contains(name) {
                values[name] = value
            } else if concealsKeys {
                value.error("unknown key", hint: "known here: \(known.joined(separator: ", "))")
            } else if name == "<<" {
                value.error("merge keys are not supported", hint: "write the keys out")
            } else if let near = Spelling.nearest(to: name, among: known) {
                value.error("unknown key", hint: "did you mean \(near)?")
            } else {
                value.error("unknown key", hint: "known here: \(known.joined(separator: ", "))")
            }
        }
        return Fields(cursor: self, values: values)
    }

    private func pair(keyNode: Node, valueNode: Node, shownKeys: [String]?) -> (name: String, value: Cursor)? {
        guard let scalar = keyNode.scalar else {
            self.problems.error(
                line: keyNode.mark?.line ?? self.line,
                column: keyNode.mark?.column,
                key: self.key,
                "a key is a list or mapping",
                hint: "keys are plain words"
            )
            return nil
        }
        let (name, isDuplicate) = DuplicateKeys.original(of: scalar.string)
        let isShown = shownKeys?.contains(name) ?? true
        let shown = isShown ? self.path(Shown.name(name)) : self.key
        let value = Cursor(node: valueNode, key: shown, keyMark: keyNode.mark, problems: self.problems)
        if isDuplicate {
            self.problems.error(
                line: keyNode.mark?.line ?? self.line,
                column: keyNode.mark?.column,
                key: shown,
                "is given twice",
                hint: "keep one of them"
            )
            return nil
        }
        return (name, value)
    }

    private func path(_ name: String) -> String {
        self.key.isEmpty ? name : "\(self.key).\(name)"
    }

    /// Explicit tags would say that a value is something else than it looks like, so there are none.
    func hasNoTag() -> Bool {
        let name = self.node.tag.description
        let ordinary = ["", "str", "seq", "map"].map { "tag:yaml.org,2002:" + $0 } + [""]
        if ordinary.contains(name) { return true }
        self.error("has a YAML tag, and tags are not supported", hint: "remove the word that starts with !")
        return false
    }
}
