import Management

/// A list of a file of definitions.
struct FileList {
    private let key: String
    private let path: String
    private let values: [JSONValue]

    /// - Throws: an error where the file has something else than a list there.
    init(_ key: String, _ root: [String: JSONValue], _ path: String) throws(DefinitionsFileError) {
        self.key = key
        self.path = path
        switch root[key] {
        case nil: values = []
        case .array(let elements)?: values = elements
        case let other?:
            throw DefinitionsFileError(
                path: path,
                place: key,
                reason: "is \(other.kind), but must be a list",
                hint: "give the file as RabbitMQ exports it"
            )
        }
    }

    func elements<Value>(
        _ read: (FileEntry) throws(DefinitionsFileError) -> Value
    ) throws(DefinitionsFileError) -> [Value] {
        var result: [Value] = []
        result.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            guard let members = value.object else {
                throw DefinitionsFileError(
                    path: path,
                    place: "\(key)[\(index)]",
                    reason: "is \(value.kind), but must be an object",
                    hint: "give the file as RabbitMQ exports it"
                )
            }
            result.append(try read(FileEntry(value: members, place: "\(key)[\(index)]", path: path)))
        }
        return result
    }
}

/// An object of a file of definitions, and where it stands.
struct FileEntry {
    let value: [String: JSONValue]
    let place: String
    let path: String

    /// The virtual host that it names; `nil` for none.
    var virtualHost: String? { value["vhost"]?.string }

    func error(_ key: String, _ reason: String) -> DefinitionsFileError {
        DefinitionsFileError(
            path: path,
            place: "\(place).\(key)",
            reason: reason,
            hint: "correct it, or export the definitions again"
        )
    }

    /// A name: not empty, and short enough for RabbitMQ.
    func name(_ key: String) throws(DefinitionsFileError) -> String { try text(key) }

    /// The name of an exchange or a queue, from which RabbitMQ takes line breaks out: what would be declared is another.
    func objectName(_ key: String) throws(DefinitionsFileError) -> String {
        let name = try name(key)
        if name.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" }) {
            throw error(key, "has a line break, which RabbitMQ takes out")
        }
        return name
    }

    func text(_ key: String, allowsEmpty: Bool = false) throws(DefinitionsFileError) -> String {
        guard let text = try optionalText(key) else { throw error(key, "is missing") }
        if text.isEmpty, !allowsEmpty { throw error(key, "is empty") }
        return text
    }

    func optionalText(_ key: String) throws(DefinitionsFileError) -> String? {
        guard let found = value[key] else { return nil }
        guard let text = found.string else { throw error(key, "is \(found.kind), but must be a text") }
        let longest = 4_096
        guard text.utf8.count <= (Self.shortKeys.contains(key) ? 255 : longest) else {
            throw error(key, "has \(text.utf8.count) bytes, more than RabbitMQ takes")
        }
        return text
    }

    /// What goes into a short string of AMQP.
    private static let shortKeys: Set<String> = [
        "name", "source", "destination", "routing_key", "type", "user", "exchange",
    ]

    func flag(_ key: String, default absent: Bool) throws(DefinitionsFileError) -> Bool {
        guard let found = value[key] else { return absent }
        guard let flag = found.bool else { throw error(key, "is \(found.kind), but must be true or false") }
        return flag
    }

    func number(_ key: String, default absent: Int) throws(DefinitionsFileError) -> Int {
        guard let found = value[key] else { return absent }
        guard let number = found.normalized.integer else {
            throw error(key, "is \(found.kind), but must be a whole number")
        }
        return Int(number)
    }

    /// A table, which RabbitMQ writes as `[]` where it is empty.
    func table(_ key: String) throws(DefinitionsFileError) -> [String: JSONValue] {
        switch value[key] {
        case nil, .array([])?: return [:]
        case .object(let members)?: return members
        case let other?: throw error(key, "is \(other.kind), but must be an object")
        }
    }

    func part(_ key: String) throws(DefinitionsFileError) -> FileEntry {
        FileEntry(value: try table(key), place: "\(place).\(key)", path: path)
    }

    /// Tags, which are a list, or one text with commas in older versions.
    func tags(_ key: String) throws(DefinitionsFileError) -> [String] {
        guard case .array(let elements)? = value[key] else {
            return try (optionalText(key) ?? "").split(separator: ",").map { String($0.filter { $0 != " " }) }
        }
        return try elements.map { element throws(DefinitionsFileError) in
            guard let tag = element.string else { throw error(key, "holds \(element.kind), but must hold texts") }
            return tag
        }
    }
}

extension JSONValue {
    /// What it is, in words that fit "is …, but must be …". Never the value, which may be a secret.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .double: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
