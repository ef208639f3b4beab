/// What YAML 1.1 readers take an unquoted scalar for. The text is kept either way; a value that would be something
/// else to another reader has to be quoted, so that a file means the same everywhere.
enum PlainScalar: Equatable {
    case null
    case boolean
    case number
    case text

    private static let nulls: Set<String> = ["", "~", "null", "Null", "NULL"]
    private static let booleans: Set<String> = [
        "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE", "on", "On", "ON",
        "off", "Off", "OFF", "y", "Y", "n", "N",
    ]

    init(_ text: String) {
        if Self.nulls.contains(text) {
            self = .null
        } else if Self.booleans.contains(text) {
            self = .boolean
        } else if Self.isNumber(text) {
            self = .number
        } else {
            self = .text
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text)
        if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
        guard let first = rest.utf8.first else { return false }
        if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(String(rest)) { return true }
        if rest.hasPrefix("0x") || rest.hasPrefix("0b") || rest.hasPrefix("0o") {
            return rest.dropFirst(2).utf8.allSatisfy { Self.isHexadecimal($0) } && rest.utf8.count > 2
        }
        guard Self.isDigit(first) || first == UInt8(ascii: ".") else { return false }
        if Double(String(rest.filter { $0 != "_" })) != nil { return true }
        // Base 60, as in 1:30.
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 1 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(Self.isDigit) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        Self.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }
}

extension PlainScalar: CustomStringConvertible {
    /// In words that fit "is …".
    var description: String {
        switch self {
        case .null: "empty"
        case .boolean: "a boolean"
        case .number: "a number"
        case .text: "a string"
        }
    }
}
