extension HookConfiguration {
    private static let keys = [
        "name", "when", "command", "webhook", "key", "ca", "retries", "timeout", "veto-forced",
    ]
    /// The most that are run one after the other.
    private static let most = 16
    private static let longestTimeout = Duration.seconds(600)

    /// Reads `hooks`: the valid ones, after everything wrong was reported.
    ///
    /// Programs and files need not be there: a promotion must not be refused for want of them before anybody has said so.
    /// `check` looks at them.
    static func readList(_ cursor: Cursor?) -> [HookConfiguration] {
        guard let cursor, let elements = cursor.list(expected: "a list of hooks") else { return [] }
        if elements.count > Self.most {
            cursor.error("has \(elements.count) hooks", hint: "at most \(Self.most) are possible")
        }
        var names: [String: Int] = [:]
        return elements.prefix(Self.most).compactMap { element in
            guard let fields = element.fields(Self.keys, expected: "a mapping that describes a hook") else {
                return nil
            }
            let name = fields.required("name", hint: "such as name: dns")?.name(expected: "the hook's name")
            if let name, let cursor = fields["name"] {
                if let line = names[name] {
                    cursor.error("\(Shown.value(name)) is also the hook of line \(line)", hint: "names are unique")
                }
                names[name] = names[name] ?? cursor.line
            }
            return Self.read(fields, name: name)
        }
    }

    private static func read(_ fields: Fields, name: String?) -> HookConfiguration? {
        let occasions = fields.required("when", hint: "such as when: after-promotion").flatMap {
            Self.readOccasions($0)
        }
        let action = Self.readAction(fields)
        let timeout =
            fields["timeout"].map { $0.duration(in: .milliseconds(100)...Self.longestTimeout) } ?? .seconds(30)
        let vetoesForced = fields["veto-forced"].map { $0.boolean() } ?? false
        if vetoesForced == true, let occasions, !occasions.contains(.beforePromotion) {
            fields["veto-forced"]?.error(
                "is for a hook that is run before a promotion",
                hint: "remove it, or add before-promotion to when"
            )
            return nil
        }
        guard let name, let occasions, let action, let timeout, let vetoesForced else { return nil }
        return HookConfiguration(
            name: name,
            occasions: occasions,
            action: action,
            timeout: timeout,
            vetoesForced: vetoesForced
        )
    }

    private static func readOccasions(_ cursor: Cursor) -> Set<Occasion>? {
        guard cursor.isList else { return cursor.choice(Occasion.self).map { [$0] } }
        guard let elements = cursor.list(expected: "a list of occasions") else { return nil }
        if elements.isEmpty {
            cursor.error(
                "is an empty list",
                hint: "one or more of \(Occasion.allCases.map(\.rawValue).joined(separator: ", "))"
            )
            return nil
        }
        let read = elements.map { $0.choice(Occasion.self) }
        return read.contains(nil) ? nil : Set(read.compactMap(\.self))
    }

    // MARK: What is done

    private static func readAction(_ fields: Fields) -> Action? {
        switch (fields["command"], fields["webhook"]) {
        case (let command?, nil):
            for key in ["key", "ca", "retries"] {
                fields[key]?.error("is for a webhook", hint: "remove it: a command is run once, and gets no signature")
            }
            return Self.readCommand(command)
        case (nil, let webhook?):
            return Self.readWebhook(webhook, fields)
        case (_?, let webhook?):
            webhook.error("stands beside a command", hint: "keep one of them, and make the other a hook of its own")
            return nil
        case (nil, nil):
            fields.missing("command", hint: "give command: [/PATH/TO/PROGRAM, ARGUMENT] or webhook: URL")
            return nil
        }
    }

    private static func readCommand(_ cursor: Cursor) -> Action? {
        let expected = "a list of a program's path and its arguments"
        guard let elements = cursor.list(expected: expected) else { return nil }
        let words = elements.enumerated().map { index, element in
            element.string(expected: index == 0 ? "the path of a program" : "an argument", allowsEmpty: index > 0)
        }
        guard let program = words.first else {
            cursor.error("is an empty list", hint: expected)
            return nil
        }
        guard let program, !words.contains(nil) else { return nil }
        guard program.contains("/") else {
            elements[0].error(
                "\(Shown.path(program)) is no path",
                hint: "write where it is, such as /usr/local/bin/\(Shown.name(program))"
            )
            return nil
        }
        return .command(
            path: cursor.problems.resolved(path: program),
            arguments: words.dropFirst().compactMap(\.self)
        )
    }

    private static func readWebhook(_ cursor: Cursor, _ fields: Fields) -> Action? {
        let address = cursor.unresolvedSecret(expected: "{env: NAME}, {file: PATH} or a URL")
        if case .literal(let text)? = address {
            guard Self.isURL(text.exposed) else {
                cursor.error(
                    "is not the URL of a webhook",
                    hint: "https://HOST/PATH, percent-encoded, without user, password and #"
                )
                return nil
            }
        }
        let key = fields["key"].map { $0.unresolvedSecret(expected: "{env: NAME}, {file: PATH} or a string") }
        if case .literal?? = key {
            fields["key"]?.warning(
                "the key is written in this file",
                hint: "{env: NAME} or {file: PATH} keep it out of backups and version control"
            )
        }
        let authority = fields["ca"].map { cursor in
            cursor.string(expected: "the path of a PEM file").map { cursor.problems.resolved(path: $0) }
        }
        let retries = fields["retries"].map { $0.integer(in: 0...20, unit: "retries") } ?? 4
        guard let address, let retries else { return nil }
        if let key, key == nil { return nil }
        if let authority, authority == nil { return nil }
        return .webhook(
            Webhook(
                address: address,
                key: key ?? nil,
                certificateAuthority: authority ?? nil,
                retries: retries
            )
        )
    }

    /// Whether a text can be posted to. What is behind a variable or in a file is looked at when it is used.
    private static func isURL(_ text: String) -> Bool {
        guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else { return false }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        return !authority.isEmpty && !authority.contains("@") && !text.contains("#")
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
