import Management

extension JSONValue {
    /// The value with each number in one form: 5.0 is 5, as RabbitMQ and JSON have it.
    var normalized: JSONValue {
        switch self {
        case .double(let number): Int64(exactly: number).map { .integer($0) } ?? self
        case .array(let elements): .array(elements.map(\.normalized))
        case .object(let members): .object(members.mapValues(\.normalized))
        case .null, .bool, .integer, .string: self
        }
    }

    /// The value in one line, members in order of their names, so that the same value always reads the same.
    package var compact: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value.quoted
        case .array(let elements): "[" + elements.map(\.compact).joined(separator: ", ") + "]"
        case .object(let members): members.compact
        }
    }
}

extension [String: JSONValue] {
    /// The members in one line, in order of their names.
    var compact: String {
        "{" + sorted { $0.key < $1.key }.map { "\($0.key.quoted): \($0.value.compact)" }.joined(separator: ", ") + "}"
    }
}

extension String {
    /// The text in quotes, in which a control character can't move the cursor of a terminal or begin a new line.
    var quoted: String {
        var result = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result += scalar.isPrintable ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return result + "\""
    }

    /// The text as a name in a sentence: in single quotes, with what can't be printed escaped.
    var named: String { "'" + String(quoted.dropFirst().dropLast()).replacing("\\\"", with: "\"") + "'" }
}

extension Unicode.Scalar {
    /// Whether it shows as itself: no control character, and none that turns the direction of text.
    fileprivate var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
