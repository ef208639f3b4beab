extension Cursor {
    /// A password or token: a string, `{env: NAME}` or `{file: PATH}`. No message repeats any part of what is written.
    ///
    /// - Parameter what: `password` or `token`, for messages.
    func secretSource(_ what: String) -> SecretSource? {
        let expected = "{env: NAME}, {file: PATH} or a string"
        let source: SecretSource?
        if self.isMapping {
            source = self.reference(expected: expected)
        } else {
            source = self.string(expected: expected).map { text in
                self.warning(
                    "the \(what) is written in this file",
                    hint: "{env: NAME} or {file: PATH} keep it out of backups and version control"
                )
                return .literal(Secret(text))
            }
        }
        if let source { self.refer(to: .secret(source)) }
        return source
    }

    /// The same without a look at what it refers to, which may be missing until it is needed, and without a warning.
    func unresolvedSecret(expected: String) -> SecretSource? {
        self.isMapping
            ? self.reference(expected: expected) : self.string(expected: expected).map { .literal(Secret($0)) }
    }

    /// The path of a file.
    func path(expected: String) -> String? {
        self.string(expected: expected).map { self.problems.resolved(path: $0) }
    }

    private func reference(expected: String) -> SecretSource? {
        guard let fields = self.fields(["env", "file"], expected: expected, concealsKeys: true) else { return nil }
        switch (fields["env"], fields["file"]) {
        case (let variable?, nil):
            guard let name = variable.string(expected: "the name of an environment variable") else { return nil }
            // What is no name may be the secret itself, so it is not repeated.
            guard Self.isVariableName(name) else {
                variable.error(
                    "env is not the name of an environment variable",
                    hint: "letters, digits and _, such as DC1_PASSWORD"
                )
                return nil
            }
            return .environment(name)
        case (nil, let file?):
            return file.string(expected: "the path of a file").map { .file(self.problems.resolved(path: $0)) }
        case (_?, _?):
            self.error("has both env and file", hint: "keep one of them")
            return nil
        case (nil, nil):
            if fields.cursor.isEmptyCollection {
                self.error("is an empty mapping", hint: expected)
            }
            return nil
        }
    }

    private static func isVariableName(_ text: String) -> Bool {
        text.utf8.count <= 128 && !(text.first?.isNumber ?? true)
            && text.utf8.allSatisfy { byte in
                let lower = byte | 0x20
                return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
            }
    }
}
