/// Makes text of the operator's fit for a message: bounded, on one line, without control characters.
enum Shown {
    private static let longest = 60

    /// A value in quotes. Only for values that can't be secrets.
    static func value(_ text: String) -> String {
        "\"\(Self.name(text))\""
    }

    /// A key, without quotes.
    static func name(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars.prefix(Self.longest) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                shown.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > Self.longest ? shown + "…" : shown
    }
}
