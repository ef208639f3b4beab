/// The values of a mapping whose keys are known.
struct Fields {
    /// The mapping itself.
    let cursor: Cursor
    let values: [String: Cursor]

    /// The value of an optional key; a key with nothing behind it counts as a mistake, not as absent.
    subscript(name: String) -> Cursor? {
        self.values[name]
    }

    /// The value of a key that must be there.
    func required(_ name: String, hint: String) -> Cursor? {
        if let value = self.values[name] { return value }
        self.missing(name, hint: hint)
        return nil
    }

    /// Reports a key that must be there and is not.
    func missing(_ name: String, hint: String) {
        let cursor = self.cursor
        cursor.problems.error(
            line: cursor.line,
            column: cursor.column,
            key: cursor.key.isEmpty ? name : "\(cursor.key).\(name)",
            "is missing",
            hint: hint
        )
    }
}
