/// Makes text of the operator's fit for a message: bounded, on one line, without control characters.
enum Shown {
    private static let longest = 60
    /// Long enough for paths that are in use: its end is what tells which file it is.
    private static let longestPath = 1_024

    /// A value in quotes. Only for values that can't be secrets.
    static func value(_ text: String) -> String {
        "\"\(Self.name(text))\""
    }

    /// A path in quotes.
    static func path(_ text: String) -> String {
        "\"\(Self.escaped(text, longest: Self.longestPath))\""
    }

    /// A key, without quotes.
    static func name(_ text: String) -> String { Self.escaped(text, longest: Self.longest) }

    private static func escaped(_ text: String, longest: Int) -> String {
        var shown = ""
        for scalar in text.unicodeScalars.prefix(longest) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                shown.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > longest ? shown + "…" : shown
    }
}
